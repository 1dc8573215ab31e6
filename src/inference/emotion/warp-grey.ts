// Grey values of a square that lies anywhere on a picture. What it lies over becomes grey once, however many samples read each pixel.

import type { Picture } from "../../core/frame.js";
import type { Similarity } from "./crop.js";

/** Samples a side, at most, that are averaged for one pixel of a face larger than the input. */
const maxSamples = 8;

/** Pixels of grey that are kept between calls, 1 MB: the largest faces of a 1080p picture. Larger ones get memory of their own. */
const keptPixels = 2 ** 18;
const kept = new Float32Array(keptPixels);

/** A part of a picture in grey. Its last column and row are the picture's next ones, or its border's again. */
interface GreyPatch {
  readonly values: Float32Array;
  readonly left: number;
  readonly top: number;
  readonly stride: number;
}

/**
 * Grey values (ITU-R BT.601 luma, full range, 0 to 255) of a square of `size`, sampled through `t`. Where the picture is finer than
 * the square, each value is the mean of a grid of bilinear samples; beyond the picture its border repeats. Pixel centres lie at whole numbers.
 */
export function warpGrey(picture: Picture, t: Similarity, size: number, out: Float32Array): void {
  const { values, left, top, stride } = greyUnder(picture, t, size);
  const samples = Math.min(maxSamples, Math.max(1, Math.round(Math.hypot(t.a, t.b))));
  const share = 1 / (samples * samples);
  const [mostX, mostY] = [picture.width - 1 - left, picture.height - 1 - top];
  // Tens of thousands of samples for a large face: one loop without calls or arrays.
  for (let y = 0, to = 0; y < size; y++) {
    for (let x = 0; x < size; x++, to++) {
      let sum = 0;
      for (let i = 0; i < samples; i++) {
        const v = y + (i + 0.5) / samples - 0.5;
        for (let j = 0; j < samples; j++) {
          const u = x + (j + 0.5) / samples - 0.5;
          const px = Math.min(mostX, Math.max(0, t.a * u - t.b * v + t.tx - left));
          const py = Math.min(mostY, Math.max(0, t.b * u + t.a * v + t.ty - top));
          const ix = Math.floor(px);
          const iy = Math.floor(py);
          const at = iy * stride + ix;
          const above = values[at]! + (values[at + 1]! - values[at]!) * (px - ix);
          const below = values[at + stride]! + (values[at + stride + 1]! - values[at + stride]!) * (px - ix);
          sum += above + (below - above) * (py - iy);
        }
      }
      out[to] = sum * share;
    }
  }
}

/** The part of the picture that a square of `size` lies over through `t`. Only until the next call. */
function greyUnder({ data, width, height }: Picture, t: Similarity, size: number): GreyPatch {
  const corners = [-0.5, size - 0.5].flatMap((v) => [-0.5, size - 0.5].map((u) => [t.a * u - t.b * v + t.tx, t.b * u + t.a * v + t.ty] as const));
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  const [left, top] = [within(Math.min(...xs), width), within(Math.min(...ys), height)];
  const [right, bottom] = [within(Math.max(...xs), width), within(Math.max(...ys), height)];
  const [stride, rows] = [right - left + 2, bottom - top + 2];
  const values = stride * rows <= keptPixels ? kept : new Float32Array(stride * rows);
  for (let y = 0; y < rows; y++) {
    const row = Math.min(height - 1, top + y) * width;
    for (let x = 0; x < stride; x++) {
      const from = (row + Math.min(width - 1, left + x)) * 3;
      values[y * stride + x] = 0.299 * data[from]! + 0.587 * data[from + 1]! + 0.114 * data[from + 2]!;
    }
  }
  return { values, left, top, stride };
}

/** The pixel that holds `value`, or the nearest of `limit`. */
function within(value: number, limit: number): number {
  return Math.min(limit - 1, Math.max(0, Math.floor(value)));
}
