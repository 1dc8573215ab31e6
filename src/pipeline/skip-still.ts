// Live streams do not look at frames of an empty picture in which nothing moves.

import type { Frame } from "../core/frame.js";
import type { FindFaces } from "./find-faces.js";
import { MotionGate } from "./motion-gate.js";

/** So long after the last face a picture does not count as empty, whatever the setting: somebody who bends down comes up again. */
const leastQuietMs = 1000;

/**
 * Answers for frames that need no look without asking: nobody was there, and nothing has moved since. What the engine has not yet answered is not
 * known to be empty. Frames come in seq order; `onStill` hears of each that was not looked at.
 * @param trackGapMs A face may still come back within this time.
 */
export function skipStill(find: FindFaces, trackGapMs: number, onStill: (frame: Frame) => void): FindFaces {
  const gate = new MotionGate();
  const quietMs = Math.max(leastQuietMs, trackGapMs);
  let asking = 0;
  /** Time of the last frame that was not empty, or whose answer failed, on its own clock; a new epoch starts anew. */
  let seen = { epoch: -1, ptsMs: Number.NEGATIVE_INFINITY };
  return async (frame, isWanted) => {
    const { epoch, ptsMs } = frame;
    if (epoch !== seen.epoch) seen = { epoch, ptsMs };
    if (asking > 0 || ptsMs - seen.ptsMs < quietMs) gate.forget();
    else if (gate.isStill(frame)) {
      onStill(frame);
      return [];
    }
    asking += 1;
    let empty = false;
    try {
      const found = await find(frame, isWanted);
      empty = found.length === 0;
      return found;
    } finally {
      asking -= 1;
      if (!empty && epoch === seen.epoch) seen = { epoch, ptsMs };
    }
  };
}
