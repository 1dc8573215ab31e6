// Histogram equalisation of luma: brings the contrast of dark or flat pictures to the full range. Colours keep their
// differences from grey. Pure.

import type { Picture } from "../../core/frame.js";

/** Rec. 601 luma of a pixel, 0 to 255, in whole numbers. */
export function luma(r: number, g: number, b: number): number {
  return (r * 77 + g * 150 + b * 29 + 128) >> 8;
}

/** The table that equalises a histogram of `total` values: `(cdf(v) - cdfMin) / (total - cdfMin)`, spread over 0 to 255. */
export function equalizationTable(histogram: Uint32Array, total: number): Uint8Array {
  const table = new Uint8Array(256);
  const first = histogram.findIndex((n) => n > 0);
  const least = first < 0 ? 0 : (histogram[first] ?? 0);
  // One single brightness has no contrast to spread.
  if (total <= least) return table.map((_, i) => i);
  let sum = 0;
  for (let value = 0; value < 256; value += 1) {
    sum += histogram[value] ?? 0;
    table[value] = Math.round((Math.max(0, sum - least) / (total - least)) * 255);
  }
  return table;
}

/** A copy of the picture with its luma equalised over the whole of it. */
export function equalizeLuma(picture: Picture): Picture {
  const { data } = picture;
  const histogram = new Uint32Array(256);
  for (let i = 0; i < data.length; i += 3) {
    const y = luma(data[i] ?? 0, data[i + 1] ?? 0, data[i + 2] ?? 0);
    histogram[y] = (histogram[y] ?? 0) + 1;
  }
  const table = equalizationTable(histogram, data.length / 3);
  // Clamped: a colour may leave the range when its luma rises.
  const out = new Uint8ClampedArray(data.length);
  for (let i = 0; i < data.length; i += 3) {
    const [r, g, b] = [data[i] ?? 0, data[i + 1] ?? 0, data[i + 2] ?? 0];
    const y = luma(r, g, b);
    const shift = (table[y] ?? y) - y;
    out[i] = r + shift;
    out[i + 1] = g + shift;
    out[i + 2] = b + shift;
  }
  return { ...picture, data: new Uint8Array(out.buffer) };
}
