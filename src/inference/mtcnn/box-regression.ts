// From a window and what a net says about it to a box and points (Zhang et al. 2016, section II-C), and to the window of the next stage. Pure.

import type { Box, Landmarks, Point } from "../../core/geometry.js";

/** A square window of a picture: what a net sees. In pixels; may leave the picture. */
export interface Window {
  readonly x: number;
  readonly y: number;
  readonly side: number;
  /** Seen in a mirror; what a net says is turned back. */
  readonly mirrored?: boolean;
}

/** Distances of a box's corners from the window's, in sides of the window. */
export type BoxOffsets = readonly [x1: number, y1: number, x2: number, y2: number];

/** No box is thinner than this share of its window, whatever a net says. */
const thinnest = 0.01;

/** The box that `offsets` place about a window. */
export function boxFromOffsets({ x, y, side }: Window, [x1, y1, x2, y2]: BoxOffsets): Box {
  return { x: x + x1 * side, y: y + y1 * side, width: side * Math.max(thinnest, 1 + x2 - x1), height: side * Math.max(thinnest, 1 + y2 - y1) };
}

/** Whether a net gave numbers for all of a box. One that is overtaxed by a picture may not; nothing can be cut out there. */
export function isFiniteBox({ x, y, width, height }: Box): boolean {
  return Number.isFinite(x) && Number.isFinite(y) && Number.isFinite(width) && Number.isFinite(height);
}

/** Five points from `values[at...at + 10]`, x and y in turn, in sides of the window from its corner. */
export function pointsFromOffsets({ x, y, side }: Window, values: Float32Array, at: number): Landmarks {
  const point = (i: number): Point => [x + values[at + 2 * i]! * side, y + values[at + 2 * i + 1]! * side];
  return [point(0), point(1), point(2), point(3), point(4)];
}

/** The square about a box's centre with its larger side. */
export function squareAround({ x, y, width, height }: Box): Window {
  const side = Math.max(width, height);
  return { x: x + (width - side) / 2, y: y + (height - side) / 2, side };
}

/** The box about the same middle, its sides multiplied. */
export function resized({ x, y, width, height }: Box, by: number): Box {
  return { x: x + (width * (1 - by)) / 2, y: y + (height * (1 - by)) / 2, width: width * by, height: height * by };
}

/**
 * Box offsets (4) and points (10) of a window as they lie in its mirror image: left and right change places, of eyes and corners of the mouth too. In place; twice, and
 * all is as before.
 */
export function mirrorOffsets(box: Float32Array, points: Float32Array): void {
  [box[0], box[2]] = [-box[2]!, -box[0]!];
  for (let i = 0; i < points.length; i += 2) points[i] = 1 - points[i]!;
  for (const [a, b] of points.length === 0 ? [] : ([[0, 2], [6, 8]] as const)) {
    [points[a], points[b]] = [points[b]!, points[a]!];
    [points[a + 1], points[b + 1]] = [points[b + 1]!, points[a + 1]!];
  }
}
