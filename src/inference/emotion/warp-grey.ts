// Grey values of a square that lies anywhere on a picture, by WebAssembly (assembly/crop.ts). What it lies over becomes grey once, however many samples read each pixel.

import type { AnyPicture, PlanarPicture } from "../../core/frame.js";
import { greyCoefficientsOf, planesOf } from "../../core/planar.js";
// oxlint-disable-next-line no-restricted-imports -- kernels lie a level up, beside the detector that has some, too
import { aligned, KernelMemory, pixelAt, type Part } from "../kernels.js";
import type { Similarity } from "./crop.js";

/** Samples a side, at most, that are averaged for one pixel of a face larger than the input. */
const maxSamples = 8;

/** Most pixels that are made grey at a time, 1 MB: the largest faces of a 1080p picture. What lies over more is done in parts. */
const mostPixels = 2 ** 18;

/** Vectors read and write up to so many bytes beyond a part. */
const slack = 64;

/** A rectangle of the picture, its left side even, with one more column and row, which are the picture's next ones or its border's again. */
interface Patch {
  readonly left: number;
  readonly top: number;
  readonly stride: number;
  readonly rows: number;
}

interface Kernels {
  greyOfRgb(from: number, to: number, count: number): void;
  greyOfPlanes(luma: number, u: number, v: number, to: number, count: number, gain: number, ofU: number, ofV: number): void;
  warp(values: number, stride: number, mostX: number, mostY: number, a: number, b: number, x: number, y: number, samples: number, size: number, left: number, top: number, right: number, bottom: number, out: number): void;
}

/** Its beginning holds the square, then come the patch in grey and the rows of the picture that it is made of. */
let memory: KernelMemory<Kernels> | undefined;

/**
 * Grey values (ITU-R BT.601 luma, full range, 0 to 255) of a square of `size`, sampled through `t`. Where the picture is finer than
 * the square, each value is the mean of a grid of bilinear samples; beyond the picture its border repeats. Pixel centres lie at whole numbers.
 * @throws AppError `engine_unavailable` when the package has not been built
 */
export function warpGrey(picture: AnyPicture, t: Similarity, size: number, out: Float32Array): void {
  memory ??= new KernelMemory<Kernels>("crop");
  warpPart(memory, picture, t, size, { left: 0, top: 0, right: size, bottom: size });
  out.set(new Float32Array(memory.buffer, 0, size * size));
}

function warpPart(crop: KernelMemory<Kernels>, picture: AnyPicture, t: Similarity, size: number, part: Part): void {
  const patch = patchUnder(picture, t, part);
  if (patch.stride * patch.rows > mostPixels && (part.right - part.left) * (part.bottom - part.top) > 1) {
    for (const half of halvesOf(part)) warpPart(crop, picture, t, size, half);
    return;
  }
  const values = aligned(4 * size * size + slack);
  makeGrey(crop, picture, patch, values);
  const { left, top, stride, rows } = patch;
  const samples = Math.min(maxSamples, Math.max(1, Math.round(Math.hypot(t.a, t.b))));
  // Lanes beyond the part may lie beyond the patch: they are not read further out than it reaches.
  const [mostX, mostY] = [Math.min(picture.width - 1 - left, stride - 1), Math.min(picture.height - 1 - top, rows - 1)];
  crop.kernels.warp(values, stride, mostX, mostY, t.a, t.b, t.tx - left, t.ty - top, samples, size, part.left, part.top, part.right, part.bottom, 0);
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
  const left = 2 * (pixelAt(Math.min(...xs), width) >> 1);
  const top = pixelAt(Math.min(...ys), height);
  return { left, top, stride: pixelAt(Math.max(...xs), width) - left + 2, rows: pixelAt(Math.max(...ys), height) - top + 2 };
}

/** Writes the patch in grey to `to`, row by row. */
function makeGrey(crop: KernelMemory<Kernels>, picture: AnyPicture, { left, top, stride, rows }: Patch, to: number): void {
  const { width, height, data } = picture;
  const from = aligned(to + 4 * stride * (rows + 1) + slack);
  const lines = Math.min(rows, height - top);
  const count = Math.min(stride, width - left);
  const makeRow = picture.pixelFormat === "yuv420p" ? planarRows(crop, picture, top, lines, from) : rgbRows(crop, data.subarray(3 * width * top, 3 * width * (top + lines)), width, from);
  const { buffer } = crop;
  const values = new Float32Array(buffer, to, stride * rows);
  for (let row = 0; row < lines; row++) {
    makeRow(row, left, to + 4 * stride * row, count);
    if (count < stride) values[row * stride + count] = values[row * stride + count - 1]!;
  }
  if (lines < rows) values.copyWithin(lines * stride, (lines - 1) * stride, lines * stride);
}

/** Makes `count` pixels from `left` on of a row of the copied ones grey. */
type MakeRow = (row: number, left: number, to: number, count: number) => void;

function rgbRows(crop: KernelMemory<Kernels>, rows: Uint8Array, width: number, at: number): MakeRow {
  copyTo(crop, at, [rows]);
  return (row, left, to, count) => crop.kernels.greyOfRgb(at + 3 * (row * width + left), to, count);
}

/** With BT.601 brightness is what the first plane holds, with others colour has a share in it. */
function planarRows(crop: KernelMemory<Kernels>, { data, width, matrix, ...size }: PlanarPicture, top: number, lines: number, at: number): MakeRow {
  const { chromaWidth, u, v } = planesOf({ ...size, width });
  const { luma, ofU, ofV } = greyCoefficientsOf(matrix);
  const isColourless = ofU === 0 && ofV === 0;
  const firstChroma = top >> 1;
  const chromaLines = isColourless ? 0 : ((top + lines - 1) >> 1) + 1 - firstChroma;
  const chroma = (plane: number) => data.subarray(plane + firstChroma * chromaWidth, plane + (firstChroma + chromaLines) * chromaWidth);
  const atU = at + width * lines;
  const atV = atU + chromaWidth * chromaLines;
  copyTo(crop, at, [data.subarray(top * width, (top + lines) * width), chroma(u), chroma(v)]);
  return (row, left, to, count) => {
    const shared = (((top + row) >> 1) - firstChroma) * chromaWidth + (left >> 1);
    crop.kernels.greyOfPlanes(at + row * width + left, atU + shared, atV + shared, to, count, luma, ofU, ofV);
  };
}

/** One after another. */
function copyTo(crop: KernelMemory<Kernels>, at: number, parts: readonly Uint8Array[]): void {
  const bytes = parts.reduce((sum, { length }) => sum + length, 0);
  crop.reserve(at + bytes + slack);
  const target = new Uint8Array(crop.buffer, at, bytes);
  let place = 0;
  for (const part of parts) {
    target.set(part, place);
    place += part.length;
  }
}

