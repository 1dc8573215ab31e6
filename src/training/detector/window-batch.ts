// Batches of windows, drawn by seed and step: kinds in fixed shares; mirrored, relit, discoloured, softened, partly covered.

import { coarsen } from "../coarsen.js";
import type { Random } from "../random.js";
import { detectorInput } from "./export-stage.js";
import { mirrorTarget, sampleKinds, type SampleKind } from "./face-geometry.js";
import { mixIn, type Lessons } from "./lessons.js";
import { faceLabels, targetCount } from "./losses.js";
import { outputCount } from "./nets.js";
import type { Samples } from "./samples.js";
import type { WindowBatch } from "./stage-net.js";

export interface WindowAugmentation {
  /** Probability of a mirrored window. */
  readonly flip: number;
  /** Largest change of contrast, as a factor minus 1. */
  readonly contrast: number;
  /** Largest change of brightness, of 255. */
  readonly brightness: number;
  /** Largest change of a colour channel, as a factor minus 1. */
  readonly colour: number;
  /** Probability of a grey window. */
  readonly grey: number;
  /** Probability of a softened window (a 3x3 binomial). */
  readonly blur: number;
  /** Probability of a window with fewer pixels than it has, as of a face far away or out of focus; and by how much at most. */
  readonly far: number;
  readonly farthest: number;
  /** Probability of a noisy window, and the largest deviation of the noise, of 255. */
  readonly noise: number;
  readonly noiseDeviation: number;
  /** Probability that a face wears a patch from the nose down, like a mask. */
  readonly mask: number;
  /** Probability of a rectangle anywhere, up to a third of each side. */
  readonly patch: number;
}

export const defaultWindowAugmentation: WindowAugmentation = { flip: 0.5, contrast: 0.4, brightness: 40, colour: 0.15, grey: 0.15, blur: 0.2, far: 0.45, farthest: 5, noise: 0.2, noiseDeviation: 14, mask: 0.15, patch: 0.1 };

/** Windows of each kind in a batch of seven: those of the paper's usual reading, 3:1:1:2. */
export const kindShares: Readonly<Record<SampleKind, number>> = { negative: 3, positive: 1, part: 1, points: 2 };

/** Indices of the samples of each kind. */
export function indicesByKind(kinds: Uint8Array): Record<SampleKind, Uint32Array> {
  const of = (kind: number) => Uint32Array.from(Array.from(kinds.keys()).filter((i) => kinds[i] === kind));
  return Object.fromEntries(sampleKinds.map((name, kind) => [name, of(kind)])) as Record<SampleKind, Uint32Array>;
}

/** Which samples a step sees: each kind by its share, shares of absent kinds go to the others in turn. */
export function drawIndices(byKind: Readonly<Record<SampleKind, Uint32Array>>, count: number, random: Random): Uint32Array {
  const present = sampleKinds.filter((k) => byKind[k].length > 0);
  const wheel = present.flatMap((k) => Array.from({ length: kindShares[k] }, () => k));
  return Uint32Array.from({ length: count }, (_, i) => {
    const own = byKind[wheel[i % wheel.length]!];
    return own[random.below(own.length)]!;
  });
}

/** A training batch of the samples at `indices`; with `lessons` what a teacher said of them makes part of their targets. */
export function trainingWindows(samples: Samples, indices: ArrayLike<number>, settings: WindowAugmentation, random: Random, lessons?: Lessons): WindowBatch {
  const batch = plainWindows(samples, indices, false);
  const values = samples.size * samples.size * 3;
  for (let i = 0; i < batch.count; i++) {
    const pixels = batch.pixels.subarray(i * values, (i + 1) * values);
    const target = batch.targets.subarray(i * targetCount, (i + 1) * targetCount);
    const said = lessons?.answers.slice(indices[i]! * outputCount, (indices[i]! + 1) * outputCount);
    if (random.next() < settings.flip) {
      mirrorPixels(pixels, samples.size);
      mirrorTarget(target);
      if (said !== undefined) mirrorTarget(said.subarray(1));
    }
    if (batch.pointWeights[i]! > 0 && random.next() < settings.mask) wearMask(pixels, samples.size, target, random);
    if (random.next() < settings.patch) patch(pixels, samples.size, random);
    recolour(pixels, settings, random);
    if (random.next() < settings.blur) soften(pixels, samples.size);
    // P-Net's windows are as small as can be.
    if (samples.size > 12 && random.next() < settings.far) coarsen(pixels, samples.size, 3, settings.farthest ** random.next());
    if (random.next() < settings.noise) addNoise(pixels, settings.noiseDeviation * random.next(), random);
    normalise(pixels);
    if (said !== undefined) mixIn(batch, i, said, lessons!.share);
  }
  return batch;
}

