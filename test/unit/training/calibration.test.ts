import { describe, expect, it } from "vitest";
import { priorShift, softmaxRows } from "../../../src/inference/emotion/probabilities.js";
import { bootstrapIntervals } from "../../../src/training/bootstrap.js";
import { chooseTau, expectedCalibrationError, fitTemperature, reliability, riskCoverage, uncertaintyThreshold } from "../../../src/training/calibration.js";
import { randomFor } from "../../../src/training/random.js";

describe("calibration", () => {
  it("gives the calibration error as computed by hand", () => {
    // Two bins: confidences 0.6 0.8 (one of two right) and, below a half, none.
    const bins = reliability([0, 1], [0.6, 0.4, 0.8, 0.2], 2, 2);
    expect(bins).toEqual([
      { from: 0, to: 0.5, faces: 0, confidence: 0, accuracy: 0 },
      { from: 0.5, to: 1, faces: 2, confidence: 0.7, accuracy: 0.5 },
    ]);
    expect(expectedCalibrationError(bins)).toBeCloseTo(0.2, 12);
    // A third face, three bins: |0.55 - 1| / 3 + |0.8 - 0| / 3 + |0.95 - 1| / 3.
    const three = reliability([0, 1, 0], [0.55, 0.45, 0.8, 0.2, 0.95, 0.05], 2, 10);
    expect(expectedCalibrationError(three)).toBeCloseTo((0.45 + 0.8 + 0.05) / 3, 12);
  });

  it("finds the temperature that logits were multiplied by", () => {
    const random = randomFor(3, "temperature");
    const [labels, logits] = [[] as number[], [] as number[]];
    for (let i = 0; i < 6000; i++) {
      const own = [random.normal() * 2, random.normal() * 2, random.normal() * 2];
      const p = softmaxRows(own, 3);
      const u = random.next();
      labels.push(u < p[0]! ? 0 : u < p[0]! + p[1]! ? 1 : 2);
      logits.push(...own.map((v) => v * 2.5));
    }
    expect(fitTemperature(labels, logits, 3)).toBeGreaterThan(2.3);
    expect(fitTemperature(labels, logits, 3)).toBeLessThan(2.7);
  });

  it("gives coverage and accuracy by threshold, and the first threshold that is good enough", () => {
    const curve = riskCoverage([0, 0, 0, 0], [0.95, 0.05, 0.72, 0.28, 0.4, 0.6, 0.45, 0.55], 2);
    expect(curve[0]).toEqual({ threshold: 0, coverage: 1, accuracy: 0.5 });
    expect(curve.find((c) => c.threshold === 0.6)).toEqual({ threshold: 0.6, coverage: 0.75, accuracy: 2 / 3 });
    expect(uncertaintyThreshold(curve, 0.9)).toBe(0.65);
  });

  it("chooses the largest tau within the loss that is allowed", () => {
    // Prior 0.9 / 0.1. Shifting by tau moves the border between the classes by tau * ln 9.
    const prior = [0.9, 0.1];
    const labels = [0, 0, 0, 1];
    const logits = [3, 0, 3, 0, 0.9, 0, 1, 0];
    // From tau 0.41 on the third face is lost, from 0.455 on the fourth is won: as good as before at every larger tau but that window.
    expect(chooseTau(labels, logits, 2, prior, 0)).toBe(1);
    expect(chooseTau([0, 0, 0, 0], logits, 2, prior, 0)).toBe(0.4);
  });

  it("takes the training prior off, or puts the user's in its place", () => {
    expect(priorShift("training", [0.9, 0.1])).toEqual([0, 0]);
    expect(priorShift(0.5, [0.9, 0.1])[1]).toBeCloseTo(0.5 * Math.log(0.1), 12);
    const own = softmaxRows([Math.log(0.9), Math.log(0.1)], 2, 1, priorShift([1, 3], [0.9, 0.1]));
    expect(own[0]).toBeCloseTo(0.25, 12);
    expect(() => priorShift([1], [0.9, 0.1])).toThrow(/expected 2 shares/);
  });

  it("bootstraps intervals that hold the figure and narrow with more faces", () => {
    const [few, many] = [accuracyInterval(50), accuracyInterval(2000)];
    expect(few[0]).toBeLessThan(0.8);
    expect(few[1]).toBeGreaterThan(0.8);
    expect(many[1] - many[0]).toBeLessThan((few[1] - few[0]) / 2);
  });
});

/** Of answers of which four in five are right. */
function accuracyInterval(faces: number): readonly [number, number] {
  const labels = Array.from({ length: faces }, (_, i) => i % 2);
  const rows = labels.flatMap((l, i) => (i % 5 === 0 ? [l, 1 - l] : [1 - l, l]));
  return bootstrapIntervals(labels, rows, 2, 200).accuracy;
}
