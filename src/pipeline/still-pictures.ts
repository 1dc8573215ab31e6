// Live streams do not look at frames of an empty picture in which nothing moves. That is decided when a frame comes, before the pace of its stream: what
// needs no look costs nothing, so a stream that is slowed down saves its looks for what moves, and a still camera cannot be slowed down into looking at everything.

import type { Frame } from "../core/frame.js";
import type { FindFaces } from "./find-faces.js";
import { MotionGate } from "./motion-gate.js";

/** So long after the last face a picture does not count as empty, whatever the setting: somebody who bends down comes up again. */
const leastQuietMs = 1000;

/** The frames of one stream: nobody was there, and nothing has moved since. What the engine has not yet answered is not known to be empty. */
export class StillPictures {
  readonly #gate = new MotionGate();
  readonly #quietMs: number;
  readonly #onStill: (frame: Frame) => void;
  readonly #still = new WeakSet<Frame>();
  #asking = 0;
  /** The first of the frames that were found empty one after the other, up to the last answer; undefined where that one was not, or failed. Told from looks alone: however rare they are, time without one proves nothing. */
  #empty: Pick<Frame, "epoch" | "ptsMs"> | undefined;

  /**
   * @param trackGapMs A face may still come back within this time.
   * @param onStill Hears of each frame that was answered without a look.
   */
  constructor(trackGapMs: number, onStill: (frame: Frame) => void) {
    this.#quietMs = Math.max(leastQuietMs, trackGapMs);
    this.#onStill = onStill;
  }

  /** Whether a frame that has just come needs no look. Asked once for each, in seq order. */
  isStill(frame: Frame): boolean {
    if (!this.#isEmpty(frame) || !this.#gate.isStill(frame)) return false;
    this.#still.add(frame);
    return true;
  }

  /** Answers for the frames that need no look without asking. */
  skip(find: FindFaces): FindFaces {
    return async (frame, isWanted) => {
      if (this.#still.has(frame)) {
        this.#onStill(frame);
        return [];
      }
      if (this.#isEmpty(frame)) this.#gate.look(frame);
      // Looked at for another reason: what it shows is not compared with anything.
      else this.#gate.forget();
      this.#asking += 1;
      let empty = false;
      try {
        const found = await find(frame, isWanted);
        empty = found.length === 0;
        return found;
      } finally {
        this.#asking -= 1;
        if (!empty) this.#empty = undefined;
        else if (this.#empty?.epoch !== frame.epoch) this.#empty = { epoch: frame.epoch, ptsMs: frame.ptsMs };
      }
    };
  }

  #isEmpty({ epoch, ptsMs }: Frame): boolean {
    return this.#asking === 0 && this.#empty?.epoch === epoch && ptsMs - this.#empty.ptsMs >= this.#quietMs;
  }
}
