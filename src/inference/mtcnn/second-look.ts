// O-Net's second look: faces are few once they are found, and a window about the face itself shows more of it than the one that R-Net left. Beyond the paper; costs one
// more window of O-Net a face and takes a tenth off the error of the points (models/detector).

import type { Box, Landmarks, Point } from "../../core/geometry.js";
import type { Picture } from "../../core/frame.js";
import { isFiniteBox } from "./box-regression.js";
import { answersOfONet, type ScoredFace } from "./o-net.js";
import type { WindowNet } from "./window-net.js";

/**
 * The faces with boxes and points halfway between the first answer and that of a window `size` times as large about the same middle; scores stay.
 * `levels` are the picture's halvings. @throws AppError `engine_failed`
 */
export async function lookAgain(net: WindowNet, levels: readonly Picture[], faces: readonly ScoredFace[], size: number): Promise<ScoredFace[]> {
  const again = await answersOfONet(net, levels, faces.map((face) => resized(face, size)));
  return faces.map((face, i) => (isFiniteBox(again[i]!) ? { ...halfway(face, again[i]!), score: face.score, landmarks: halfwayPoints(face.landmarks, again[i]!.landmarks) } : face));
}

/** The box about the same middle, its sides multiplied. */
export function resized({ x, y, width, height }: Box, by: number): Box {
  return { x: x + (width * (1 - by)) / 2, y: y + (height * (1 - by)) / 2, width: width * by, height: height * by };
}

function halfway(a: Box, b: Box): Box {
  return { x: (a.x + b.x) / 2, y: (a.y + b.y) / 2, width: (a.width + b.width) / 2, height: (a.height + b.height) / 2 };
}

function halfwayPoints(a: Landmarks, b: Landmarks): Landmarks {
  const point = (i: number): Point => [(a[i]![0] + b[i]![0]) / 2, (a[i]![1] + b[i]![1]) / 2];
  return [point(0), point(1), point(2), point(3), point(4)];
}
