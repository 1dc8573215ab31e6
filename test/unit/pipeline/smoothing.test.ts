import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { emotionNames, normalise, uniformScores, type EmotionScores } from "../../../src/core/emotions.js";
import { roundBox, roundPtsMs, roundScores } from "../../../src/core/round.js";
import { smooth } from "../../../src/pipeline/smoothing.js";

const only = (name: (typeof emotionNames)[number]): EmotionScores => Object.fromEntries(emotionNames.map((n) => [n, n === name ? 1 : 0])) as Record<(typeof emotionNames)[number], number>;
const sum = (scores: EmotionScores): number => emotionNames.reduce((total, name) => total + scores[name], 0);
const anyScores = fc.tuple(...emotionNames.map(() => fc.double({ min: 0, max: 1, noNaN: true }))).map((values) => Object.fromEntries(emotionNames.map((n, i) => [n, values[i]!])) as Record<(typeof emotionNames)[number], number>);

describe("smooth", () => {
  test("after one time constant 1/e of the old is left", () => {
    const scores = smooth(only("anger"), only("fear"), 300, 300);
    expect(scores.anger).toBeCloseTo(Math.exp(-1), 12);
    expect(scores.fear).toBeCloseTo(1 - Math.exp(-1), 12);
  });

  test("does not depend on the frame rate", () => {
    let fine = only("anger");
    for (let i = 0; i < 100; i++) fine = smooth(fine, only("fear"), 5, 300);
    expect(fine.fear).toBeCloseTo(smooth(only("anger"), only("fear"), 500, 300).fear, 9);
  });

  test("a time constant of 0 gives the newest", () => {
    expect(smooth(only("anger"), only("fear"), 0, 0)).toEqual(only("fear"));
  });

  test("always a distribution", () => {
    fc.assert(
      fc.property(anyScores, anyScores, fc.double({ min: -10, max: 1e6, noNaN: true }), fc.double({ min: 0, max: 1e5, noNaN: true }), (a, b, dtMs, tauMs) => {
        const scores = smooth(normalise(a), normalise(b), dtMs, tauMs);
        expect(sum(scores)).toBeCloseTo(1, 9);
        for (const name of emotionNames) expect(scores[name]).toBeGreaterThanOrEqual(0);
      }),
    );
  });
});

describe("normalise", () => {
  test("mends what is no distribution", () => {
    expect(normalise({ ...only("anger"), fear: 3 })).toMatchObject({ anger: 0.25, fear: 0.75 });
    expect(normalise({ ...only("anger"), fear: Number.NaN, sadness: -1, neutral: Number.POSITIVE_INFINITY })).toEqual(only("anger"));
    expect(normalise({ ...only("anger"), anger: 0 })).toEqual(uniformScores);
  });
});

describe("rounding", () => {
  test("scores to 4 decimals sum to 1 within seven half units", () => {
    fc.assert(
      fc.property(anyScores, (scores) => {
        expect(Math.abs(sum(roundScores(normalise(scores))) - 1)).toBeLessThanOrEqual(7 * 0.00005 + 1e-9);
      }),
    );
    expect(roundScores(uniformScores).anger).toBe(0.1429);
  });

  test("pixels to 1, pts to 3 decimals, no negative zero", () => {
    expect(roundBox({ x: -0.01, y: 1.25, width: 10.06, height: 3 })).toEqual({ x: 0, y: 1.3, width: 10.1, height: 3 });
    expect(roundPtsMs(33.366666)).toBe(33.367);
  });
});
