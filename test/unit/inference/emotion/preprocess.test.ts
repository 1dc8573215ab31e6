import { describe, expect, it } from "vitest";
import type { Picture, PlanarPicture } from "../../../../src/core/frame.js";
import { planesOf, rgbOf } from "../../../../src/core/planar.js";
import type { Landmarks, Point } from "../../../../src/core/geometry.js";
import { cropTransform, similarityBetween, type CropRule } from "../../../../src/inference/emotion/crop.js";
import { blurInPlace, equalizeInPlace, writeFaceInput } from "../../../../src/inference/emotion/preprocess.js";
import { warpGrey } from "../../../../src/inference/emotion/warp-grey.js";
import { planarNoise } from "../../../support/pixels.js";

const rule: CropRule = { align: "points", points: [[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.76], [0.65, 0.76]], boxScale: 1, boxShift: 0 };

describe("crop", () => {
  it("finds the similarity that points were moved by", () => {
    const turn = { a: 1.5 * Math.cos(0.4), b: 1.5 * Math.sin(0.4), tx: 20, ty: -3 };
    const from: Point[] = [[0, 0], [4, 1], [2, 5], [7, 7]];
    const to = from.map(([x, y]): Point => [turn.a * x - turn.b * y + turn.tx, turn.b * x + turn.a * y + turn.ty]);
    const found = similarityBetween(from, to)!;
    for (const key of ["a", "b", "tx", "ty"] as const) expect(found[key]).toBeCloseTo(turn[key], 9);
    expect(similarityBetween(from, from.map((): Point => [3, 3]))).toBeUndefined();
  });

  it("puts the points of a turned face where the rule says", () => {
    const size = 48;
    const landmarks = rule.points.map(turned) as unknown as Landmarks;
    const t = cropTransform({ x: 250, y: 150, width: 100, height: 100 }, landmarks, rule, size);
    for (const [i, [x, y]] of rule.points.entries()) {
      const [u, v] = [x * size - 0.5, y * size - 0.5];
      expect(t.a * u - t.b * v + t.tx).toBeCloseTo(landmarks[i]![0], 6);
      expect(t.b * u + t.a * v + t.ty).toBeCloseTo(landmarks[i]![1], 6);
    }
  });

  it("falls back on the box where points are missing or make no face", () => {
    const box = { x: 10, y: 20, width: 96, height: 96 };
    const square = cropTransform(box, undefined, rule, 48);
    expect(square).toEqual({ a: 2, b: 0, tx: 10.5, ty: 20.5 });
    const collapsed = rule.points.map(([x, y]) => [60 + x, 60 + y]) as unknown as Landmarks;
    expect(cropTransform(box, collapsed, rule, 48)).toEqual(square);
    expect(cropTransform(box, undefined, { ...rule, boxScale: 0.5, boxShift: 0.1 }, 48)).toEqual({ a: 1, b: 0, tx: 34, ty: 53.6 });
  });
});

