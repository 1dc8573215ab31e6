// How far a file's analysis is, at what rate, and how long it will take.

/** Progress of one phase: finding and classifying faces, then drawing the annotated video. */
export interface AnalysisProgress {
  readonly phase: "analyse" | "draw";
  readonly frames: number;
  /** Of this phase; absent where the number of frames is not known. An estimate for containers that do not state it. */
  readonly total?: number;
  /** Frames a second over the last seconds. */
  readonly fps: number;
  /** Until the end of this phase. */
  readonly etaMs?: number;
  /** Share of the whole work that is done, 0 to 1; 0 while the total is not known. */
  readonly fraction: number;
}

/** Measures the rate over this time. Milliseconds. */
const windowMs = 5000;
/** Share of the work that drawing takes, where a video is asked for. A guess: it depends on the engine. */
const drawShare = 0.25;

/** Counts the frames of one phase. */
export class ProgressMeter {
  readonly #phase: AnalysisProgress["phase"];
  readonly #total: number | undefined;
  readonly #share: { readonly from: number; readonly to: number };
  readonly #nowMs: () => number;
  readonly #marks: { timeMs: number; frames: number }[];
  #frames = 0;

  constructor(phase: AnalysisProgress["phase"], total: number | undefined, withVideo: boolean, nowMs: () => number = () => performance.now()) {
    this.#phase = phase;
    this.#total = total;
    this.#share = phase === "draw" ? { from: 1 - drawShare, to: 1 } : { from: 0, to: withVideo ? 1 - drawShare : 1 };
    this.#nowMs = nowMs;
    this.#marks = [{ timeMs: nowMs(), frames: 0 }];
  }

  /** One more frame is done. */
  step(): AnalysisProgress {
    this.#frames += 1;
    const timeMs = this.#nowMs();
    const newest = this.#marks.at(-1);
    if (newest === undefined || timeMs - newest.timeMs >= windowMs / 20) this.#marks.push({ timeMs, frames: this.#frames });
    while (this.#marks.length > 2 && timeMs - (this.#marks[1]?.timeMs ?? timeMs) > windowMs) this.#marks.shift();
    const oldest = this.#marks[0] ?? { timeMs, frames: this.#frames };
    const elapsedMs = timeMs - oldest.timeMs;
    const fps = elapsedMs > 0 ? ((this.#frames - oldest.frames) / elapsedMs) * 1000 : 0;
    const total = this.#total === undefined ? undefined : Math.max(this.#total, this.#frames);
    const { from, to } = this.#share;
    return {
      phase: this.#phase,
      frames: this.#frames,
      fps,
      fraction: total === undefined ? from : from + (to - from) * (this.#frames / total),
      ...(total !== undefined && { total }),
      ...(total !== undefined && fps > 0 && { etaMs: ((total - this.#frames) / fps) * 1000 }),
    };
  }
}
