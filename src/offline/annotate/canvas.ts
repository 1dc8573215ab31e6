// The picture that is drawn on: the frame's own pixels where they fit, else a copy that is larger (tiny videos, whose labels
// could not be read) and of even size (H.264 with 4:2:0 chroma knows no other).

import type { Picture } from "../../core/frame.js";
import type { Canvas } from "./raster.js";

/** Shown at least this large. Pixels of the longest side. */
const minSide = 320;

/** Whole factor by which a picture is enlarged before it is drawn on. */
export function enlargement(width: number, height: number): number {
  return Math.max(1, Math.ceil(minSide / Math.max(width, height)));
}

/** Size of the drawn video. */
export function canvasSize(width: number, height: number): { width: number; height: number } {
  const factor = enlargement(width, height);
  const even = (n: number) => n * factor + ((n * factor) % 2);
  return { width: even(width), height: even(height) };
}

/** The frame's pixels as a canvas. In place where the size stays, so the caller must own the picture. */
export function canvasFor(picture: Picture): Canvas {
  const size = canvasSize(picture.width, picture.height);
  if (size.width === picture.width && size.height === picture.height) return picture;
  const factor = enlargement(picture.width, picture.height);
  const data = new Uint8Array(size.width * size.height * 3);
  for (let y = 0; y < size.height; y += 1) {
    const sy = Math.min(picture.height - 1, Math.floor(y / factor));
    for (let x = 0; x < size.width; x += 1) {
      const from = (sy * picture.width + Math.min(picture.width - 1, Math.floor(x / factor))) * 3;
      const to = (y * size.width + x) * 3;
      data[to] = picture.data[from] ?? 0;
      data[to + 1] = picture.data[from + 1] ?? 0;
      data[to + 2] = picture.data[from + 2] ?? 0;
    }
  }
  return { ...size, data };
}
