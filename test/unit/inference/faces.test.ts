import { array, assert, constant, double, integer, property, record } from "fast-check";
import { describe, expect, it } from "vitest";
import type { DetectedFace } from "../../../src/core/engine.js";
import type { Landmarks } from "../../../src/core/geometry.js";
import { clampBox, scaleFace, tidyFaces } from "../../../src/inference/faces.js";

const landmarks: Landmarks = [[1, 2], [3, 4], [5, 6], [7, 8], [9, 10]];
const face = (x: number, y: number, width: number, height: number, score = 0.9): DetectedFace => ({ box: { x, y, width, height }, score, landmarks });
const limits = { width: 100, height: 50, minScore: 0.5, maxFaces: 10 };

describe("scaleFace", () => {
  it("scales box and landmarks and keeps the rest", () => {
    expect(scaleFace(face(1, 2, 3, 4), 2)).toEqual({ box: { x: 2, y: 4, width: 6, height: 8 }, score: 0.9, landmarks: [[2, 4], [6, 8], [10, 12], [14, 16], [18, 20]] });
  });

  it("keeps emotions too", () => {
    const emotions = { anger: 1, disgust: 0, fear: 0, happiness: 0, sadness: 0, surprise: 0, neutral: 0 };
    expect(scaleFace({ ...face(2, 2, 2, 2), emotions }, 0.5)).toMatchObject({ emotions, box: { x: 1, y: 1, width: 1, height: 1 } });
  });
});

describe("clampBox", () => {
  it("cuts at every edge", () => {
    expect(clampBox({ x: -5, y: -6, width: 200, height: 200 }, 100, 50)).toEqual({ x: 0, y: 0, width: 100, height: 50 });
  });
});

describe("tidyFaces", () => {
  it("sorts by area, then by score, then from left to right", () => {
    const faces = [face(0, 0, 5, 5), face(40, 0, 10, 10, 0.6), face(20, 0, 10, 10, 0.8), face(10, 0, 10, 10, 0.6)];
    expect(tidyFaces(faces, limits).map(({ box }) => box.x)).toEqual([20, 10, 40, 0]);
  });

  it("keeps the largest maxFaces", () => {
    expect(tidyFaces([face(0, 0, 5, 5), face(0, 0, 9, 9), face(0, 0, 7, 7)], { ...limits, maxFaces: 2 }).map(({ box }) => box.width)).toEqual([9, 7]);
  });

  it("keeps a face at exactly minScore and drops one below", () => {
    expect(tidyFaces([face(0, 0, 5, 5, 0.5), face(0, 0, 6, 6, 0.499)], limits)).toHaveLength(1);
  });

  it("judges the area after cutting, and drops what lies outside", () => {
    const faces = [face(-90, 0, 100, 50), face(0, 0, 30, 30), face(200, 10, 20, 20), face(10, -30, 20, 30.5)];
    expect(tidyFaces(faces, limits).map(({ box }) => box)).toEqual([{ x: 0, y: 0, width: 30, height: 30 }, { x: 0, y: 0, width: 10, height: 50 }]);
  });

  it.each([["box", { ...face(0, 0, 9, 9), box: { x: Number.NaN, y: 0, width: 9, height: 9 } }], ["score", face(0, 0, 9, 9, Number.NaN)], ["size", face(0, 0, Infinity, 9)],
    ["landmark", { ...face(0, 0, 9, 9), landmarks: [[1, 1], [2, Number.NaN], [1, 1], [1, 1], [1, 1]] as Landmarks }]])("drops a face whose %s is not finite", (_, broken) => {
    expect(tidyFaces([broken], limits)).toEqual([]);
  });

  it("holds its promises for any input", () => {
    const number = double({ min: -300, max: 300 });
    const any = record({ box: record({ x: number, y: number, width: number, height: number }), score: double({ min: -1, max: 2 }), landmarks: constant(landmarks) });
    assert(
      property(array(any), integer({ min: 1, max: 5 }), (faces, maxFaces) => {
        const tidy = tidyFaces(faces, { ...limits, maxFaces });
        expect(tidy.length).toBeLessThanOrEqual(maxFaces);
        for (const { box, score } of tidy) {
          expect(box.x).toBeGreaterThanOrEqual(0);
          expect(box.y).toBeGreaterThanOrEqual(0);
          expect(box.x + box.width).toBeLessThanOrEqual(limits.width + 1e-9);
          expect(box.y + box.height).toBeLessThanOrEqual(limits.height + 1e-9);
          expect(box.width).toBeGreaterThanOrEqual(1);
          expect(score).toBeGreaterThanOrEqual(limits.minScore);
          expect(score).toBeLessThanOrEqual(1);
        }
        const areas = tidy.map(({ box }) => box.width * box.height);
        expect(areas).toEqual(areas.toSorted((a, b) => b - a));
      }),
    );
  });
});
