// How far probabilities can be believed: calibration error, temperature, risk and coverage. Pure.

import { softmaxRows } from "../inference/emotion/probabilities.js";
import { argmaxRow, figuresOf } from "./metrics.js";
import { priorShift } from "../inference/emotion/probabilities.js";

export const calibrationBins = 15;

/** One bin of a reliability diagram. */
export interface ReliabilityBin {
  readonly from: number;
  readonly to: number;
  readonly faces: number;
  /** Mean of the top probabilities in the bin; 0 in an empty one. */
  readonly confidence: number;
  readonly accuracy: number;
}

/** Top probabilities in equal bins beside the share that was right (Guo et al., "On Calibration of Modern Neural Networks", 2017). */
export function reliability(labels: ArrayLike<number>, probabilities: ArrayLike<number>, classes: number, bins = calibrationBins): ReliabilityBin[] {
  const sums = Array.from({ length: bins }, () => ({ faces: 0, confidence: 0, hits: 0 }));
  for (let i = 0; i < labels.length; i++) {
    const top = argmaxRow(probabilities, classes, i);
    const confidence = probabilities[i * classes + top]!;
    const bin = sums[Math.min(bins - 1, Math.max(0, Math.ceil(confidence * bins) - 1))]!;
    bin.faces++;
    bin.confidence += confidence;
    if (top === labels[i]) bin.hits++;
  }
  return sums.map(({ faces, confidence, hits }, k) => ({ from: k / bins, to: (k + 1) / bins, faces, confidence: faces === 0 ? 0 : confidence / faces, accuracy: faces === 0 ? 0 : hits / faces }));
}

/** Expected calibration error: the mean distance of confidence and accuracy over the bins, by their faces. */
export function expectedCalibrationError(bins: readonly ReliabilityBin[]): number {
  const faces = bins.reduce((n, b) => n + b.faces, 0);
  return faces === 0 ? 0 : bins.reduce((e, b) => e + (b.faces / faces) * Math.abs(b.confidence - b.accuracy), 0);
}

/** Mean negative log-likelihood of the labels, nats. */
export function negativeLogLikelihood(labels: ArrayLike<number>, probabilities: ArrayLike<number>, classes: number): number {
  let sum = 0;
  for (let i = 0; i < labels.length; i++) sum -= Math.log(Math.max(1e-12, probabilities[i * classes + labels[i]!]!));
  return sum / labels.length;
}

/** The temperature of 0.2 to 5 with the least negative log-likelihood, by golden section over its logarithm. */
export function fitTemperature(labels: ArrayLike<number>, logits: ArrayLike<number>, classes: number, shift?: readonly number[]): number {
  const cost = (log: number) => negativeLogLikelihood(labels, softmaxRows(logits, classes, Math.exp(log), shift), classes);
  const golden = (Math.sqrt(5) - 1) / 2;
  let [low, high] = [Math.log(0.2), Math.log(5)];
  while (high - low > 1e-4) {
    const [a, b] = [high - golden * (high - low), low + golden * (high - low)];
    if (cost(a) < cost(b)) high = b;
    else low = a;
  }
  return Math.exp((low + high) / 2);
}

/** The largest tau (steps of 0.01, at most 1) that loses no more than `maxLoss` of the accuracy at tau 0. */
export function chooseTau(labels: ArrayLike<number>, logits: ArrayLike<number>, classes: number, trainingPrior: readonly number[], maxLoss: number): number {
  const accuracyAt = (tau: number) => figuresOf(labels, softmaxRows(logits, classes, 1, priorShift(tau, trainingPrior)), classes).accuracy;
  const floor = accuracyAt(0) - maxLoss;
  for (let step = 100; step > 0; step--) if (accuracyAt(step / 100) >= floor) return step / 100;
  return 0;
}

/** Answers at or above `threshold`: how many there are, and how many of them are right. */
export interface RiskCoverage {
  readonly threshold: number;
  /** Share of all faces that get a certain answer. */
  readonly coverage: number;
  /** Accuracy among them; 1 where there are none. */
  readonly accuracy: number;
}

/** Coverage and accuracy for thresholds 0, 0.05, … 0.95. */
export function riskCoverage(labels: ArrayLike<number>, probabilities: ArrayLike<number>, classes: number): RiskCoverage[] {
  return Array.from({ length: 20 }, (_, step) => {
    const threshold = step / 20;
    let kept = 0;
    let right = 0;
    for (let i = 0; i < labels.length; i++) {
      const top = argmaxRow(probabilities, classes, i);
      if (probabilities[i * classes + top]! < threshold) continue;
      kept++;
      if (top === labels[i]) right++;
    }
    return { threshold, coverage: kept / labels.length, accuracy: kept === 0 ? 1 : right / kept };
  });
}

/** The smallest threshold at which answers are right at least `accuracy` of the time; the largest one when none does. */
export function uncertaintyThreshold(curve: readonly RiskCoverage[], accuracy: number): number {
  return (curve.find((c) => c.accuracy >= accuracy) ?? curve.at(-1)!).threshold;
}
