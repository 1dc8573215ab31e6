import { expect, it } from "vitest";
import { blurInPlace } from "../../../../src/inference/emotion/preprocess.js";
import { sharpnessOf } from "../../../../src/inference/emotion/sharpness.js";

const size = 48;

/** Numbers that look like noise, the same each time. */
function noise(): Float32Array {
  let state = 12_345;
  return Float32Array.from({ length: size * size }, () => ((state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0) / 2 ** 32) * 255);
}

function variance(values: readonly number[]): number {
  const mean = values.reduce((a, b) => a + b) / values.length;
  return values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length;
}

it("is what the definition gives on a small square", () => {
  // Inner pixels 1, 2, 3 and 10; each one's Laplacian by hand.
  const square = Float32Array.of(0, 0, 0, 0, 0, 1, 2, 0, 0, 3, 10, 0, 0, 0, 0, 0);
  const laplacians = [2 + 3 - 4, 1 + 10 - 8, 1 + 10 - 12, 2 + 3 - 40];
  expect(sharpnessOf(square, 4)).toBeCloseTo(variance(laplacians) / variance([1, 2, 3, 10]), 9);
});

it("is 20 for noise, 64 for a chess board, 0 for what is flat or a slope", () => {
  expect(Math.abs(sharpnessOf(noise(), size) - 20)).toBeLessThan(1);
  expect(sharpnessOf(Float32Array.from({ length: size * size }, (_, i) => ((i + Math.floor(i / size)) % 2) * 200), size)).toBeCloseTo(64, 6);
  expect(sharpnessOf(new Float32Array(size * size).fill(77), size)).toBe(0);
  expect(sharpnessOf(Float32Array.from({ length: size * size }, (_, i) => (i % size) * 3), size)).toBeCloseTo(0, 6);
});

it("falls with every blur, and does not hang on light and contrast", () => {
  const picture = noise();
  const brighter = picture.map((v) => 40 + v * 0.3);
  expect(sharpnessOf(brighter, size)).toBeCloseTo(sharpnessOf(picture, size), 3);
  const blurred = [0.5, 1, 2, 4].map((sigma) => {
    const copy = picture.slice();
    blurInPlace(copy, size, sigma);
    return sharpnessOf(copy, size);
  });
  expect(blurred).toEqual(blurred.toSorted((a, b) => b - a));
  expect(blurred[0]).toBeLessThan(15);
  expect(blurred[3]).toBeLessThan(0.1);
});
