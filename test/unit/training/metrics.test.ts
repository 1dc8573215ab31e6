import { describe, expect, it } from "vitest";
import { classFigures, confusionOf, crossEntropy, figuresOf } from "../../../src/training/metrics.js";

// Six faces, three classes. Answers: 0 0 1 1 1 2 for the labels 0 0 0 1 2 2.
const labels = [0, 0, 0, 1, 2, 2];
const probabilities = [
  [0.7, 0.2, 0.1],
  [0.6, 0.1, 0.3],
  [0.3, 0.5, 0.2],
  [0.1, 0.8, 0.1],
  [0.1, 0.6, 0.3],
  [0.2, 0.2, 0.6],
].flat();

describe("metrics", () => {
  it("counts truth by answer", () => {
    expect(confusionOf(labels, probabilities, 3)).toEqual([[2, 1, 0], [0, 1, 0], [0, 1, 1]]);
  });

  it("gives precision, recall and F1 as computed by hand", () => {
    const [a, b, c] = classFigures([[2, 1, 0], [0, 1, 0], [0, 1, 1]]);
    expect(a).toEqual({ support: 3, precision: 1, recall: 2 / 3, f1: 0.8 });
    expect(b).toEqual({ support: 1, precision: 1 / 3, recall: 1, f1: 0.5 });
    expect(c!.f1).toBeCloseTo(2 / 3, 12);
  });

  it("gives accuracy, top-2, mean recall, macro and weighted F1", () => {
    const f = figuresOf(labels, probabilities, 3);
    expect(f.accuracy).toBeCloseTo(4 / 6, 12);
    // Every label is first or second.
    expect(f.top2).toBe(1);
    expect(f.meanRecall).toBeCloseTo((2 / 3 + 1 + 1 / 2) / 3, 12);
    expect(f.macroF1).toBeCloseTo((0.8 + 0.5 + 2 / 3) / 3, 12);
    expect(f.weightedF1).toBeCloseTo((0.8 * 3 + 0.5 + (2 / 3) * 2) / 6, 12);
  });

  it("leaves classes without faces out of the means", () => {
    const f = figuresOf([0, 0], [0.9, 0.1, 0, 0.2, 0.8, 0], 3);
    expect(f.meanRecall).toBe(0.5);
  });

  it("gives the cross-entropy with a distribution", () => {
    // 0.5 ln 2 + 0.5 ln 4 for the first face, ln 2 for the second.
    expect(crossEntropy([0.5, 0.5, 0, 1], [0.5, 0.25, 0.5, 0.5], 2)).toBeCloseTo((0.5 * Math.log(2) + 0.5 * Math.log(4) + Math.log(2)) / 2, 12);
  });
});
