// The book of frames: every decoded frame ends as analysed or dropped for a reason, and until then it is in flight.
// In flight is counted from the frames themselves (a set), not by subtraction, so the law
// decoded = analysed + dropped + inFlight compares two separate counts. Each call below keeps it true before and after.

import { AppError } from "../core/errors.js";
import type { Counters } from "../core/feed.js";
import type { Frame } from "../core/frame.js";
import { dropReasons, type DropReason } from "../core/source.js";

/** Counts the fate of every frame of one stream or file. A frame settled twice, or never taken, throws `internal`. */
export class FrameLedger {
  #decoded = 0;
  #analysed = 0;
  /** Decoded, and not yet handed over or dropped by the source. */
  #arriving = 0;
  readonly #held = new Set<Frame>();
  readonly #dropped: Record<DropReason, number> = zeroes();

  /** The source decoded a frame; it is in flight from now on. */
  decoded(): void {
    this.#decoded += 1;
    this.#arriving += 1;
  }

  /** The source handed a decoded frame over. */
  taken(frame: Frame): void {
    if (this.#arriving === 0) throw defect(`frame ${frame.seq} was handed over without having been decoded`);
    if (this.#held.has(frame)) throw defect(`frame ${frame.seq} was handed over twice`);
    this.#arriving -= 1;
    this.#held.add(frame);
  }

  /** The source dropped a decoded frame before it handed it over. */
  lost(reason: DropReason): void {
    if (this.#arriving === 0) throw defect(`a frame was dropped (${reason}) without having been decoded`);
    this.#arriving -= 1;
    this.#dropped[reason] += 1;
  }

  /** The source is gone: what it decoded and never handed over is dropped. */
  closeArrivals(reason: DropReason): void {
    this.#dropped[reason] += this.#arriving;
    this.#arriving = 0;
  }

  /** The frame's result is out. */
  analysed(frame: Frame): void {
    this.#settle(frame);
    this.#analysed += 1;
  }

  /** The frame gets no result. */
  dropped(frame: Frame, reason: DropReason): void {
    this.#settle(frame);
    this.#dropped[reason] += 1;
  }

  /** A copy of all counts at this moment. */
  get counters(): Counters {
    return { decoded: this.#decoded, analysed: this.#analysed, inFlight: this.#arriving + this.#held.size, dropped: { ...this.#dropped } };
  }

  #settle(frame: Frame): void {
    if (!this.#held.delete(frame)) throw defect(`frame ${frame.seq} was settled twice or never taken`);
  }
}

/** True where decoded = analysed + inFlight + all dropped. */
export function isConserved(c: Counters): boolean {
  return c.decoded === c.analysed + c.inFlight + dropReasons.reduce((sum, reason) => sum + c.dropped[reason], 0);
}

function zeroes(): Record<DropReason, number> {
  return Object.fromEntries(dropReasons.map((reason) => [reason, 0])) as Record<DropReason, number>;
}

function defect(what: string): AppError {
  return new AppError("internal", `Frame ledger: ${what}.`);
}
