// Half-size copies of a picture: whatever is looked at small is read from the copy that is not more than twice as fine, so that every pixel counts and
// none is read twice. The same in training and serving.

import type { Picture } from "../../core/frame.js";

/** No copy is made of a picture whose shorter side is below this, pixels. */
const smallest = 24;

/**
 * The picture and its half-size copies, finest first. Each pixel is the mean of four; odd last rows and columns are left out.
 * `buffers` are written to where they are large enough and replaced where they are not: keep the array, and nothing is allocated for the next picture of that size.
 */
export function halvings(picture: Picture, buffers: Uint8Array[] = []): Picture[] {
  const levels = [picture];
  for (let last = picture; Math.min(last.width, last.height) >= smallest; levels.push(last)) {
    const [width, height] = [last.width >> 1, last.height >> 1];
    const bytes = width * height * 3;
    const at = levels.length - 1;
    if ((buffers[at]?.length ?? -1) < bytes) buffers[at] = new Uint8Array(bytes);
    const data = buffers[at]!.subarray(0, bytes);
    halve(last, width, height, data);
    last = { width, height, pixelFormat: "rgb24", data };
  }
  return levels;
}

/** The level to read from where neighbouring samples lie `step` pixels of the picture apart, and how many of its pixels make one of the level's. */
export function levelFor(levels: readonly Picture[], step: number): { readonly level: Picture; readonly shrink: number } {
  const at = Math.min(levels.length - 1, Math.max(0, Math.floor(Math.log2(step))));
  return { level: levels[at]!, shrink: 2 ** at };
}

function halve({ width, data }: Picture, w: number, h: number, out: Uint8Array): void {
  const row = width * 3;
  for (let y = 0, at = 0; y < h; y++) {
    for (let k = 2 * y * row, end = k + 6 * w; k < end; k += 6, at += 3) {
      const below = k + row;
      out[at] = (data[k]! + data[k + 3]! + data[below]! + data[below + 3]! + 2) >> 2;
      out[at + 1] = (data[k + 1]! + data[k + 4]! + data[below + 1]! + data[below + 4]! + 2) >> 2;
      out[at + 2] = (data[k + 2]! + data[k + 5]! + data[below + 2]! + data[below + 5]! + 2) >> 2;
    }
  }
}
