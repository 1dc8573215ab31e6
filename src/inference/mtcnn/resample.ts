// A grid of bilinear samples of a picture, as normalised planes: what a net takes. Pure; writes where it is told.

import type { Picture } from "../../core/frame.js";
import { levelFor } from "./halvings.js";

/** How pixels become inputs: `(value - mean) / deviation`. */
export interface PixelScale {
  readonly mean: number;
  readonly deviation: number;
}

/**
 * `width` x `height` samples that cover a rectangle of the picture evenly: sample (0, 0) lies half a step inside its corner. With a negative `stepX` they run to the left: a
 * mirror image.
 */
export interface Grid {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly width: number;
  readonly height: number;
}

/** The grid of `width` x `height` over a rectangle in pixels of the picture. */
export function gridOver(area: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }, width: number, height: number): Grid {
  return { x: area.x, y: area.y, stepX: area.width / width, stepY: area.height / height, width, height };
}

/**
 * Writes red, green and blue planes (`3 * width * height` floats) from `offset` on. Beyond the picture its border is repeated.
 * `levels` are the picture's halvings.
 */
export function resamplePlanes(levels: readonly Picture[], { x, y, stepX, stepY, width, height }: Grid, { mean, deviation }: PixelScale, out: Float32Array, offset: number): void {
  const { level, shrink } = levelFor(levels, Math.min(Math.abs(stepX), stepY));
  const columns = axis(x, stepX, width, shrink, level.width);
  const rows = axis(y, stepY, height, shrink, level.height);
  const { data } = level;
  const rowBytes = level.width * 3;
  const area = width * height;
  const gain = 1 / deviation;
  const lift = -mean * gain;
  // Where the level is one pixel wide or high, its only pixel is its own neighbour.
  const right = level.width > 1 ? 3 : 0;
  const down = level.height > 1 ? rowBytes : 0;
  for (let v = 0, at = offset; v < height; v++) {
    const top = rows.index[v]! * rowBytes;
    const fy = rows.share[v]!;
    for (let u = 0; u < width; u++, at++) {
      const a = top + columns.index[u]! * 3;
      const b = a + right;
      const c = a + down;
      const d = c + right;
      const fx = columns.share[u]!;
      // Weights of the four pixels, the normalisation in them.
      const wd = fx * fy * gain;
      const wc = fy * gain - wd;
      const wb = fx * gain - wd;
      const wa = gain - fx * gain - wc;
      out[at] = data[a]! * wa + data[b]! * wb + data[c]! * wc + data[d]! * wd + lift;
      out[at + area] = data[a + 1]! * wa + data[b + 1]! * wb + data[c + 1]! * wc + data[d + 1]! * wd + lift;
      out[at + 2 * area] = data[a + 2]! * wa + data[b + 2]! * wb + data[c + 2]! * wc + data[d + 2]! * wd + lift;
    }
  }
}

/** For each sample along an axis the pixel before it, and how far it lies towards the next one. */
function axis(start: number, step: number, count: number, shrink: number, length: number): { readonly index: Int32Array; readonly share: Float32Array } {
  const index = new Int32Array(count);
  const share = new Float32Array(count);
  const last = Math.max(0, length - 2);
  for (let i = 0; i < count; i++) {
    const at = Math.min(length - 1, Math.max(0, (start + (i + 0.5) * step) / shrink - 0.5));
    index[i] = Math.min(last, at | 0);
    share[i] = at - index[i]!;
  }
  return { index, share };
}
