// Grey values of a square that lies anywhere on a picture. What it lies over becomes grey once, however many samples read each pixel.

import type { AnyPicture, PlanarPicture } from "../../core/frame.js";
import { black, coefficientsOf, colourless, planesOf } from "../../core/planar.js";
import type { Similarity } from "./crop.js";

/** Samples a side, at most, that are averaged for one pixel of a face larger than the input. */
const maxSamples = 8;

/** Most pixels that are made grey at a time, 1 MB: the largest faces of a 1080p picture. What lies over more is done in parts. */
const mostPixels = 2 ** 18;
let grey = new Float32Array(mostPixels);

/** What red, green and blue have in brightness (ITU-R BT.601). */
const lumaOf = { red: 0.299, green: 0.587, blue: 0.114 } as const;

/** A part of the square: from `left` to before `right`, from `top` to before `bottom`. */
interface Part {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** A rectangle of the picture with one more column and row, which are the picture's next ones or its border's again. */
interface Patch {
  readonly left: number;
  readonly top: number;
  readonly stride: number;
  readonly rows: number;
}

/**
 * Grey values (ITU-R BT.601 luma, full range, 0 to 255) of a square of `size`, sampled through `t`. Where the picture is finer than
 * the square, each value is the mean of a grid of bilinear samples; beyond the picture its border repeats. Pixel centres lie at whole numbers.
 */
export function warpGrey(picture: AnyPicture, t: Similarity, size: number, out: Float32Array): void {
  warpPart(picture, t, size, out, { left: 0, top: 0, right: size, bottom: size });
}

function warpPart(picture: AnyPicture, t: Similarity, size: number, out: Float32Array, part: Part): void {
  const patch = patchUnder(picture, t, part);
  if (patch.stride * patch.rows > mostPixels && (part.right - part.left) * (part.bottom - part.top) > 1) {
    for (const half of halvesOf(part)) warpPart(picture, t, size, out, half);
    return;
  }
  const values = greyOf(picture, patch);
  const { left, top, stride } = patch;
  const samples = Math.min(maxSamples, Math.max(1, Math.round(Math.hypot(t.a, t.b))));
  const step = 1 / samples;
  const share = step * step;
  const mostX = picture.width - 1 - left;
  const mostY = picture.height - 1 - top;
  // Tens of thousands of samples for a large face: one loop without calls or arrays.
  for (let y = part.top; y < part.bottom; y++) {
    for (let x = part.left; x < part.right; x++) {
      let sum = 0;
      for (let i = 0; i < samples; i++) {
        const v = y + (i + 0.5) * step - 0.5;
        const fromX = t.tx - left - t.b * v;
        const fromY = t.ty - top + t.a * v;
        for (let j = 0; j < samples; j++) {
          const u = x + (j + 0.5) * step - 0.5;
          const freeX = fromX + t.a * u;
          const freeY = fromY + t.b * u;
          // Not Math.min and Math.max, which also tell -0 from 0 and take longer.
          const px = freeX < 0 ? 0 : freeX > mostX ? mostX : freeX;
          const py = freeY < 0 ? 0 : freeY > mostY ? mostY : freeY;
          const ix = Math.trunc(px);
          const iy = Math.trunc(py);
          const at = iy * stride + ix;
          const above = values[at]! + (values[at + 1]! - values[at]!) * (px - ix);
          const below = values[at + stride]! + (values[at + stride + 1]! - values[at + stride]!) * (px - ix);
          sum += above + (below - above) * (py - iy);
        }
      }
      out[y * size + x] = sum * share;
    }
  }
}

/** Left and right, or upper and lower, whichever leaves parts nearer to squares. */
function halvesOf({ left, top, right, bottom }: Part): readonly [Part, Part] {
  if (right - left >= bottom - top) {
    const middle = (left + right) >> 1;
    return [{ left, top, right: middle, bottom }, { left: middle, top, right, bottom }];
  }
  const middle = (top + bottom) >> 1;
  return [{ left, top, right, bottom: middle }, { left, top: middle, right, bottom }];
}

/** What of the picture a part of the square lies over through `t`. */
function patchUnder({ width, height }: AnyPicture, t: Similarity, part: Part): Patch {
  const corners = [part.top - 0.5, part.bottom - 0.5].flatMap((v) => [part.left - 0.5, part.right - 0.5].map((u) => [t.a * u - t.b * v + t.tx, t.b * u + t.a * v + t.ty] as const));
  const [xs, ys] = [corners.map(([x]) => x), corners.map(([, y]) => y)];
  const left = within(Math.min(...xs), width);
  const top = within(Math.min(...ys), height);
  return { left, top, stride: within(Math.max(...xs), width) - left + 2, rows: within(Math.max(...ys), height) - top + 2 };
}

/** The patch in grey, row by row. Only until the next call. */
function greyOf(picture: AnyPicture, patch: Patch): Float32Array {
  const { left, top, stride, rows } = patch;
  // Only where one pixel of the square lies over more, in a face of many thousand pixels.
  if (stride * rows > grey.length) grey = new Float32Array(stride * rows);
  if (picture.pixelFormat === "yuv420p") return greyOfPlanes(picture, patch, grey);
  const { data, width, height } = picture;
  const values = grey;
  for (let y = 0; y < rows; y++) {
    const row = Math.min(height - 1, top + y) * width;
    for (let x = 0; x < stride; x++) {
      const from = (row + Math.min(width - 1, left + x)) * 3;
      values[y * stride + x] = lumaOf.red * data[from]! + lumaOf.green * data[from + 1]! + lumaOf.blue * data[from + 2]!;
    }
  }
  return values;
}

/** The same brightness, out of planes: with BT.601 it is what the first one holds, with others colour has a share in it. */
function greyOfPlanes(picture: PlanarPicture, { left, top, stride, rows }: Patch, values: Float32Array): Float32Array {
  const { data, width, height, matrix } = picture;
  const { chromaWidth, u, v } = planesOf(picture);
  const { luma, redOfV, greenOfU, greenOfV, blueOfU } = coefficientsOf(matrix);
  const shareOfU = matrix === "bt601" ? 0 : lumaOf.green * greenOfU + lumaOf.blue * blueOfU;
  const shareOfV = matrix === "bt601" ? 0 : lumaOf.red * redOfV + lumaOf.green * greenOfV;
  for (let y = 0; y < rows; y++) {
    const line = Math.min(height - 1, top + y);
    for (let x = 0; x < stride; x++) {
      const column = Math.min(width - 1, left + x);
      let value = (data[line * width + column]! - black) * luma;
      if (shareOfV !== 0) {
        const chroma = (line >> 1) * chromaWidth + (column >> 1);
        value += (data[u + chroma]! - colourless) * shareOfU + (data[v + chroma]! - colourless) * shareOfV;
      }
      values[y * stride + x] = value < 0 ? 0 : value > 255 ? 255 : value;
    }
  }
  return values;
}

/** The pixel that holds `value`, or the nearest of `limit`. */
function within(value: number, limit: number): number {
  return Math.min(limit - 1, Math.max(0, Math.floor(value)));
}
