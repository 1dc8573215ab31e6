// A face of a picture as input of the emotion CNN: full-range grey, warped to a square, equalised where the model asks for it, normalised.

import type { AnyPicture } from "../../core/frame.js";
import type { Box, Landmarks } from "../../core/geometry.js";
import { cropTransform, type CropRule } from "./crop.js";
import { sharpnessOf } from "./sharpness.js";
import { warpGrey } from "./warp-grey.js";

/** The part of a manifest that says how inputs are made. */
export interface InputRule {
  readonly size: number;
  readonly mean: number;
  readonly deviation: number;
  readonly equalize: boolean;
  readonly blurSigma: number;
  readonly crop: CropRule;
}

/** Writes `size * size` normalised floats for one face into `out` from `offset` on. Gives the sharpness of its crop. */
export function writeFaceInput(picture: AnyPicture, face: { readonly box: Box; readonly landmarks?: Landmarks }, rule: InputRule, out: Float32Array, offset: number): number {
  const grey = out.subarray(offset, offset + rule.size ** 2);
  warpGrey(picture, cropTransform(face.box, face.landmarks, rule.crop, rule.size), rule.size, grey);
  const sharpness = sharpnessOf(grey, rule.size);
  finishInput(grey, rule);
  return sharpness;
}

/** Blur, equalisation and normalisation of grey values of 0 to 255, in place. */
export function finishInput(grey: Float32Array, { size, mean, deviation, equalize, blurSigma }: Omit<InputRule, "crop">): void {
  if (blurSigma > 0) blurInPlace(grey, size, blurSigma);
  if (equalize) equalizeInPlace(grey);
  for (let i = 0; i < grey.length; i++) grey[i] = (grey[i]! - mean) / deviation;
}

/** The mirror images of squares that follow one another. */
export function mirrored(squares: Float32Array, size: number): Float32Array {
  const out = squares.slice();
  for (let row = 0; row < out.length; row += size) out.subarray(row, row + size).reverse();
  return out;
}

/** Histogram equalisation over 256 levels, as OpenCV's equalizeHist does it. A flat face stays as it is. */
export function equalizeInPlace(grey: Float32Array): void {
  const counts = new Uint32Array(256);
  for (const v of grey) counts[level(v)]!++;
  const first = counts.findIndex((c) => c > 0);
  const rest = grey.length - counts[first]!;
  if (rest === 0) return;
  const map = new Float32Array(256);
  let sum = 0;
  for (let k = first + 1; k < 256; k++) map[k] = Math.round(((sum += counts[k]!) * 255) / rest);
  for (let i = 0; i < grey.length; i++) grey[i] = map[level(grey[i]!)]!;
}

/** Separable Gaussian blur of a square, borders repeated. */
export function blurInPlace(grey: Float32Array, size: number, sigma: number): void {
  const radius = Math.ceil(3 * sigma);
  const kernel = Float32Array.from({ length: 2 * radius + 1 }, (_, i) => Math.exp(-((i - radius) ** 2) / (2 * sigma * sigma)));
  const mass = kernel.reduce((a, b) => a + b, 0);
  const clamp = (v: number) => Math.min(size - 1, Math.max(0, v));
  const pass = (from: Float32Array, to: Float32Array, dx: number, dy: number) => {
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        let sum = 0;
        for (let k = -radius; k <= radius; k++) sum += kernel[k + radius]! * from[clamp(y + k * dy) * size + clamp(x + k * dx)]!;
        to[y * size + x] = sum / mass;
      }
    }
  };
  const rows = new Float32Array(grey.length);
  pass(grey, rows, 1, 0);
  pass(rows, grey, 0, 1);
}

function level(value: number): number {
  return Math.min(255, Math.max(0, Math.round(value)));
}
