// Faces that are known from the frame before: O-Net alone looks where they were. Where a face has hardly moved, that is where a second look would look, too, and only the
// mirror is left to it: a third less for O-Net.

import type { Box } from "../../core/geometry.js";
import { isFiniteBox, resized, squareAround } from "./box-regression.js";
import { surest } from "./nms.js";
import { answersOfONet, type ScoredFace } from "./o-net.js";
import type { Pixels } from "./pixels.js";
import type { FirstFace } from "./second-look.js";
import type { WindowNet } from "./window-net.js";

/**
 * Sizes of the windows for a face that was lost, in sides of the first: faces seen from the side often score a little too low in a window of one size and
 * high enough in another, and two windows cost a small part of the full pass that a lost face asks for (bench/tracked.mjs counts them).
 */
const otherSizes = [0.85, 1.15] as const;

/**
 * Size of the first window for a face that will be looked at again, in sides of its box: near a second look's, with room for a face that moves. bench/tracked.mjs says how far the points then lie from those of
 * a full pass: 0.86, the second look's own, loses fast faces out of sight, 1 shows faces that hardly move too small.
 */
const closeSize = 0.9;

/** A face whose box lies within so many sides of its window's middle, and differs from it by no more than twice as much in size, has hardly moved. */
const still = 0.05;

/**
 * The faces that are still about where `boxes` were, refined: those that O-Net gives at least `threshold`. At most one for each box; two boxes may have come to the same face. With `closely` the first look is one
 * that may stand for a second one, and faces that have hardly moved are marked so. @throws AppError `engine_failed`
 */
export async function followByONet(net: WindowNet, pixels: Pixels, boxes: readonly Box[], threshold: number, closely: boolean): Promise<FirstFace[]> {
  const isThere = (face: ScoredFace): boolean => face.score >= threshold && isFiniteBox(face);
  const first = closely ? await lookClosely(net, pixels, boxes) : await answersOfONet(net, pixels, boxes);
  const missed = boxes.filter((_, i) => !isThere(first[i]!));
  const second = await answersOfONet(net, pixels, missed.flatMap((box) => otherSizes.map((size) => resized(box, size))));
  const bestOf = (i: number): ScoredFace[] => surest(second.slice(i * otherSizes.length, (i + 1) * otherSizes.length), 1);
  return [...first, ...missed.flatMap((_, i) => bestOf(i))].filter(isThere);
}

async function lookClosely(net: WindowNet, pixels: Pixels, boxes: readonly Box[]): Promise<FirstFace[]> {
  const answers = await answersOfONet(net, pixels, boxes.map((box) => resized(box, closeSize)));
  return answers.map((face, i): FirstFace => ({ ...face, seenPlain: hasHardlyMoved(boxes[i]!, face) }));
}

function hasHardlyMoved(from: Box, to: Box): boolean {
  const side = squareAround(from).side;
  const away = Math.hypot(to.x + to.width / 2 - from.x - from.width / 2, to.y + to.height / 2 - from.y - from.height / 2);
  return away < still * side && Math.abs(squareAround(to).side - side) < 2 * still * side;
}
