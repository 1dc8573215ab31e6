// A grid of bilinear samples of a picture, as normalised planes: what a net takes. Writes where it is told, and depends on nothing else.

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
  const columns = axis(acrossScratch, x, stepX, width, shrink, level.width);
  const rows = axis(downScratch, y, stepY, height, shrink, level.height);
  const { data } = level;
  const rowBytes = level.width * 3;
  const area = width * height;
  const gain = 1 / (deviation * steps * steps);
  const lift = -mean / deviation;
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
      // Weights of the four pixels. Whole numbers: a pixel that must become a float first costs a quarter more time.
      const wd = Math.imul(fx, fy);
      const wc = (steps * fy - wd) | 0;
      const wb = (steps * fx - wd) | 0;
      const wa = (steps * steps - wb - wc - wd) | 0;
      out[at] = (Math.imul(data[a]!, wa) + Math.imul(data[b]!, wb) + Math.imul(data[c]!, wc) + Math.imul(data[d]!, wd)) * gain + lift;
      out[at + area] = (Math.imul(data[a + 1]!, wa) + Math.imul(data[b + 1]!, wb) + Math.imul(data[c + 1]!, wc) + Math.imul(data[d + 1]!, wd)) * gain + lift;
      out[at + 2 * area] = (Math.imul(data[a + 2]!, wa) + Math.imul(data[b + 2]!, wb) + Math.imul(data[c + 2]!, wc) + Math.imul(data[d + 2]!, wd)) * gain + lift;
    }
  }
}

/** For each sample along an axis the pixel before it, and how many of `steps` it lies towards the next one. */
interface Axis {
  index: Int32Array;
  share: Int32Array;
}

/** Between two neighbouring pixels: 255 times its square still fits 31 bits. */
const steps = 1024;

// Hundreds of windows a picture would leave four arrays each to the garbage collector. Nothing waits while they are in use, and each thread has its own.
const [acrossScratch, downScratch] = [0, 0].map((): Axis => ({ index: new Int32Array(0), share: new Int32Array(0) })) as [Axis, Axis];

/** Fills the first `count` entries of `scratch`, which grows where it must. */
function axis(scratch: Axis, start: number, step: number, count: number, shrink: number, length: number): Readonly<Axis> {
  if (scratch.index.length < count) [scratch.index, scratch.share] = [new Int32Array(count), new Int32Array(count)];
  const { index, share } = scratch;
  const last = Math.max(0, length - 2);
  for (let i = 0; i < count; i++) {
    const at = Math.min(length - 1, Math.max(0, (start + (i + 0.5) * step) / shrink - 0.5));
    index[i] = Math.min(last, at | 0);
    share[i] = Math.round((at - index[i]!) * steps);
  }
  return scratch;
}
