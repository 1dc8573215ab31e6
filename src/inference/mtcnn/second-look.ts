// O-Net's second look: faces are few once they are found, and a window about the face itself shows more of it than the one that R-Net left. It looks there plain and in
// a mirror, whose errors point the other way, and what is no face seldom looks like one every time. Beyond the paper; bench/detector.mjs says what it costs, models/detector how far the points are off.

import type { Box, Landmarks, Point } from "../../core/geometry.js";
import { isFiniteBox, resized, squareAround, type Window } from "./box-regression.js";
import { answersForWindows, type ScoredFace } from "./o-net.js";
import type { Pixels } from "./pixels.js";
import type { WindowNet } from "./window-net.js";

/** What the first look found. */
export interface FirstFace extends ScoredFace {
  /** Its window lay about it as a second look's would: that leaves out the plain one, and this answer's points count in its place. */
  readonly seenPlain?: boolean;
}

/**
 * The faces, their points the means of what O-Net says about windows `sizes` times as large about the same middle, each seen plain and in a mirror; their boxes and scores the means
 * of these answers and the first one. @throws AppError `engine_failed`
 */
export async function lookAgain(net: WindowNet, pixels: Pixels, faces: readonly FirstFace[], sizes: readonly number[]): Promise<ScoredFace[]> {
  const windows = faces.map((face) => sizes.flatMap((size) => (face.seenPlain === true ? [true] : [false, true]).map((mirrored): Window => ({ ...squareAround(resized(face, size)), mirrored }))));
  const answers = await answersForWindows(net, pixels, windows.flat());
  return faces.map(({ seenPlain = false, ...face }, i) => {
    const further = answers.splice(0, windows[i]!.length).filter(isWhole);
    if (further.length === 0) return face;
    const all = [face, ...further];
    return { ...meanBox(all), score: mean(all, ({ score }) => score), landmarks: meanPoints((seenPlain && isWhole(face) ? all : further).map(({ landmarks }) => landmarks)) };
  });
}

/** Whether a net gave numbers for all of a face. */
function isWhole(face: ScoredFace): boolean {
  return isFiniteBox(face) && face.landmarks.flat().every(Number.isFinite);
}

function meanBox(boxes: readonly Box[]): Box {
  return { x: mean(boxes, (b) => b.x), y: mean(boxes, (b) => b.y), width: mean(boxes, (b) => b.width), height: mean(boxes, (b) => b.height) };
}

function mean<T>(all: readonly T[], of: (one: T) => number): number {
  return all.reduce((sum, one) => sum + of(one), 0) / all.length;
}

function meanPoints(all: readonly Landmarks[]): Landmarks {
  const point = (i: number): Point => [0, 1].map((axis) => mean(all, (points) => points[i]![axis]!)) as unknown as Point;
  return [point(0), point(1), point(2), point(3), point(4)];
}
