// A progress bar on stderr: redrawn in place on a terminal, a line every few seconds elsewhere.

import type { AnalysisProgress } from "../offline/index.js";

const barWidth = 28;
const terminalIntervalMs = 100;
const lineIntervalMs = 5000;

export interface ProgressState {
  readonly done: number;
  /** Absent where the total is not known. */
  readonly total?: number;
  readonly etaMs?: number;
  /** Such as `41 frames/s`. */
  readonly rate?: string;
}

/** How far the analysis of a file is. */
export function analysisState({ frames, total, etaMs, fps, phase }: AnalysisProgress): ProgressState {
  return {
    done: frames,
    ...(total === undefined ? {} : { total }),
    ...(etaMs === undefined ? {} : { etaMs }),
    rate: `${phase === "draw" ? "drawing, " : ""}${fps.toFixed(1)} frames/s`,
  };
}

/** Draws the state of some work; `finish` leaves the last state on the screen. */
export class ProgressBar {
  readonly #label: string;
  readonly #out: NodeJS.WriteStream;
  #lastDrawnMs = -Infinity;
  #last: ProgressState | undefined;

  constructor(label: string, out: NodeJS.WriteStream = process.stderr) {
    this.#label = label;
    this.#out = out;
  }

  update(state: ProgressState): void {
    this.#last = state;
    const now = performance.now();
    if (now - this.#lastDrawnMs < (this.#out.isTTY ? terminalIntervalMs : lineIntervalMs)) return;
    this.#lastDrawnMs = now;
    this.#draw(state);
  }

  finish(): void {
    if (this.#last === undefined) return;
    this.#draw(this.#last);
    if (this.#out.isTTY) this.#out.write("\n");
    this.#last = undefined;
  }

  #draw(state: ProgressState): void {
    const text = formatProgress(this.#label, state);
    this.#out.write(this.#out.isTTY ? `\r\u001B[2K${text}` : `${text}\n`);
  }
}

/** One line: label, bar, share, count, rate and time left. */
export function formatProgress(label: string, { done, total, etaMs, rate }: ProgressState): string {
  const parts = [label];
  if (total !== undefined && total > 0) {
    const share = Math.min(1, done / total);
    const full = Math.round(share * barWidth);
    parts.push(`[${"#".repeat(full)}${"-".repeat(barWidth - full)}] ${String(Math.floor(share * 100)).padStart(3)}%`);
  }
  parts.push(total === undefined ? `${done}` : `${done}/${total}`);
  if (rate !== undefined) parts.push(rate);
  if (etaMs !== undefined) parts.push(`ETA ${formatDuration(etaMs)}`);
  return parts.join("  ");
}

/** `0:07`, `12:30`, `1:02:03`. */
export function formatDuration(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, seconds % 60];
  return h > 0 ? `${h}:${two(m)}:${two(s)}` : `${m}:${two(s)}`;
}

function two(n: number): string {
  return String(n).padStart(2, "0");
}
