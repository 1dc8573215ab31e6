import { describe, expect, it } from "vitest";
import { humanEmotionOrder, toScores } from "../../../src/inference/human-emotions.js";
import { faceOf } from "../../../src/inference/human-faces.js";
import { landmarksOf, type MeshPoint } from "../../../src/inference/human-landmarks.js";

/** A mesh whose points all lie at (50, 60) but for those named. */
function mesh(points: Readonly<Record<number, MeshPoint>>): MeshPoint[] {
  return Array.from({ length: 468 }, (_, i): MeshPoint => points[i] ?? [50, 60, 0]);
}

describe("landmarksOf", () => {
  it("names the points of the mesh: eyes as the mean of both lids, nose tip, mouth corners", () => {
    const points = mesh({ 1: [50, 70, -9], 61: [40, 80, 0], 291: [61, 81, 0] });
    for (const i of [33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173]) points[i] = [i % 2 === 0 ? 38 : 42, 55, 0];
    for (const i of [263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398]) points[i] = [60, 54, 0];
    const [left, right, nose, mouthLeft, mouthRight] = landmarksOf(points)!;
    // 5 of the 16 at 38 and 11 at 42, and half a pixel for the cut.
    expect(left).toEqual([40.75 + 0.5, 55.5]);
    expect(right).toEqual([60.5, 54.5]);
    expect(nose).toEqual([50.5, 70.5]);
    expect([mouthLeft, mouthRight]).toEqual([[40.5, 80.5], [61.5, 81.5]]);
  });

  it("falls back to the detector's key points, with the mouth's corners along the line of the eyes", () => {
    const [left, right, nose, mouthLeft, mouthRight] = landmarksOf([[10, 20], [20, 30], [16, 32], [14, 38], [4, 22], [28, 40]])!;
    expect([left, right, nose]).toEqual([[10, 20], [20, 30], [16, 32]]);
    expect(mouthLeft[0]).toBeCloseTo(14 - 3.8, 10);
    expect(mouthLeft[1]).toBeCloseTo(38 - 3.8, 10);
    expect(mouthRight[0]).toBeCloseTo(14 + 3.8, 10);
    expect(mouthRight[1]).toBeCloseTo(38 + 3.8, 10);
  });

  it("has nothing to say about fewer points", () => {
    expect(landmarksOf([])).toBeUndefined();
    expect(landmarksOf([[1, 1], [2, 2], [3, 3]])).toBeUndefined();
  });
});

describe("faceOf", () => {
  it("takes the extent of the mesh as box and the lesser confidence as score", () => {
    const points = mesh({ 10: [48, 30, 0], 152: [51, 99, 0], 234: [20, 61, 0], 454: [79, 61, 0] });
    expect(faceOf({ mesh: points, boxScore: 0.7, faceScore: 0.98 })).toMatchObject({ box: { x: 20, y: 30, width: 60, height: 70 }, score: 0.7 });
    expect(faceOf({ mesh: points, boxScore: 0.9, faceScore: 0.6 })).toMatchObject({ score: 0.6 });
  });

  it("leaves out what has no points", () => {
    expect(faceOf({ mesh: [], boxScore: 1, faceScore: 1 })).toBeUndefined();
  });
});

describe("toScores", () => {
  it("gives each output its name and sums to 1", () => {
    const scores = toScores([0.1, 0.2, 0.3, 0.4, 0.5, 0.25, 0.25]);
    expect(humanEmotionOrder.map((name) => scores[name])).toEqual([0.1, 0.2, 0.3, 0.4, 0.5, 0.25, 0.25].map((value) => value / 2));
  });

  it.each([["NaN", [Number.NaN, 0, 0, 1, 0, 0, 0]], ["zeroes", [0, 0, 0, 0, 0, 0, 0]], ["too few values", [1, 0, 0]]])("refuses %s", (_, values) => {
    expect(() => toScores(values)).toThrow(expect.objectContaining({ code: "engine_failed" }));
  });
});
