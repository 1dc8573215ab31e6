// Planes: what they stand for, and where they lie.

import { describe, expect, it } from "vitest";
import type { AnyPicture, PlanarPicture, YuvMatrix } from "../../../src/core/frame.js";
import { brightnessAt, coefficientsOf, fourfoldBrightness, pictureBytes, planesOf, rgbOf } from "../../../src/core/planar.js";
import { noisePicture, planarNoise } from "../../support/pixels.js";

/** One pixel. */
const pixel = (matrix: YuvMatrix, ...data: number[]): PlanarPicture => ({ width: 1, height: 1, pixelFormat: "yuv420p", matrix, data: Uint8Array.from(data) });

describe("RGB of planes", () => {
  // As colour bars are coded: ITU-R BT.601 and BT.709, 8 bits.
  it.each([
    ["bt601", "white", [235, 128, 128], [255, 255, 255]],
    ["bt601", "black", [16, 128, 128], [0, 0, 0]],
    ["bt601", "red", [81, 90, 240], [255, 0, 0]],
    ["bt601", "green", [145, 54, 34], [0, 255, 0]],
    ["bt601", "blue", [41, 240, 110], [0, 0, 255]],
    ["bt709", "white", [235, 128, 128], [255, 255, 255]],
    ["bt709", "red", [63, 102, 240], [255, 0, 0]],
    ["bt709", "green", [173, 42, 26], [0, 255, 0]],
    ["bt709", "blue", [32, 240, 118], [0, 0, 255]],
  ] as const)("%s: %s", (matrix, _name, planes, rgb) => {
    const { data } = rgbOf(pixel(matrix, ...planes));
    expect(Math.max(...rgb.map((value, i) => Math.abs(value - data[i]!)))).toBeLessThanOrEqual(1);
  });

  it.each(["bt601", "bt709"] as const)("is the nearest whole number of what the recommendation says, for any numbers (%s)", (matrix) => {
    const planes = planarNoise(64, 64, 7, matrix);
    const { chromaWidth, u, v } = planesOf(planes);
    const { luma, redOfV, greenOfU, greenOfV, blueOfU } = coefficientsOf(matrix);
    const { data } = rgbOf(planes);
    let most = 0;
    for (let y = 0; y < 64; y++) {
      for (let x = 0; x < 64; x++) {
        const chroma = (y >> 1) * chromaWidth + (x >> 1);
        const [grey, b, r] = [(planes.data[y * 64 + x]! - 16) * luma, planes.data[u + chroma]! - 128, planes.data[v + chroma]! - 128];
        const exact = [grey + redOfV * r, grey + greenOfU * b + greenOfV * r, grey + blueOfU * b];
        for (const [c, value] of exact.entries()) most = Math.max(most, Math.abs(Math.min(255, Math.max(0, value)) - data[(y * 64 + x) * 3 + c]!));
      }
    }
    expect(most).toBeLessThan(0.55);
  });

  it("is RGB itself where it was", () => {
    const picture = noisePicture(4, 3, 1);
    expect(rgbOf(picture)).toBe(picture);
  });

  it("lets four pixels share a colour, and those at odd ends fewer", () => {
    // Two and a half blocks wide, one and a half high: the last block is red.
    const size = { width: 5, height: 3 };
    const { u, v, chromaWidth, chromaHeight, bytes } = planesOf(size);
    expect([u, v, chromaWidth, chromaHeight, bytes]).toEqual([15, 21, 3, 2, 27]);
    const data = new Uint8Array(bytes).fill(128);
    data.fill(81, 0, u);
    [data[u + 5], data[v + 5]] = [90, 240];
    const rgb = rgbOf({ ...size, pixelFormat: "yuv420p", matrix: "bt601", data }).data;
    const red = Array.from({ length: 15 }, (_, i) => i).filter((i) => rgb[3 * i]! > 200);
    expect(red).toEqual([14]);
  });
});

it("bytes of a picture", () => {
  expect([pictureBytes({ width: 5, height: 3 }, "rgb24"), pictureBytes({ width: 5, height: 3 }, "yuv420p"), pictureBytes({ width: 1, height: 1 }, "yuv420p")]).toEqual([45, 27, 3]);
});

it("brightness of planes is that of their RGB where there is no colour", () => {
  const planes = planarNoise(16, 16, 2, "bt601");
  const { u } = planesOf(planes);
  const grey: PlanarPicture = { ...planes, data: planes.data.map((value, i) => (i < u ? 16 + (value * 219) / 255 : 128)) };
  const ofRgb = brightness(rgbOf(grey));
  for (const [i, value] of brightness(grey).entries()) expect(Math.abs(value - ofRgb[i]!)).toBeLessThanOrEqual(0.51);
});

function brightness(picture: AnyPicture): number[] {
  const { step, black, gain } = brightnessAt(picture);
  return Array.from({ length: 256 }, (_, i) => (fourfoldBrightness(picture.data, step * i, step) / 4 - black) * gain);
}
