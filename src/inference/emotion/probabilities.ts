// From logits to probabilities: the training prior taken off, temperature, softmax. Pure.

/** `training`: as the net was trained; a number: so much of the training prior is taken off; a list: the user's own distribution. */
export type PriorSetting = "training" | number | readonly number[];

/** Smallest share that a class is taken to have. */
const leastShare = 1e-4;

/**
 * What is taken off each logit. A net trained on faces of which one third is neutral says neutral too often elsewhere:
 * `tau * log(prior)` less removes it in part (Menon et al., "Long-tail learning via logit adjustment", 2021).
 */
export function priorShift(setting: PriorSetting, trainingPrior: readonly number[]): number[] {
  if (setting === "training") return trainingPrior.map(() => 0);
  if (typeof setting === "number") return trainingPrior.map((p) => setting * log(p));
  if (setting.length !== trainingPrior.length) throw new RangeError(`expected ${trainingPrior.length} shares for prior, received ${setting.length}`);
  const sum = setting.reduce((a, b) => a + b, 0);
  return trainingPrior.map((p, k) => log(p) - log(setting[k]! / sum));
}

/** Probabilities from logits, row by row of `classes`: `shift` is taken off, then `temperature` divides. */
export function softmaxRows(logits: ArrayLike<number>, classes: number, temperature = 1, shift?: readonly number[]): Float64Array {
  const out = new Float64Array(logits.length);
  for (let at = 0; at < logits.length; at += classes) {
    let top = -Infinity;
    for (let k = 0; k < classes; k++) {
      out[at + k] = (logits[at + k]! - (shift?.[k] ?? 0)) / temperature;
      top = Math.max(top, out[at + k]!);
    }
    let mass = 0;
    for (let k = 0; k < classes; k++) mass += out[at + k] = Math.exp(out[at + k]! - top);
    for (let k = 0; k < classes; k++) out[at + k]! /= mass;
  }
  return out;
}

function log(share: number): number {
  return Math.log(Math.max(leastShare, share));
}
