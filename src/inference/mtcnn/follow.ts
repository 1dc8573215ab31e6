// Faces that are known from the frame before: O-Net alone looks where they were.

import type { Box } from "../../core/geometry.js";
import { isFiniteBox, resized } from "./box-regression.js";
import { surest } from "./nms.js";
import { answersOfONet, type ScoredFace } from "./o-net.js";
import type { Pixels } from "./pixels.js";
import type { WindowNet } from "./window-net.js";

/**
 * Sizes of the windows for a face that was lost, in sides of the first: faces seen from the side often score a little too low in a window of one size and
 * high enough in another, and two windows cost a small part of the full pass that a lost face asks for (bench/tracked.mjs counts them).
 */
const otherSizes = [0.85, 1.15] as const;

/**
 * The faces that are still about where `boxes` were, refined: those that O-Net gives at least `threshold`. At most one for each box; two boxes
 * may have come to the same face. @throws AppError `engine_failed`
 */
export async function followByONet(net: WindowNet, pixels: Pixels, boxes: readonly Box[], threshold: number): Promise<ScoredFace[]> {
  const isThere = (face: ScoredFace): boolean => face.score >= threshold && isFiniteBox(face);
  const first = await answersOfONet(net, pixels, boxes);
  const missed = boxes.filter((_, i) => !isThere(first[i]!));
  const second = await answersOfONet(net, pixels, missed.flatMap((box) => otherSizes.map((size) => resized(box, size))));
  const bestOf = (i: number): ScoredFace[] => surest(second.slice(i * otherSizes.length, (i + 1) * otherSizes.length), 1);
  return [...first, ...missed.flatMap((_, i) => bestOf(i))].filter(isThere);
}
