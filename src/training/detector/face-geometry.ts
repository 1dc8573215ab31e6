// Which window is a sample of what, and its targets. Boxes and points in pixels of a picture or of a turned view of it. Pure.

import { iou, type Box, type Landmarks, type Point } from "../../core/geometry.js";
import { mirrorOffsets, type Window } from "../../inference/mtcnn/box-regression.js";
import type { StageName } from "./nets.js";

export type { Window };

/** A face with what its set says about it. */
export interface LabelledFace {
  readonly box: Box;
  readonly points?: Landmarks;
}

export const sampleKinds = ["negative", "positive", "part", "points"] as const;
export type SampleKind = (typeof sampleKinds)[number];

/**
 * Overlaps of the paper, section III-C, but for what is a positive: there 0.65, of which a square on a face a third higher than wide reaches at most 0.75. Windows of P-Net lie where
 * its grid and pyramid put them, R-Net looks at P-Net's rough boxes: with 0.65 a face whose only candidate overlaps less is never shown as one. P-Net's grid of four pixels in twelve asks for the least. Between
 * `negative` and `part` lies what teaches nothing.
 */
export const overlaps = { positive: { pnet: 0.45, rnet: 0.5, onet: 0.55 }, part: { pnet: 0.35, rnet: 0.4, onet: 0.4 }, negative: { pnet: 0.25, rnet: 0.3, onet: 0.3 } } as const;

/** The kind of a stage's window by its largest overlap with any face; undefined between the classes. */
export function kindByOverlap(overlap: number, stage: StageName): Exclude<SampleKind, "points"> | undefined {
  if (overlap > overlaps.positive[stage]) return "positive";
  if (overlap >= overlaps.part[stage]) return "part";
  return overlap < overlaps.negative[stage] ? "negative" : undefined;
}

export function windowBox({ x, y, side }: Window): Box {
  return { x, y, width: side, height: side };
}

/** The face that a window overlaps most, and by how much. */
export function bestFace<F extends LabelledFace>(window: Window, faces: readonly F[]): { readonly face?: F; readonly overlap: number } {
  let best: { face?: F; overlap: number } = { overlap: 0 };
  for (const face of faces) {
    const overlap = iou(windowBox(window), face.box);
    if (overlap > best.overlap) best = { face, overlap };
  }
  return best;
}

/** Distances of the box's corners from the window's, x1, y1, x2, y2, in sides of the window. */
export function boxOffsets({ x, y, side }: Window, box: Box): [number, number, number, number] {
  return [(box.x - x) / side, (box.y - y) / side, (box.x + box.width - x - side) / side, (box.y + box.height - y - side) / side];
}

/** Points from the window's corner, in its sides, x and y in turn. */
export function pointOffsets({ x, y, side }: Window, points: Landmarks): number[] {
  return points.flatMap(([px, py]) => [(px - x) / side, (py - y) / side]);
}

/** Targets of the mirrored window in place: left and right change places in box and points. `target`: box offsets, then points. */
export function mirrorTarget(target: Float32Array): void {
  mirrorOffsets(target.subarray(0, 4), target.subarray(4, 14));
}

/** A rotation about a point; positive angles turn the picture clockwise as it is seen. */
export interface Turn {
  readonly cos: number;
  readonly sin: number;
  readonly centre: Point;
}

export function turnBy(degrees: number, centre: Point): Turn {
  const angle = (degrees * Math.PI) / 180;
  return { cos: Math.cos(angle), sin: Math.sin(angle), centre };
}

export function turnPoint([x, y]: Point, { cos, sin, centre: [cx, cy] }: Turn): Point {
  return [cx + cos * (x - cx) - sin * (y - cy), cy + sin * (x - cx) + cos * (y - cy)];
}

export function turnBack(point: Point, { cos, sin, centre }: Turn): Point {
  return turnPoint(point, { cos, sin: -sin, centre });
}

/** The box around the ellipse that filled `box` before it was turned: a head is round, so a turned box's own corners would lie outside of it. */
export function turnBox(box: Box, turn: Turn): Box {
  const [x, y] = turnPoint([box.x + box.width / 2, box.y + box.height / 2], turn);
  return aroundEllipse([x, y], box.width, box.height, turn.cos, turn.sin);
}

/** The upright box around an ellipse whose axes are turned by an angle. */
export function aroundEllipse([x, y]: Point, width: number, height: number, cos: number, sin: number): Box {
  const w = Math.hypot(width * cos, height * sin);
  const h = Math.hypot(width * sin, height * cos);
  return { x: x - w / 2, y: y - h / 2, width: w, height: h };
}

/** Least size in source pixels of a face that a stage learns from: below, there is nothing to see. */
export const minFacePixels: Readonly<Record<StageName, number>> = { pnet: 10, rnet: 14, onet: 18 };
