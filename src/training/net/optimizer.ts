// AdamW (Loshchilov and Hutter, 2019) and an exponential average of the weights, over flat arrays. State is three arrays.

import type { Layout } from "./spec.js";

export interface OptimizerSettings {
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  /** Decay of kernels per unit of learning rate; scales, offsets and biases do not decay. */
  readonly weightDecay: number;
  /** Gradients are shortened to this Euclidean length. */
  readonly clipNorm: number;
  /** Decay of the average of the weights. */
  readonly averageDecay: number;
}

export const defaultOptimizerSettings: OptimizerSettings = { beta1: 0.9, beta2: 0.999, epsilon: 1e-8, weightDecay: 5e-3, clipNorm: 5, averageDecay: 0.999 };

/** Everything that a step changes. */
export interface OptimizerState {
  /** Steps done. */
  step: number;
  readonly parameters: Float32Array;
  /** Average over the trained parameters and the running statistics. */
  readonly average: Float32Array;
  readonly firstMoment: Float32Array;
  readonly secondMoment: Float32Array;
}

/** State before the first step. Takes `parameters` over. */
export function createOptimizerState(layout: Layout, parameters: Float32Array): OptimizerState {
  return { step: 0, parameters, average: parameters.slice(), firstMoment: new Float32Array(layout.trained), secondMoment: new Float32Array(layout.trained) };
}

/** One step of AdamW in place. Returns the length of the gradient before clipping; nothing is changed when it is not finite. */
export function optimizerStep(state: OptimizerState, gradients: Float32Array, layout: Layout, learningRate: number, settings: OptimizerSettings): number {
  let squares = 0;
  for (let i = 0; i < gradients.length; i++) squares += gradients[i]! ** 2;
  const norm = Math.sqrt(squares);
  if (!Number.isFinite(norm)) return norm;
  state.step++;
  const { beta1, beta2, epsilon } = settings;
  const shorten = norm > settings.clipNorm ? settings.clipNorm / norm : 1;
  const rate = learningRate / (1 - beta1 ** state.step);
  const correction = 1 / (1 - beta2 ** state.step);
  const { parameters, firstMoment, secondMoment } = state;
  for (const p of layout.parameters) {
    if (p.offset >= layout.trained) break;
    const keep = p.kind === "kernel" ? 1 - learningRate * settings.weightDecay : 1;
    for (let i = p.offset; i < p.offset + p.size; i++) {
      const g = gradients[i]! * shorten;
      const m = beta1 * firstMoment[i]! + (1 - beta1) * g;
      const v = beta2 * secondMoment[i]! + (1 - beta2) * g * g;
      firstMoment[i] = m;
      secondMoment[i] = v;
      parameters[i] = parameters[i]! * keep - (rate * m) / (Math.sqrt(v * correction) + epsilon);
    }
  }
  // A short memory at first: the average of an untrained net is worth nothing.
  const decay = Math.min(settings.averageDecay, (1 + state.step) / (10 + state.step));
  const { average } = state;
  for (let i = 0; i < average.length; i++) average[i]! += (1 - decay) * (parameters[i]! - average[i]!);
  return norm;
}
