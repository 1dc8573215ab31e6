// WebVTT captions: one cue for each stretch of time in which a track keeps its label. Cues are held back until no cue that
// began earlier is still open, because a WebVTT file is ordered by start; long stretches are cut so that this stays small.

import type { Emotion } from "../../core/emotions.js";
import { declarationText, type PrivacyDeclaration } from "../../core/privacy.js";
import type { FrameRecord, ResultWriter, WriteText } from "./types.js";

/** Longest cue. Milliseconds. */
const maxCueMs = 60_000;
const defaultFrameMs = 40;

interface Run {
  readonly trackId: number;
  readonly label: Emotion;
  readonly startMs: number;
  endMs: number;
  sum: number;
  frames: number;
}

/** `hh:mm:ss.mmm`; times before zero are shown as zero. */
export function vttTime(ms: number): string {
  const whole = Math.max(0, Math.round(ms));
  return `${pad(Math.floor(whole / 3_600_000), 2)}:${pad(Math.floor(whole / 60_000) % 60, 2)}:${pad(Math.floor(whole / 1000) % 60, 2)}.${pad(whole % 1000, 3)}`;
}

/** The first lines of a WebVTT file; a declaration stands in a comment, which must not hold the arrow of a cue. */
export function vttHead(privacy: PrivacyDeclaration | undefined): string {
  return privacy === undefined ? "WEBVTT\n" : `WEBVTT\n\nNOTE ${declarationText(privacy).replaceAll("-->", "->")}\n`;
}

/** Writes WebVTT. */
export async function createVttWriter(write: WriteText, privacy?: PrivacyDeclaration): Promise<ResultWriter> {
  const open = new Map<number, Run>();
  let closed: Run[] = [];
  let lastMs: number | undefined;
  let frameMs = defaultFrameMs;

  const close = (run: Run, endMs: number) => {
    open.delete(run.trackId);
    run.endMs = endMs;
    closed.push(run);
  };
  const flush = async () => {
    const earliestOpen = Math.min(...[...open.values()].map((r) => r.startMs));
    const ready = closed.filter((r) => r.startMs < earliestOpen);
    if (ready.length === 0) return;
    closed = closed.filter((r) => r.startMs >= earliestOpen);
    ready.sort((a, b) => a.startMs - b.startMs || a.trackId - b.trackId);
    for (const run of ready) await write(cue(run));
  };

  await write(vttHead(privacy));
  return {
    async frame(record: FrameRecord) {
      const { timeMs } = record;
      if (lastMs !== undefined) frameMs = timeMs - lastMs;
      lastMs = timeMs;
      const labels = new Map(record.faces.map((f) => [f.trackId, f]));
      let ended = false;
      for (const run of open.values()) {
        if (labels.get(run.trackId)?.label === run.label && timeMs - run.startMs < maxCueMs) continue;
        close(run, timeMs);
        ended = true;
      }
      for (const face of record.faces) {
        const run = open.get(face.trackId) ?? { trackId: face.trackId, label: face.label, startMs: timeMs, endMs: timeMs, sum: 0, frames: 0 };
        run.sum += face.smoothed[face.label];
        run.frames += 1;
        open.set(face.trackId, run);
      }
      if (ended) await flush();
    },
    async finish() {
      for (const run of open.values()) close(run, (lastMs ?? 0) + frameMs);
      await flush();
    },
  };
}

function pad(value: number, digits: number): string {
  return String(value).padStart(digits, "0");
}

function cue(run: Run): string {
  const end = Math.max(Math.round(run.endMs), Math.max(0, Math.round(run.startMs)) + 1);
  const percent = Math.round((run.sum / run.frames) * 100);
  return `\n${vttTime(run.startMs)} --> ${vttTime(end)}\n<v Face ${run.trackId}>Face ${run.trackId}: ${run.label} ${percent}%\n`;
}

