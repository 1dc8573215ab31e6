// Percentile intervals by resampling faces (Efron and Tibshirani, 1993, chapter 13). Pure, seeded.

import { figuresOf } from "./metrics.js";
import { randomFor } from "./random.js";

export type Interval = readonly [low: number, high: number];

export interface BootstrapIntervals {
  readonly accuracy: Interval;
  readonly meanRecall: Interval;
  readonly macroF1: Interval;
}

/** 95 % intervals of three figures over `rounds` resamplings. */
export function bootstrapIntervals(labels: ArrayLike<number>, probabilities: ArrayLike<number>, classes: number, rounds = 1000, seed = 1): BootstrapIntervals {
  const random = randomFor(seed, "bootstrap");
  const drawn = { accuracy: new Float64Array(rounds), meanRecall: new Float64Array(rounds), macroF1: new Float64Array(rounds) };
  const n = labels.length;
  // Only the answers matter for these figures: one-hot rows keep a round cheap.
  const answers = new Uint8Array(n);
  for (let i = 0; i < n; i++) {
    for (let k = 1; k < classes; k++) if (probabilities[i * classes + k]! > probabilities[i * classes + answers[i]!]!) answers[i] = k;
  }
  const sampleLabels = new Uint8Array(n);
  const sampleRows = new Uint8Array(n * classes);
  for (let round = 0; round < rounds; round++) {
    sampleRows.fill(0);
    for (let i = 0; i < n; i++) {
      const face = random.below(n);
      sampleLabels[i] = labels[face]!;
      sampleRows[i * classes + answers[face]!] = 1;
    }
    const figures = figuresOf(sampleLabels, sampleRows, classes);
    drawn.accuracy[round] = figures.accuracy;
    drawn.meanRecall[round] = figures.meanRecall;
    drawn.macroF1[round] = figures.macroF1;
  }
  return { accuracy: interval(drawn.accuracy), meanRecall: interval(drawn.meanRecall), macroF1: interval(drawn.macroF1) };
}

/** The 2.5th and 97.5th percentile. */
export function interval(values: Float64Array): Interval {
  const sorted = values.toSorted();
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.max(0, Math.round(share * (sorted.length - 1))))]!;
  return [at(0.025), at(0.975)];
}
