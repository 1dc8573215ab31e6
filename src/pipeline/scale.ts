// From pixels of the analysed picture to pixels of the source.

import type { DetectedFace } from "../core/engine.js";
import type { Frame } from "../core/frame.js";
import type { Box, Landmarks, Point } from "../core/geometry.js";

/** Factors per axis; they differ where the source's pixels are not square or its size is odd. */
export interface Scale {
  readonly x: number;
  readonly y: number;
}

/** From pixels of a frame's `picture` to those of its source. */
export function toSource({ sourceWidth, sourceHeight, picture }: Frame): Scale {
  return { x: sourceWidth / picture.width, y: sourceHeight / picture.height };
}

/** JSON has no NaN, and a box without extent is nobody's face. */
export function isDrawable({ box, score, landmarks }: DetectedFace): boolean {
  return box.width > 0 && box.height > 0 && [box.x, box.y, box.width, box.height, score, ...landmarks.flat()].every(Number.isFinite);
}

/** A box with both axes multiplied. */
function scaleBox(box: Box, by: Scale): Box {
  return { x: box.x * by.x, y: box.y * by.y, width: box.width * by.x, height: box.height * by.y };
}

/** Five points with both axes multiplied. */
function scaleLandmarks(landmarks: Landmarks, by: Scale): Landmarks {
  const [a, b, c, d, e] = landmarks;
  const point = ([x, y]: Point): Point => [x * by.x, y * by.y];
  return [point(a), point(b), point(c), point(d), point(e)];
}

/** A face in other pixels; score and emotions stay. */
export function scaleFace(face: DetectedFace, by: Scale): DetectedFace {
  return { ...face, box: scaleBox(face.box, by), landmarks: scaleLandmarks(face.landmarks, by) };
}
