// Boxes and points in pixels. The origin is the top left corner of the picture, x to the right, y down.

/** A rectangle in pixels: `x`, `y` is its top left corner. */
export interface Box {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A point `[x, y]` in pixels. */
export type Point = readonly [x: number, y: number];

/** Five points: the eye on the image's left, the eye on its right, nose tip, mouth corner left, mouth corner right. */
export type Landmarks = readonly [Point, Point, Point, Point, Point];

/** Intersection over union of two boxes, 0 to 1. Two empty boxes give 0. */
export function iou(a: Box, b: Box): number {
  const w = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const h = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (w <= 0 || h <= 0) return 0;
  const inter = w * h;
  return inter / (a.width * a.height + b.width * b.height - inter);
}
