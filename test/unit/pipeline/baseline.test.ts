import * as fc from "fast-check";
import { expect, it } from "vitest";
import { scoresFrom, type EmotionScores } from "../../../src/core/emotions.js";
import { baselineOf, Baselines, median } from "../../../src/pipeline/baseline.js";

it("the median: as many values below as above", () => {
  expect([[3], [1, 2], [9, 1, 5], [4, 1, 3, 2]].map(median)).toEqual([3, 1.5, 5, 2.5]);
  expect(median([])).toBeNaN();
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 1, maxLength: 30 }), (values) => {
      const m = median(values);
      expect(values.filter((v) => v < m).length).toBeLessThanOrEqual(values.length / 2);
      expect(values.filter((v) => v > m).length).toBeLessThanOrEqual(values.length / 2);
      expect(median(values.toReversed())).toBe(m);
    }),
  );
});

function of(anger: number, neutral: number): EmotionScores {
  return { ...scoresFrom(() => 0), anger, neutral };
}

it("a baseline is made emotion by emotion", () => {
  expect(baselineOf([of(0.1, 0.9), of(0.5, 0.2), of(0.2, 0.6)])).toEqual(of(0.2, 0.6));
});

it("off corrects nothing; a track that is over begins anew, and a face seen once has its first frame as baseline", () => {
  const scores = { ...scoresFrom(() => 0), fear: 0.5, neutral: 0.5 };
  expect(new Baselines({ mode: "off", seconds: 1 }).correct(1, scores, scores, 1e6)).toBeUndefined();
  const baselines = new Baselines({ mode: "first", seconds: 1 });
  expect(baselines.correct(1, scores, scores, 0)).toBeUndefined();
  expect(baselines.correct(1, scores, { ...scores, fear: 0.75 }, 1000)).toMatchObject({ fear: 0.25, neutral: 0 });
  baselines.keep(new Set([2]));
  expect(baselines.correct(1, scores, scores, 1100)).toBeUndefined();
});

it("begins anew where somebody says so, whatever the mode; off forgets it", () => {
  const scores = { ...scoresFrom(() => 0), fear: 0.5, neutral: 0.5 };
  const baselines = new Baselines({ mode: "off", seconds: 1 });
  baselines.restart([1], 0);
  expect(baselines.correct(1, scores, scores, 500)).toBeUndefined();
  expect(baselines.correct(2, scores, scores, 500)).toBeUndefined();
  expect(baselines.correct(1, scores, scores, 1000)).toMatchObject({ fear: 0, neutral: 0 });
  expect(baselines.correct(2, scores, scores, 2000)).toBeUndefined();
  // A face that was away meanwhile has its first frame.
  baselines.restart([1], 5000);
  expect(baselines.correct(1, scores, scores, 9000)).toMatchObject({ fear: 0, neutral: 0 });
  // Known baselines stand when the time changes.
  baselines.configure({ mode: "first", seconds: 30 });
  expect(baselines.correct(1, scores, { ...scores, fear: 0.75 }, 9100)).toMatchObject({ fear: 0.25 });
  baselines.configure({ mode: "off", seconds: 1 });
  expect(baselines.correct(1, scores, scores, 9200)).toBeUndefined();
});
