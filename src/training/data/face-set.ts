// Faces decoded once: pixels in one typed array, targets beside them.

import { emotionNames } from "../../core/emotions.js";

/** Side of the stored faces, pixels (the size of FER2013). */
export const faceSize = 48;
export const facePixels = faceSize * faceSize;
export const classCount = emotionNames.length;

/** Grey faces of 48x48, row-major, top-left first; `targets` holds a distribution over `emotionNames` for each. */
export interface FaceSet {
  readonly count: number;
  readonly pixels: Uint8Array;
  readonly targets: Float32Array;
  /** Index of the majority label. */
  readonly labels: Uint8Array;
  /** Share of all annotators that gave the majority label; 1 where there is one label. */
  readonly agreement: Float32Array;
  /** Name of each face within its data set. */
  readonly names: readonly string[];
}

/** The faces at `indices`, copied. */
export function pick(set: FaceSet, indices: ArrayLike<number>): FaceSet {
  const count = indices.length;
  const out = { count, pixels: new Uint8Array(count * facePixels), targets: new Float32Array(count * classCount), labels: new Uint8Array(count), agreement: new Float32Array(count), names: [] as string[] };
  for (let i = 0; i < count; i++) {
    const from = indices[i]!;
    out.pixels.set(set.pixels.subarray(from * facePixels, (from + 1) * facePixels), i * facePixels);
    out.targets.set(set.targets.subarray(from * classCount, (from + 1) * classCount), i * classCount);
    out.labels[i] = set.labels[from]!;
    out.agreement[i] = set.agreement[from]!;
    out.names.push(set.names[from]!);
  }
  return out;
}

/** The faces of all sets, one after the other. */
export function concatenate(sets: readonly FaceSet[]): FaceSet {
  const count = sets.reduce((n, s) => n + s.count, 0);
  const out = { count, pixels: new Uint8Array(count * facePixels), targets: new Float32Array(count * classCount), labels: new Uint8Array(count), agreement: new Float32Array(count), names: sets.flatMap((s) => s.names) };
  let at = 0;
  for (const set of sets) {
    out.pixels.set(set.pixels, at * facePixels);
    out.targets.set(set.targets, at * classCount);
    out.labels.set(set.labels, at);
    out.agreement.set(set.agreement, at);
    at += set.count;
  }
  return out;
}

/** Number of faces of each class. */
export function balance(set: FaceSet): number[] {
  const counts = Array.from({ length: classCount }, () => 0);
  for (const label of set.labels) counts[label]!++;
  return counts;
}

/**
 * Share of each class in the targets: what a net trained on them takes for granted. With `classBalance` above 0, as the
 * epochs draw them: a face of a class with n faces n ** -classBalance times as often.
 */
export function priorOf(set: FaceSet, classBalance = 0): number[] {
  const weights = balance(set).map((n) => (n === 0 ? 0 : n ** -classBalance));
  const sums = Array.from({ length: classCount }, () => 0);
  for (let i = 0; i < set.targets.length; i++) sums[i % classCount]! += set.targets[i]! * weights[set.labels[Math.floor(i / classCount)]!]!;
  const total = sums.reduce((a, b) => a + b, 0);
  return sums.map((s) => s / total);
}

/** Mean and standard deviation of all pixels. */
export function pixelStatistics(set: FaceSet): { readonly mean: number; readonly deviation: number } {
  let sum = 0;
  let squares = 0;
  for (const v of set.pixels) {
    sum += v;
    squares += v * v;
  }
  const mean = sum / set.pixels.length;
  return { mean, deviation: Math.sqrt(squares / set.pixels.length - mean * mean) };
}
