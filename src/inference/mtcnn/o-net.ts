// O-Net, the output network: the final word on a candidate, with five landmarks.

import type { Box, Landmarks } from "../../core/geometry.js";
import { boxFromOffsets, isFiniteBox, pointsFromOffsets, squareAround, type Window } from "./box-regression.js";
import type { ScoredBox } from "./nms.js";
import type { Pixels } from "./pixels.js";
import type { WindowNet } from "./window-net.js";

export interface ScoredFace extends ScoredBox {
  readonly landmarks: Landmarks;
}

/** Faces among the candidates: those that score at least `threshold`. @throws AppError `engine_failed` */
export async function facesByONet(net: WindowNet, pixels: Pixels, candidates: readonly Box[], threshold: number): Promise<ScoredFace[]> {
  return (await answersOfONet(net, pixels, candidates)).filter((face) => face.score >= threshold && isFiniteBox(face));
}

/** What the net says about the squares around all candidates, in their order, however low its score. @throws AppError `engine_failed` */
export function answersOfONet(net: WindowNet, pixels: Pixels, candidates: readonly Box[]): Promise<ScoredFace[]> {
  return answersForWindows(net, pixels, candidates.map(squareAround));
}

/** What the net says about each window. @throws AppError `engine_failed` */
export async function answersForWindows(net: WindowNet, pixels: Pixels, windows: readonly Window[]): Promise<ScoredFace[]> {
  const { scores, boxes, landmarks } = await net.look(pixels, windows);
  return windows.map((window, i) => ({
    ...boxFromOffsets(window, [boxes[i * 4]!, boxes[i * 4 + 1]!, boxes[i * 4 + 2]!, boxes[i * 4 + 3]!]),
    score: scores[i]!,
    landmarks: pointsFromOffsets(window, landmarks!, i * 10),
  }));
}
