// Batches for training: faces flipped, warped, relit, blurred, partly erased and mixed, in plain typed arrays.
// FER+ faces have no pixels outside their 48x48: what lies beyond is the border repeated.

import { classCount, facePixels, faceSize, type FaceSet } from "./data/face-set.js";
import { coarsen } from "./coarsen.js";
import type { Batch } from "./net/emotion-net.js";
import type { Random } from "./random.js";

export interface Augmentation {
  /** Probability of a mirrored face. */
  readonly flip: number;
  /** Largest rotation, degrees. */
  readonly rotation: number;
  /** Largest factor by which a face grows or shrinks, minus 1. */
  readonly scale: number;
  /** Largest shift, as a share of the side. */
  readonly shift: number;
  /** Largest shear, as a share. */
  readonly shear: number;
  /** Largest change of contrast, as a factor minus 1. */
  readonly contrast: number;
  /** Largest change of brightness, in standard deviations. */
  readonly brightness: number;
  /** Probability of a softened face (a 3x3 binomial). */
  readonly blur: number;
  /** Probability of a face with fewer pixels than it has, and by how much at most. */
  readonly coarse: number;
  readonly coarsest: number;
  /** Probability of an erased rectangle. */
  readonly erasing: number;
  /** Largest erased share of the area. */
  readonly erasedShare: number;
  /** Shape of the Beta distribution that two faces are mixed by (Zhang et al., mixup, 2018); 0: none. */
  readonly mixup: number;
}

export const defaultAugmentation: Augmentation = {
  flip: 0.5, rotation: 12, scale: 0.15, shift: 0.07, shear: 0.08, contrast: 0.35, brightness: 0.35, blur: 0.15, coarse: 0.2, coarsest: 2.5, erasing: 0.35, erasedShare: 0.15, mixup: 0.2,
};

/** How pixels become inputs: `(value - mean) / deviation`. */
export interface PixelScale {
  readonly mean: number;
  readonly deviation: number;
}

/** The same faces cut otherwise, and the share of the pictures that shows them so. */
export interface OtherCut {
  /** `count * 48 * 48`. */
  readonly pixels: Uint8Array;
  readonly share: number;
}

/** A training batch of the faces at `indices`, drawn by `random`, `size` pixels wide. */
export function trainingBatch(set: FaceSet, indices: ArrayLike<number>, size: number, scale: PixelScale, settings: Augmentation, random: Random, otherCut?: OtherCut): Batch {
  const count = indices.length;
  const area = size * size;
  const pixels = new Float32Array(count * area);
  const targets = new Float32Array(count * classCount);
  for (let i = 0; i < count; i++) {
    const face = indices[i]!;
    const out = pixels.subarray(i * area, (i + 1) * area);
    const source = otherCut !== undefined && random.next() < otherCut.share ? otherCut.pixels : set.pixels;
    warp(source.subarray(face * facePixels, (face + 1) * facePixels), out, size, settings, random);
    if (random.next() < settings.blur) soften(out, size);
    if (random.next() < settings.coarse) coarsen(out, size, 1, settings.coarsest ** random.next());
    relight(out, scale, settings, random);
    if (random.next() < settings.erasing) erase(out, size, settings.erasedShare, random);
    targets.set(set.targets.subarray(face * classCount, (face + 1) * classCount), i * classCount);
  }
  return { ...(settings.mixup > 0 ? mix(pixels, targets, count, settings.mixup, random) : { pixels, targets }), count, size };
}

/** Inputs of the faces `from` to `to` as they are, `size` pixels wide. */
export function plainInputs(pixels: Uint8Array, from: number, to: number, scale: PixelScale, size = faceSize): Float32Array {
  const area = size * size;
  const out = new Float32Array((to - from) * area);
  for (let face = from; face < to; face++) {
    const input = out.subarray((face - from) * area, (face - from + 1) * area);
    const own = pixels.subarray(face * facePixels, (face + 1) * facePixels);
    if (size === faceSize) input.set(own);
    else sampleFace(own, input, size, { cos: faceSize / size, sin: 0, shear: 0, mirror: 1, x0: (faceSize - 1) / 2, y0: (faceSize - 1) / 2 });
    for (let i = 0; i < area; i++) input[i] = (input[i]! - scale.mean) / scale.deviation;
  }
  return out;
}

interface Sampling {
  /** Rotation times zoom. */
  readonly cos: number;
  readonly sin: number;
  readonly shear: number;
  /** -1 mirrors. */
  readonly mirror: 1 | -1;
  /** Pixel of the face that the middle shows. */
  readonly x0: number;
  readonly y0: number;
}

