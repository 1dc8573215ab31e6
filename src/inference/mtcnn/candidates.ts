// Which candidates go on to the next stage where there are more than it has time for.

import { nms, type ScoredBox } from "./nms.js";

/** How many go on: the surest, and where that leaves some out, the largest of all besides. */
export interface Room {
  readonly surest: number;
  readonly largest: number;
}

/** A face excites P-Net in about so many windows: of so many large boxes, suppression leaves enough. */
const windowsOfFace = 8;

/**
 * What non-maximum suppression leaves, the surest first. The largest have a room of their own: what is asked for in the end are the largest faces, and in
 * a crowd a net may be surer of a thousand small ones.
 */
export function candidates(boxes: readonly ScoredBox[], threshold: number, { surest, largest }: Room): ScoredBox[] {
  const kept = nms(boxes, threshold, surest);
  if (kept.length < surest) return kept;
  const large = byArea(nms(byArea(boxes).slice(0, windowsOfFace * largest), threshold)).slice(0, largest);
  return nms([...kept, ...large], threshold);
}

/** Largest first. */
function byArea(boxes: readonly ScoredBox[]): ScoredBox[] {
  return boxes.toSorted((a, b) => b.width * b.height - a.width * a.height);
}
