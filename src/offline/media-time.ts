// The time of a player's clock from the pts of frames: zero at the start of the file, going on over jumps backwards.

/** Gap put between two epochs, and the length of the only frame of a file. Milliseconds. */
const defaultFrameMs = 40;

/** Turns `(epoch, ptsMs)` of consecutive frames into milliseconds of playing time, strictly increasing. */
export class MediaClock {
  readonly #startMs: number;
  #epoch = 0;
  /** Of each epoch so far, in order. */
  readonly #shifts = [0];
  #lastMs: number | undefined;
  #frameMs = defaultFrameMs;

  /** @param startMs The container's start time: what a player shows as zero. */
  constructor(startMs: number) {
    this.#startMs = startMs;
  }

  /** Length of the last interval between two frames; 40 before the second frame. Milliseconds. */
  get frameMs(): number {
    return this.#frameMs;
  }

  /** Playing time of a frame that `next` was called for. */
  at(frame: { readonly epoch: number; readonly ptsMs: number }): number {
    return frame.ptsMs - this.#startMs + (this.#shifts[frame.epoch] ?? 0);
  }

  /** Playing time of the next frame. */
  next(frame: { readonly epoch: number; readonly ptsMs: number }): number {
    const raw = frame.ptsMs - this.#startMs;
    if (frame.epoch !== this.#epoch && this.#lastMs !== undefined) this.#shifts[frame.epoch] = this.#lastMs + this.#frameMs - raw;
    this.#epoch = frame.epoch;
    const timeMs = this.at(frame);
    if (this.#lastMs !== undefined && timeMs > this.#lastMs) this.#frameMs = timeMs - this.#lastMs;
    this.#lastMs = timeMs;
    return timeMs;
  }
}
