// Which frames are looked at everywhere, where faces are followed in between. Decided by the frames alone, never by what is found
// in them: so a file falls into runs of frames that can be analysed side by side, and the same file always into the same ones.

import type { Frame } from "../core/frame.js";
import { greyCopy, isCut } from "./scene-cut.js";

/** A new face is found within this time of the video, counted from the first frame that shows it: that may be the one after a key frame. */
const longestUnseenMs = 200;
/** Containers round their times to a millisecond. */
const roundingMs = 1;

/** Chooses the key frames of one stream. */
export class KeyFrames {
  #last: { readonly epoch: number; readonly ptsMs: number; readonly width: number; readonly height: number; readonly grey: Uint8Array } | undefined;
  /** Time of the first frame after the last key frame; undefined where that was the last. */
  #unseenSinceMs: number | undefined;

  /**
   * Whether this frame is looked at everywhere: the first one, after a break or a change of size, on a cut, and when the one after it, coming
   * as late as this one did, would be too late. Frames come in seq order; the pixels are read now and not kept.
   */
  next({ epoch, ptsMs, picture }: Pick<Frame, "epoch" | "ptsMs" | "picture">): boolean {
    const last = this.#last;
    const { width, height } = picture;
    const grey = greyCopy(picture);
    this.#last = { epoch, ptsMs, width, height, grey };
    this.#unseenSinceMs ??= ptsMs;
    const isKey =
      last === undefined ||
      epoch !== last.epoch ||
      width !== last.width ||
      height !== last.height ||
      ptsMs + (ptsMs - last.ptsMs) - this.#unseenSinceMs > longestUnseenMs + roundingMs ||
      isCut(last.grey, grey);
    if (isKey) this.#unseenSinceMs = undefined;
    return isKey;
  }
}
