// Looks at pixels of decoded pictures, and makes some.

import type { AnyPicture, Picture, PlanarPicture, YuvMatrix } from "../../src/core/frame.js";
import { pictureBytes, rgbOf } from "../../src/core/planar.js";
import { Pixels } from "../../src/inference/mtcnn/pixels.js";

/** Mean red, green and blue of a part of a picture; the part is given in shares of its width and height. */
export function meanColor(any: AnyPicture, part = { x: 0, y: 0, width: 1, height: 1 }): [number, number, number] {
  const picture = rgbOf(any);
  const x0 = Math.floor(part.x * picture.width);
  const y0 = Math.floor(part.y * picture.height);
  const x1 = Math.max(x0 + 1, Math.floor((part.x + part.width) * picture.width));
  const y1 = Math.max(y0 + 1, Math.floor((part.y + part.height) * picture.height));
  const sums: [number, number, number] = [0, 0, 0];
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) for (const c of [0, 1, 2] as const) sums[c] += picture.data[(y * picture.width + x) * 3 + c]!;
  }
  const count = (x1 - x0) * (y1 - y0);
  return [sums[0] / count, sums[1] / count, sums[2] / count];
}

/** `red`, `green`, `blue`, or the mean itself where it is none of them (64 of 255 off at most). */
export function colorName(mean: readonly [number, number, number]): string {
  const names = { red: [255, 0, 0], green: [0, 128, 0], blue: [0, 0, 255], black: [0, 0, 0], white: [255, 255, 255] };
  const found = Object.entries(names).find(([, rgb]) => rgb.every((value, i) => Math.abs(value - mean[i]!) <= 64));
  return found?.[0] ?? mean.map((v) => Math.round(v)).join(",");
}

/** A picture of noise, the same for the same seed. */
export function noisePicture(width: number, height: number, seed: number): Picture {
  return { width, height, pixelFormat: "rgb24", data: noise(width * height * 3, seed) };
}

/** The same in planes: all numbers, also those that stand for no colour that there is. */
export function planarNoise(width: number, height: number, seed: number, matrix: YuvMatrix): PlanarPicture {
  return { width, height, pixelFormat: "yuv420p", matrix, data: noise(pictureBytes({ width, height }, "yuv420p"), seed) };
}

function noise(length: number, seed: number): Uint8Array {
  let state = seed + 1;
  return Uint8Array.from({ length }, () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state >>> 24;
  });
}

/** The picture with its half-size copies, as the nets of a cascade look at it. */
export function pixelsOf(picture: AnyPicture): Pixels {
  const pixels = new Pixels();
  pixels.load(picture);
  return pixels;
}
