import { describe, expect, it } from "vitest";
import { byteScale, quantizeBias, quantizeKernel, roundHalfToEven, throughByte } from "../../../../src/training/quantize/arithmetic.js";

describe("bytes for reals", () => {
  it("rounds halves to even numbers, as ONNX says", () => {
    expect([0.5, 1.5, 2.5, -0.5, -1.5, -2.5, 2.4999, 2.5001, -3].map(roundHalfToEven).map((v) => v + 0)).toEqual([0, 2, 2, 0, -2, -2, 2, 3, -3]);
  });

  it("spreads 255 steps over the range, with 0 on one of them", () => {
    expect(byteScale({ low: 0, high: 51 })).toEqual({ scale: Math.fround(0.2), zeroPoint: 0 });
    expect(byteScale({ low: -1, high: 1.55 })).toEqual({ scale: Math.fround(0.01), zeroPoint: 100 });
    expect(byteScale({ low: -25.5, high: 0 })).toEqual({ scale: Math.fround(0.1), zeroPoint: 255 });
  });

  it("widens a range that lies beside 0, and takes any step for one that is nothing but 0", () => {
    expect(byteScale({ low: 10, high: 25.5 })).toEqual({ scale: Math.fround(0.1), zeroPoint: 0 });
    expect(byteScale({ low: 0, high: 0 })).toEqual({ scale: 1, zeroPoint: 0 });
  });

  it("saturates beyond the range", () => {
    const scale = { scale: 0.5, zeroPoint: 10 };
    expect([-100, -5, -0.2, 0, 0.25, 0.75, 122.5, 1000].map((v) => throughByte(v, scale) + 0)).toEqual([-5, -5, 0, 0, 0, 1, 122.5, 122.5]);
  });

  it("gives each output of a kernel its own scale, 64 steps each way", () => {
    const { values, scales } = quantizeKernel(Float32Array.of(0.5, -1, 0.0078125, 0, 8, -2, 0.0625, 0.1875, 0, 0, 0, 0), 3);
    expect([...scales]).toEqual([1 / 64, 1 / 8, 1]);
    expect([...values].map((v) => v + 0)).toEqual([32, -64, 0, 0, 64, -16, 0, 2, 0, 0, 0, 0]);
  });

  it("counts a bias in the steps of the products, and no further than 32 bits go", () => {
    const { values, scales } = quantizeBias(Float32Array.of(1, -0.125, 1e9), 0.5, Float32Array.of(0.25, 0.5, 1 / 2 ** 20));
    expect([...scales]).toEqual([0.125, 0.25, 2 ** -21]);
    expect([...values].map((v) => v + 0)).toEqual([8, 0, 2 ** 31 - 1]);
  });
});