function warp(face: Uint8Array, out: Float32Array, size: number, s: Augmentation, random: Random): void {
  const angle = (random.between(-s.rotation, s.rotation) * Math.PI) / 180;
  // A larger factor shows more of the surroundings: sampled further out.
  const zoom = (1 + s.scale) ** random.between(-1, 1) * (faceSize / size);
  const shear = random.between(-s.shear, s.shear);
  const mirror = random.next() < s.flip ? -1 : 1;
  const middle = (faceSize - 1) / 2;
  const x0 = middle + random.between(-s.shift, s.shift) * faceSize;
  const y0 = middle + random.between(-s.shift, s.shift) * faceSize;
  sampleFace(face, out, size, { cos: Math.cos(angle) * zoom, sin: Math.sin(angle) * zoom, shear, mirror, x0, y0 });
}

/** Bilinear, grey values of 0 to 255, borders repeated. */
function sampleFace(face: Uint8Array, out: Float32Array, size: number, { cos, sin, shear, mirror, x0, y0 }: Sampling): void {
  const centre = (size - 1) / 2;
  const last = faceSize - 1;
  for (let y = 0, at = 0; y < size; y++) {
    for (let x = 0; x < size; x++, at++) {
      const dy = y - centre;
      const dx = (x - centre) * mirror + shear * dy;
      const sx = Math.min(last, Math.max(0, x0 + cos * dx - sin * dy));
      const sy = Math.min(last, Math.max(0, y0 + sin * dx + cos * dy));
      const [ix, iy] = [Math.min(last - 1, sx | 0), Math.min(last - 1, sy | 0)];
      const [fx, fy] = [sx - ix, sy - iy];
      const k = iy * faceSize + ix;
      const top = face[k]! + (face[k + 1]! - face[k]!) * fx;
      const bottom = face[k + faceSize]! + (face[k + faceSize + 1]! - face[k + faceSize]!) * fx;
      out[at] = top + (bottom - top) * fy;
    }
  }
}

/** Pixels to inputs, with another contrast and brightness. */
function relight(out: Float32Array, { mean, deviation }: PixelScale, s: Augmentation, random: Random): void {
  const gain = (1 + s.contrast) ** random.between(-1, 1) / deviation;
  const lift = random.between(-s.brightness, s.brightness);
  let sum = 0;
  for (const v of out) sum += v;
  const own = sum / out.length;
  const [low, high] = [(0 - mean) / deviation, (255 - mean) / deviation];
  for (let i = 0; i < out.length; i++) out[i] = Math.min(high, Math.max(low, (out[i]! - own) * gain + (own - mean) / deviation + lift));
}

function soften(out: Float32Array, size: number): void {
  const rows = out.slice();
  for (let y = 0; y < size; y++) for (let x = 1; x + 1 < size; x++) rows[y * size + x] = (out[y * size + x - 1]! + 2 * out[y * size + x]! + out[y * size + x + 1]!) / 4;
  for (let y = 1; y + 1 < size; y++) for (let x = 0; x < size; x++) out[y * size + x] = (rows[(y - 1) * size + x]! + 2 * rows[y * size + x]! + rows[(y + 1) * size + x]!) / 4;
}

/** Random erasing (Zhong et al., 2017): a rectangle of one random grey. */
function erase(out: Float32Array, size: number, largest: number, random: Random): void {
  const area = random.between(0.02, largest) * size * size;
  const ratio = 3 ** random.between(-1, 1);
  const width = Math.min(size, Math.max(1, Math.round(Math.sqrt(area * ratio))));
  const height = Math.min(size, Math.max(1, Math.round(Math.sqrt(area / ratio))));
  const [left, top] = [random.below(size - width + 1), random.below(size - height + 1)];
  const grey = random.between(-1.5, 1.5);
  for (let y = top; y < top + height; y++) out.fill(grey, y * size + left, y * size + left + width);
}

/** Each face mixed with its neighbour in the batch, by a weight of its own of at least a half. */
function mix(pixels: Float32Array, targets: Float32Array, count: number, shape: number, random: Random): { pixels: Float32Array; targets: Float32Array } {
  const area = pixels.length / count;
  const mixed = { pixels: new Float32Array(pixels.length), targets: new Float32Array(targets.length) };
  for (let i = 0; i < count; i++) {
    const other = (i + 1) % count;
    const drawn = random.beta(shape);
    const own = Math.max(drawn, 1 - drawn);
    for (let k = 0; k < area; k++) mixed.pixels[i * area + k] = own * pixels[i * area + k]! + (1 - own) * pixels[other * area + k]!;
    for (let k = 0; k < classCount; k++) mixed.targets[i * classCount + k] = own * targets[i * classCount + k]! + (1 - own) * targets[other * classCount + k]!;
  }
  return mixed;
}