describe("input", () => {
  it("is full-range grey: red, green and blue by their luma, the right way round", () => {
    expect(grey(255, 0, 0)).toBeCloseTo(76.245, 3);
    expect(grey(0, 255, 0)).toBeCloseTo(149.685, 3);
    expect(grey(0, 0, 255)).toBeCloseTo(29.07, 3);
    expect(grey(255, 255, 255)).toBeCloseTo(255, 3);
  });

  it.each(["bt601", "bt709"] as const)("is of planes (%s) what it is of their RGB, where that has all the colours", (matrix) => {
    const planes = planarNoise(61, 47, 5, matrix);
    const { u } = planesOf(planes);
    // Numbers of colours that there are: not so bright and not so far from grey that red, green or blue would be cut off.
    const tame: PlanarPicture = { ...planes, data: planes.data.map((value, i) => (i < u ? 90 + value / 3 : 120 + value / 16)) };
    const turn = { a: 0.9, b: 0.2, tx: 3, ty: -4 };
    const [ofPlanes, ofRgb] = [new Float32Array(48 * 48), new Float32Array(48 * 48)];
    warpGrey(tame, turn, 48, ofPlanes);
    warpGrey(rgbOf(tame), turn, 48, ofRgb);
    // RGB is rounded to whole numbers.
    expect(Math.max(...ofPlanes.map((value, i) => Math.abs(value - ofRgb[i]!)))).toBeLessThan(0.6);
  });

  it("is the crop itself where one pixel of the picture is one of the input", () => {
    const picture = ramp(60, 50);
    const out = new Float32Array(48 * 48);
    writeFaceInput(picture, { box: { x: 7, y: 1, width: 48, height: 48 } }, { size: 48, mean: 0, deviation: 1, equalize: false, blurSigma: 0, crop: { ...rule, align: "box" } }, out, 0);
    expect(out[0]).toBeCloseTo(picture.data[(1 * 60 + 7) * 3]!, 4);
    expect(out[48 * 47 + 47]).toBeCloseTo(picture.data[(48 * 60 + 54) * 3]!, 4);
  });

  it("averages a finer picture, repeats its border, and writes at the offset", () => {
    const checks = flat(80, 80, [0, 0, 0]);
    for (let i = 0; i < 80 * 80; i++) if ((i + Math.floor(i / 80)) % 2 === 0) checks.data.fill(200, i * 3, i * 3 + 3);
    const out = new Float32Array(100 + 16 * 16).fill(-1);
    writeFaceInput(checks, { box: { x: 0, y: 0, width: 80, height: 80 } }, { size: 16, mean: 100, deviation: 50, equalize: false, blurSigma: 0, crop: { ...rule, align: "box" } }, out, 100);
    expect(out.subarray(0, 100).every((v) => v === -1)).toBe(true);
    // Each input pixel covers 25 picture pixels, half of them light.
    expect(out.subarray(100).every((v) => Math.abs(v) < 0.2)).toBe(true);
    const outside = new Float32Array(16);
    warpGrey(ramp(10, 10), { a: 1, b: 0, tx: 500, ty: 500 }, 4, outside);
    expect(outside.every((v) => Math.abs(v - ramp(10, 10).data[99 * 3]!) < 1e-3)).toBe(true);
  });

  it.each([["within the picture", { a: 1.3, b: 0.4, tx: 40, ty: 30 }], ["over its edges, turned by a right angle", { a: 0, b: 2, tx: 60, ty: -40 }], ["over more than is made grey at a time", { a: 11, b: 2, tx: 60, ty: -40 }]])("reads every pixel as its formula says: %s", (_kind, t) => {
    const picture = ramp(700, 500);
    for (let i = 0; i < picture.data.length; i++) picture.data[i] = (i * 7919) % 251;
    const out = new Float32Array(48 * 48);
    warpGrey(picture, t, 48, out);
    for (const [x, y] of [[0, 0], [47, 0], [13, 29], [23, 24], [24, 23], [0, 47], [47, 47]] as const) expect(out[y * 48 + x], `${x}, ${y}`).toBeCloseTo(sampled(picture, t, x, y), 3);
  });

  it.each([{ a: Number.NaN, b: 0, tx: 0, ty: 0 }, { a: 1, b: 0, tx: Infinity, ty: 0 }, { a: Infinity, b: 0, tx: 0, ty: Number.NaN }, { a: 1e9, b: 3, tx: -1e12, ty: 4 }])("reads nothing outside its memory, wherever it is told to look: %j", (t) => {
    const out = new Float32Array(48 * 48);
    warpGrey(flat(64, 48, [7, 7, 7]), t, 48, out);
    for (const value of out) expect(Number.isNaN(value) || Math.abs(value - 7) < 1e-3).toBe(true);
    warpGrey(flat(64, 48, [9, 9, 9]), { a: 1, b: 0, tx: 5, ty: 0 }, 48, out);
    expect(out.every((value) => Math.abs(value - 9) < 1e-3)).toBe(true);
  });

  it("equalises as computed by hand and leaves a flat face alone", () => {
    // Levels 10 (2 of 8), 20 (4), 30 (2): 0, 4 / 6 and 6 / 6 of 255.
    const levels = Float32Array.of(10, 10, 20, 20, 20, 20, 30, 30);
    equalizeInPlace(levels);
    expect([...levels]).toEqual([0, 0, 170, 170, 170, 170, 255, 255]);
    const flatFace = new Float32Array(9).fill(77);
    equalizeInPlace(flatFace);
    expect(flatFace[4]).toBe(77);
  });

  it("blurs without moving light about: a point spreads, a flat face stays", () => {
    const point = new Float32Array(21 * 21);
    point[10 * 21 + 10] = 100;
    blurInPlace(point, 21, 1);
    expect(point.reduce((a, b) => a + b)).toBeCloseTo(100, 2);
    expect(point[10 * 21 + 9]! / point[10 * 21 + 10]!).toBeCloseTo(Math.exp(-0.5), 4);
    const flatFace = new Float32Array(25).fill(9);
    blurInPlace(flatFace, 5, 2);
    expect(flatFace.every((v) => Math.abs(v - 9) < 1e-4)).toBe(true);
  });
});

/** One pixel of a warped square, the slow way. */
function sampled({ data, width, height }: Picture, t: { a: number; b: number; tx: number; ty: number }, x: number, y: number): number {
  const n = Math.min(8, Math.max(1, Math.round(Math.hypot(t.a, t.b))));
  const luma = (px: number, py: number) => [0.299, 0.587, 0.114].reduce((sum, w, c) => sum + w * data[(Math.min(height - 1, py) * width + Math.min(width - 1, px)) * 3 + c]!, 0);
  const places = Array.from({ length: n }, (_, i) => (i + 0.5) / n - 0.5);
  const values = places.flatMap((dy) => places.map((dx) => {
    const px = Math.min(width - 1, Math.max(0, t.a * (x + dx) - t.b * (y + dy) + t.tx));
    const py = Math.min(height - 1, Math.max(0, t.b * (x + dx) + t.a * (y + dy) + t.ty));
    const [ix, iy] = [Math.floor(px), Math.floor(py)];
    const row = (at: number) => luma(ix, at) * (ix + 1 - px) + luma(ix + 1, at) * (px - ix);
    return row(iy) * (iy + 1 - py) + row(iy + 1) * (py - iy);
  }));
  return values.reduce((a, b) => a + b) / values.length;
}

/** A point of a face of 100 pixels around (300, 200), turned by 0.3. */
function turned(p: Point): Point {
  const [x, y] = [p[0] * 100 - 50, p[1] * 100 - 50];
  return [300 + x * Math.cos(0.3) - y * Math.sin(0.3), 200 + x * Math.sin(0.3) + y * Math.cos(0.3)];
}

function grey(r: number, g: number, b: number): number {
  const out = new Float32Array(16);
  warpGrey(flat(20, 20, [r, g, b]), { a: 1, b: 0, tx: 5, ty: 5 }, 4, out);
  return out[0]!;
}

function flat(width: number, height: number, [r, g, b]: readonly [number, number, number]): Picture {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < data.length; i += 3) data.set([r, g, b], i);
  return { width, height, pixelFormat: "rgb24", data };
}

function ramp(width: number, height: number): Picture {
  const picture = flat(width, height, [0, 0, 0]);
  for (let i = 0; i < width * height; i++) picture.data.fill((i % width) + 2 * Math.floor(i / width), i * 3, i * 3 + 3);
  return picture;
}
