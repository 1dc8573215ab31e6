// One rising time for tracking out of pts that start anew with every epoch.

import type { Frame } from "../core/frame.js";

/** A frame's time for tracking, and whether the time since the frame before is unknown. */
export interface TrackTime {
  readonly atMs: number;
  readonly broken: boolean;
}

/**
 * Within an epoch, time goes on by pts. Between epochs of a live stream it goes on by the wall clock, so a camera that comes
 * back at once keeps its faces; in a file nothing tells how long the break was, and the result must not hang on the clock of the machine.
 */
export class TrackClock {
  readonly #acrossEpochs: "wall-clock" | "break";
  #last: { readonly epoch: number; readonly ptsMs: number; readonly receivedAtMs: number; readonly atMs: number } | undefined;

  constructor(acrossEpochs: "wall-clock" | "break") {
    this.#acrossEpochs = acrossEpochs;
  }

  /** Frames come in seq order. */
  next(frame: Pick<Frame, "epoch" | "ptsMs" | "receivedAtMs">): TrackTime {
    const last = this.#last;
    const sameEpoch = last?.epoch === frame.epoch;
    const elapsedMs = last === undefined ? 0 : sameEpoch ? frame.ptsMs - last.ptsMs : this.#acrossEpochs === "wall-clock" ? frame.receivedAtMs - last.receivedAtMs : 0;
    const atMs = (last?.atMs ?? 0) + Math.max(0, elapsedMs);
    this.#last = { epoch: frame.epoch, ptsMs: frame.ptsMs, receivedAtMs: frame.receivedAtMs, atMs };
    return { atMs, broken: last !== undefined && !sameEpoch && this.#acrossEpochs === "break" };
  }
}
