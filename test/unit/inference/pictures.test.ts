import { describe, expect, it } from "vitest";
import type { EngineInput } from "../../../src/core/engine.js";
import type { Picture } from "../../../src/core/frame.js";
import { rgbOf } from "../../../src/core/planar.js";
import { blurPicture } from "../../../src/inference/blur.js";
import { checkInput } from "../../../src/inference/check-input.js";
import { createEngine } from "../../../src/inference/index.js";
import { shrinkPicture } from "../../../src/inference/shrink.js";
import { silentLogger } from "../../../src/core/logger.js";
import { planarNoise } from "../../support/pixels.js";

function picture(width: number, height: number, paint: (x: number, y: number) => readonly [number, number, number]): Picture {
  const data = new Uint8Array(new SharedArrayBuffer(width * height * 3));
  for (let y = 0; y < height; y++) for (let x = 0; x < width; x++) data.set(paint(x, y), (y * width + x) * 3);
  return { width, height, pixelFormat: "rgb24", data };
}

const at = ({ data, width }: Picture, x: number, y: number): number[] => [...data.subarray((y * width + x) * 3, (y * width + x) * 3 + 3)];

describe("blurPicture", () => {
  it("spreads a point as the Gaussian of that sigma does, each channel for itself", async () => {
    const sigma = 1.5;
    const point = picture(31, 31, (x, y) => (x === 15 && y === 15 ? [255, 128, 0] : [0, 0, 0]));
    const blurred = await blurPicture(point, sigma);
    for (const [x, y] of [[15, 15], [16, 15], [15, 17], [17, 17], [12, 15]] as const) {
      const weight = Math.exp(-((x - 15) ** 2 + (y - 15) ** 2) / (2 * sigma * sigma)) / (2 * Math.PI * sigma * sigma);
      const [r, g, b] = at(blurred, x, y);
      expect(Math.abs(r! - 255 * weight), `red at ${x},${y}`).toBeLessThanOrEqual(1.5);
      expect(Math.abs(g! - 128 * weight), `green at ${x},${y}`).toBeLessThanOrEqual(1.5);
      expect(b).toBe(0);
    }
  });

  it("leaves a flat picture as it is, up to its edges", async () => {
    const flat = picture(9, 5, () => [200, 100, 50]);
    const blurred = await blurPicture(flat, 3);
    expect(Math.max(...blurred.data.map((value, i) => Math.abs(value - flat.data[i]!)))).toBeLessThanOrEqual(1);
  });

  it.each([0, 0.29, Number.NaN])("gives the picture itself back for sigma %s", async (sigma) => {
    const one = picture(3, 3, (x) => [x, x, x]);
    expect(await blurPicture(one, sigma)).toBe(one);
  });

  it.each([[1, 1], [1, 40], [40, 1]])("takes a picture of %i by %i", async (width, height) => {
    expect((await blurPicture(picture(width, height, () => [9, 8, 7]), 0.8)).data).toHaveLength(width * height * 3);
  });
});

it("planes are blurred and shrunk as the RGB they stand for", async () => {
  const planes = planarNoise(61, 40, 3, "bt709");
  const rgb = rgbOf(planes);
  expect(await blurPicture(planes, 1)).toEqual(await blurPicture(rgb, 1));
  expect(await shrinkPicture(planes, 30)).toEqual(await shrinkPicture(rgb, 30));
  expect(await blurPicture(planes, 0)).toBe(planes);
  expect((await shrinkPicture(planes, 61)).picture).toBe(planes);
});

