import { describe, expect, it } from "vitest";
import { defaultAugmentation, plainInputs, trainingBatch } from "../../../src/training/augment.js";
import { coarsen } from "../../../src/training/coarsen.js";
import { classCount, facePixels, faceSize, priorOf, type FaceSet } from "../../../src/training/data/face-set.js";
import { randomFor } from "../../../src/training/random.js";
import { epochOrder } from "../../../src/training/train.js";

const scale = { mean: 100, deviation: 50 };
const none = { ...defaultAugmentation, flip: 0, rotation: 0, scale: 0, shift: 0, shear: 0, contrast: 0, brightness: 0, blur: 0, coarse: 0, erasing: 0, mixup: 0 };

describe("augmentation", () => {
  it("leaves a face as it is when everything is off", () => {
    const set = ramp(2);
    const batch = trainingBatch(set, [1, 0], faceSize, scale, none, randomFor(1));
    expectClose(batch.pixels.subarray(0, facePixels), plainInputs(set.pixels, 1, 2, scale));
    expect(batch.targets.subarray(0, classCount)).toEqual(set.targets.subarray(classCount, 2 * classCount));
  });

  it("mirrors left and right", () => {
    const set = ramp(1);
    const batch = trainingBatch(set, [0], faceSize, scale, { ...none, flip: 1 }, randomFor(1));
    const plain = plainInputs(set.pixels, 0, 1, scale);
    expectClose(batch.pixels, plain.map((_, i) => plain[Math.floor(i / faceSize) * faceSize + (faceSize - 1 - (i % faceSize))]!));
  });

  it("shows the same face at another size", () => {
    const set = ramp(1);
    const small = trainingBatch(set, [0], 24, scale, none, randomFor(1));
    expect(small.pixels.length).toBe(24 * 24);
    expectClose(small.pixels, plainInputs(set.pixels, 0, 1, scale, 24));
    // A ramp stays a ramp: the middle of both is the same.
    expect(mean(small.pixels)).toBeCloseTo(mean(plainInputs(set.pixels, 0, 1, scale)), 1);
  });

  it("mixes inputs and targets by one weight of at least a half", () => {
    const set = ramp(2);
    set.pixels.fill(0, 0, facePixels).fill(250, facePixels);
    const batch = trainingBatch(set, [0, 1], faceSize, { mean: 0, deviation: 250 }, { ...none, mixup: 0.5 }, randomFor(7));
    const other = batch.pixels[0]!;
    expect(other).toBeGreaterThan(0);
    expect(other).toBeLessThanOrEqual(0.5);
    expect(batch.targets[1]).toBeCloseTo(other, 5);
    expect(batch.targets[0]).toBeCloseTo(1 - other, 5);
  });

  it("stays finite, in range and repeatable with everything on", () => {
    const set = ramp(8);
    const indices = [0, 1, 2, 3, 4, 5, 6, 7];
    const batch = trainingBatch(set, indices, faceSize, scale, defaultAugmentation, randomFor(3, "x"));
    expect(batch.pixels.every((v) => v >= -2.001 && v <= 3.101)).toBe(true);
    for (let i = 0; i < 8; i++) expect(batch.targets.subarray(i * classCount, (i + 1) * classCount).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
    expect(trainingBatch(set, indices, faceSize, scale, defaultAugmentation, randomFor(3, "x"))).toEqual(batch);
    expect(trainingBatch(set, indices, faceSize, scale, defaultAugmentation, randomFor(4, "x"))).not.toEqual(batch);
  });
});

describe("coarsening", () => {
  it("keeps the mean of areas and takes what is finer than its pixels", () => {
    const chequers = Float32Array.from({ length: 24 * 24 }, (_, i) => ((i % 24) + Math.floor(i / 24)) % 2);
    coarsen(chequers, 24, 1, 2);
    for (const v of chequers) expect(v).toBeCloseTo(0.5, 5);
  });

  it("leaves straight slopes straight, channel by channel", () => {
    const slope = Float32Array.from({ length: 24 * 24 * 3 }, (_, i) => (i % 3 === 0 ? Math.floor(i / 3) % 24 : i % 3 === 1 ? Math.floor(i / 72) : 7));
    const before = slope.slice();
    coarsen(slope, 24, 3, 3);
    // Beyond the middle of the first and last of 8 pixels, its value is repeated.
    for (let y = 1; y < 23; y++) for (let x = 1; x < 23; x++) for (let c = 0; c < 3; c++) expect(slope[(y * 24 + x) * 3 + c]).toBeCloseTo(before[(y * 24 + x) * 3 + c]!, 4);
  });

  it("never goes below six pixels a side, and leaves pictures that are as small alone", () => {
    const tiny = Float32Array.from({ length: 36 }, (_, i) => i);
    coarsen(tiny, 6, 1, 5);
    expect([...tiny]).toEqual(Array.from({ length: 36 }, (_, i) => i));
  });
});

describe("order of an epoch", () => {
  const set = { ...ramp(100), labels: Uint8Array.from({ length: 100 }, (_, i) => (i < 90 ? 0 : 1)) };

  it("shows every face once", () => {
    expect([...epochOrder(set, { seed: 1, classBalance: 0 }, 0)].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 100 }, (_, i) => i));
    expect(epochOrder(set, { seed: 1, classBalance: 0 }, 0)).not.toEqual(epochOrder(set, { seed: 1, classBalance: 0 }, 1));
  });

  it("shows classes equally often at full balance, and between at a half", () => {
    const [full, half] = [1, 0.5].map((classBalance) => epochOrder(set, { seed: 1, classBalance }, 0).filter((i) => i >= 90).length);
    expect(full).toBe(50);
    // 10 ** 0.5 : 90 ** 0.5 is 1 : 3.
    expect(half).toBe(25);
    const even = { ...set, targets: Float32Array.from({ length: 100 * classCount }, (_, i) => (i % classCount === set.labels[Math.floor(i / classCount)] ? 1 : 0)) };
    expect(priorOf(even).slice(0, 2)).toEqual([0.9, 0.1].map((v) => expect.closeTo(v, 9) as number));
    expect(priorOf(even, 0.5).slice(0, 2)).toEqual([0.75, 0.25].map((v) => expect.closeTo(v, 9) as number));
  });
});

/** Faces that grow brighter to the right and, face by face, as a whole; face i is of class i. */
function ramp(count: number): FaceSet {
  const pixels = Uint8Array.from({ length: count * facePixels }, (_, i) => (i % faceSize) * 4 + Math.floor(i / facePixels) * 5);
  const targets = new Float32Array(count * classCount);
  for (let i = 0; i < count; i++) targets[i * classCount + (i % classCount)] = 1;
  return { count, pixels, targets, labels: Uint8Array.from({ length: count }, (_, i) => i % classCount), agreement: new Float32Array(count).fill(1), names: Array.from({ length: count }, (_, i) => String(i)) };
}

function expectClose(found: Float32Array, expected: Float32Array): void {
  expect(found.length).toBe(expected.length);
  for (const [i, v] of expected.entries()) expect(Math.abs(found[i]! - v)).toBeLessThan(1e-4);
}

function mean(values: Float32Array): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}