/** The samples at `indices` as they are; `normalised` false leaves 0 to 255. */
export function plainWindows(samples: Samples, indices: ArrayLike<number>, normalised = true): WindowBatch {
  const count = indices.length;
  const values = samples.size * samples.size * 3;
  const batch = { count, pixels: new Float32Array(count * values), faces: new Float32Array(count), targets: new Float32Array(count * targetCount), boxWeights: new Float32Array(count), pointWeights: new Float32Array(count) };
  for (let i = 0; i < count; i++) {
    const at = indices[i]!;
    const kind = sampleKinds[samples.kinds[at]!]!;
    batch.pixels.set(samples.pixels.subarray(at * values, (at + 1) * values), i * values);
    batch.targets.set(samples.targets.subarray(at * targetCount, (at + 1) * targetCount), i * targetCount);
    batch.faces[i] = kind === "negative" || kind === "positive" ? faceLabels[kind] : faceLabels.none;
    batch.boxWeights[i] = kind === "positive" || kind === "part" ? 1 : 0;
    batch.pointWeights[i] = samples.pointWeights[at]!;
  }
  if (normalised) normalise(batch.pixels);
  return batch;
}

function normalise(pixels: Float32Array): void {
  for (let i = 0; i < pixels.length; i++) pixels[i] = (Math.min(255, Math.max(0, pixels[i]!)) - detectorInput.mean) / detectorInput.deviation;
}

function mirrorPixels(pixels: Float32Array, size: number): void {
  for (let y = 0; y < size; y++) {
    for (let a = y * size * 3, b = (y * size + size - 1) * 3; a < b; a += 3, b -= 3) {
      for (let c = 0; c < 3; c++) {
        const kept = pixels[a + c]!;
        pixels[a + c] = pixels[b + c]!;
        pixels[b + c] = kept;
      }
    }
  }
}

function recolour(pixels: Float32Array, s: WindowAugmentation, random: Random): void {
  const gain = (1 + s.contrast) ** random.between(-1, 1);
  const lift = random.between(-s.brightness, s.brightness);
  const [red, green, blue] = [0, 1, 2].map(() => gain * (1 + s.colour) ** random.between(-1, 1)) as [number, number, number];
  const grey = random.next() < s.grey;
  let sum = 0;
  for (let i = 0; i < pixels.length; i++) sum += pixels[i]!;
  const mean = sum / pixels.length;
  for (let i = 0; i < pixels.length; i += 3) {
    if (grey) {
      const value = (0.299 * pixels[i]! + 0.587 * pixels[i + 1]! + 0.114 * pixels[i + 2]! - mean) * gain + mean + lift;
      pixels[i] = pixels[i + 1] = pixels[i + 2] = value;
    } else {
      pixels[i] = (pixels[i]! - mean) * red + mean + lift;
      pixels[i + 1] = (pixels[i + 1]! - mean) * green + mean + lift;
      pixels[i + 2] = (pixels[i + 2]! - mean) * blue + mean + lift;
    }
  }
}

function soften(pixels: Float32Array, size: number): void {
  const rows = pixels.slice();
  const row = size * 3;
  for (let y = 0; y < size; y++) for (let i = y * row + 3; i < (y + 1) * row - 3; i++) rows[i] = (pixels[i - 3]! + 2 * pixels[i]! + pixels[i + 3]!) / 4;
  for (let i = row; i < pixels.length - row; i++) pixels[i] = (rows[i - row]! + 2 * rows[i]! + rows[i + row]!) / 4;
}

function addNoise(pixels: Float32Array, deviation: number, random: Random): void {
  // Three draws are near enough to a normal one (their sum has a deviation of a half), and many times as cheap.
  for (let i = 0; i < pixels.length; i++) pixels[i]! += 2 * deviation * (random.next() + random.next() + random.next() - 1.5);
}

/** From under the eyes to below the mouth, as wide as the mouth and half of it to each side. */
function wearMask(pixels: Float32Array, size: number, target: Float32Array, random: Random): void {
  const [eyes, nose] = [(target[5]! + target[7]!) / 2, target[9]!];
  const mouth = (target[11]! + target[13]!) / 2;
  const half = Math.abs(target[12]! - target[10]!);
  const middle = (target[10]! + target[12]!) / 2;
  const top = eyes + (nose - eyes) * random.between(0.4, 1.1);
  cover(pixels, size, middle - half, top, middle + half, mouth + (mouth - eyes) * random.between(0.3, 0.7), random);
}

function patch(pixels: Float32Array, size: number, random: Random): void {
  const [w, h] = [random.between(0.1, 0.33), random.between(0.1, 0.33)];
  const [x, y] = [random.between(0, 1 - w), random.between(0, 1 - h)];
  cover(pixels, size, x, y, x + w, y + h, random);
}

/** A rectangle (shares of the side) of one colour with some noise. */
function cover(pixels: Float32Array, size: number, x1: number, y1: number, x2: number, y2: number, random: Random): void {
  const light = random.between(10, 245);
  const colour = [0, 1, 2].map(() => light + random.between(-25, 25)) as [number, number, number];
  const [left, right] = [Math.max(0, Math.round(x1 * size)), Math.min(size, Math.round(x2 * size))];
  for (let y = Math.max(0, Math.round(y1 * size)); y < Math.min(size, Math.round(y2 * size)); y++) {
    for (let x = left; x < right; x++) for (let c = 0; c < 3; c++) pixels[(y * size + x) * 3 + c] = colour[c]! + random.between(-8, 8);
  }
}