describe("shrinkPicture", () => {
  it("gives a picture within the limit back as it is", async () => {
    const one = picture(20, 10, () => [1, 2, 3]);
    expect(await shrinkPicture(one, 20)).toEqual({ picture: one, scale: 1 });
  });

  it("bounds the longest side and keeps colours and places", async () => {
    const halves = picture(400, 200, (x) => (x < 200 ? [250, 10, 20] : [10, 20, 250]));
    const { picture: small, scale } = await shrinkPicture(halves, 100);
    expect([small.width, small.height, scale, small.data.length]).toEqual([100, 50, 0.25, 15_000]);
    expect(at(small, 10, 25)).toEqual([250, 10, 20]);
    expect(at(small, 90, 25)).toEqual([10, 20, 250]);
  });

  it("keeps at least a pixel of a thin picture", async () => {
    expect((await shrinkPicture(picture(3000, 2, () => [5, 5, 5]), 100)).picture).toMatchObject({ width: 100, height: 1 });
  });
});

describe("checkInput", () => {
  const good = picture(4, 2, () => [0, 0, 0]);
  const broken: readonly (readonly [string, EngineInput, string])[] = [
    ["too few bytes", { picture: { ...good, data: good.data.subarray(1) } }, "Expected 24 bytes (4x2, rgb24) for picture.data, received 23."],
    ["too many bytes in large", { picture: good, large: { ...good, width: 3 } }, "Expected 18 bytes (3x2, rgb24) for large.data, received 24."],
    ["no width", { picture: { ...good, width: 0, data: new Uint8Array(0) } }, "Expected whole sides from 1 to 65535 for picture, received 0x2."],
    ["half a pixel", { picture: { ...good, width: 4.5 } }, "Expected whole sides from 1 to 65535 for picture, received 4.5x2."],
    ["another pixel format", { picture: { ...good, pixelFormat: "bgr24" as "rgb24" } }, "Expected rgb24 or yuv420p for picture.pixelFormat, received bgr24."],
    ["planes that are not all there", { picture: { width: 5, height: 3, pixelFormat: "yuv420p", matrix: "bt601", data: new Uint8Array(26) } }, "Expected 27 bytes (5x3, yuv420p) for picture.data, received 26."],
    ["planes of another matrix", { picture: { width: 2, height: 2, pixelFormat: "yuv420p", matrix: "bt2020" as "bt709", data: new Uint8Array(6) } }, "Expected bt601 or bt709 for picture.matrix, received bt2020."],
    ["floats", { picture: { ...good, data: new Float32Array(24) as unknown as Uint8Array } }, "Expected a Uint8Array for picture.data, received object."],
    ["a negative blur", { picture: good, blurSigma: -1 }, "Expected a number from 0 to 100 for blurSigma, received -1."],
    ["a blur that is no number", { picture: good, blurSigma: Number.NaN }, "Expected a number from 0 to 100 for blurSigma, received NaN."],
  ];

  it("accepts what fits", () => {
    expect(() => checkInput({ picture: good, large: picture(8, 4, () => [0, 0, 0]), blurSigma: 0.8, hints: [] })).not.toThrow();
    expect(() => checkInput({ picture: { width: 5, height: 3, pixelFormat: "yuv420p", matrix: "bt601", data: new Uint8Array(27) } })).not.toThrow();
  });

  it.each(broken)("refuses %s", (_, input, message) => {
    expect(() => checkInput(input)).toThrow(expect.objectContaining({ code: "engine_failed", message }));
  });
});

describe("the noop engine", () => {
  it("finds no faces, checks its pictures, and refuses work after close", async () => {
    const engine = await createEngine({ name: "noop", workers: 3, hungAfterMs: 60_000, minScore: 0.5, maxFaces: 20, logger: silentLogger() });
    const good = picture(4, 2, () => [0, 0, 0]);
    expect(engine).toMatchObject({ concurrency: 3, info: { name: "noop", models: [] } });
    expect(await engine.analyze([{ picture: good }, { picture: good }])).toEqual([[], []]);
    expect(await engine.analyze([])).toEqual([]);
    await expect(engine.analyze([{ picture: { ...good, width: 5 } }])).rejects.toMatchObject({ code: "engine_failed" });
    await engine.close();
    await expect(engine.analyze([{ picture: good }])).rejects.toMatchObject({ code: "shutting_down" });
  });
});
