// Pure geometry of faces: scaling between picture sizes, and putting a detector's raw output in order.

import type { DetectedFace } from "../core/engine.js";
import type { Box, Landmarks, Point } from "../core/geometry.js";

export interface TidyLimits {
  /** Size of the picture that the faces refer to, pixels. */
  readonly width: number;
  readonly height: number;
  readonly minScore: number;
  readonly maxFaces: number;
}

/** Multiplies a box by `factor`. */
export function scaleBox({ x, y, width, height }: Box, factor: number): Box {
  return { x: x * factor, y: y * factor, width: width * factor, height: height * factor };
}

/** Multiplies box and landmarks by `factor`; everything else stays. */
export function scaleFace(face: DetectedFace, factor: number): DetectedFace {
  return { ...face, box: scaleBox(face.box, factor), landmarks: face.landmarks.map(([x, y]) => [x * factor, y * factor]) as unknown as Landmarks };
}

/**
 * Cuts boxes at the picture's edges, leaves out faces that are not finite, not in the picture (less than a pixel of them)
 * or below `minScore`, sorts by area (largest first; ties by score, then from left to right) and keeps `maxFaces`.
 * Landmarks may lie outside the picture: a face that is cut off has its mouth where it would be.
 */
export function tidyFaces(faces: readonly DetectedFace[], { width, height, minScore, maxFaces }: TidyLimits): DetectedFace[] {
  return faces
    .filter((face) => face.score >= minScore && isFinite(face))
    .map((face) => ({ ...face, score: Math.min(1, face.score), box: clampBox(face.box, width, height) }))
    .filter(({ box }) => box.width >= 1 && box.height >= 1)
    .toSorted((a, b) => area(b.box) - area(a.box) || b.score - a.score || a.box.x - b.box.x || a.box.y - b.box.y)
    .slice(0, maxFaces);
}

/** The part of a box that lies in a picture of that size; width or height 0 or less where none does. */
export function clampBox(box: Box, width: number, height: number): Box {
  const x = Math.max(0, box.x);
  const y = Math.max(0, box.y);
  return { x, y, width: Math.min(width, box.x + box.width) - x, height: Math.min(height, box.y + box.height) - y };
}

function isFinite({ box, landmarks }: DetectedFace): boolean {
  const points: readonly Point[] = [[box.x, box.y], [box.width, box.height], ...landmarks];
  return points.every(([x, y]) => Number.isFinite(x) && Number.isFinite(y));
}

function area(box: Box): number {
  return box.width * box.height;
}
