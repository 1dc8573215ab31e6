// The emotion CNN in TensorFlow.js. Parameters come as one flat array and are uploaded for each call, so that optimiser,
// averaging and checkpoints are plain array code.

import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { randomFor } from "../random.js";
import { batchNormEpsilon, collectStatistics, createTrainingOps, type ChannelStatistics, type BatchStats, type TrainingOps } from "./ops.js";
import { convolutionsOf, isDepthwise, layoutOf, type ConvolutionSpec, type EmotionNetSpec, type Layout } from "./spec.js";
import type { Tensorflow, Tf } from "./tensorflow.js";

/** Share of each batch in the running statistics. */
const statsMomentum = 0.1;

/** A batch: `pixels` are normalised, `count * size * size`; `targets` are distributions, `count * classes`. */
export interface Batch {
  readonly pixels: Float32Array;
  readonly targets: Float32Array;
  readonly count: number;
  readonly size: number;
}

/** Result of one training step before the optimiser: gradients lie as the trained part of the layout does. */
export interface StepResult {
  readonly loss: number;
  /** `count * classes`. */
  readonly logits: Float32Array;
  readonly gradients: Float32Array;
}

export class EmotionNet {
  readonly spec: EmotionNetSpec;
  readonly layout: Layout;
  readonly #tf: Tf;
  readonly #ops: TrainingOps;
  readonly #convolutions: readonly ConvolutionSpec[];

  constructor(tensorflow: Tensorflow, spec: EmotionNetSpec) {
    this.spec = spec;
    this.layout = layoutOf(spec);
    this.#tf = tensorflow.tf;
    this.#ops = createTrainingOps(tensorflow);
    this.#convolutions = convolutionsOf(spec);
  }

  /**
   * Loss and gradients of one batch. Moves the running statistics in `parameters`; the rest of it is only read.
   * `place` (seed and step) names the dropout masks.
   */
  step(parameters: Float32Array, batch: Batch, place: { readonly seed: number; readonly step: number }): StepResult {
    const tf = this.#tf;
    const ops = this.#ops;
    const stats: [string, BatchStats][] = [];
    const trained = this.layout.parameters.filter((p) => p.offset < this.layout.trained);
    const gradients = new Float32Array(this.layout.trained);
    let logits = new Float32Array(0);
    let loss = Number.NaN;
    // Results leave by these variables: tidy searches what it returns for tensors, element by element (four fifths of the step's time).
    tf.tidy(() => {
      const inputs = trained.map((p) => tf.tensor(parameters.slice(p.offset, p.offset + p.size), [...p.shape]));
      const names = new Map(trained.map((p, i) => [p.name, i]));
      const x = tf.tensor4d(batch.pixels, [batch.count, batch.size, batch.size, 1]);
      const y = tf.tensor2d(batch.targets, [batch.count, this.spec.classes]);
      let kept: Tensor | undefined;
      const { value, grads } = tf.valueAndGrads((...w: Tensor[]) => {
        const of = (name: string) => w[names.get(name)!]!;
        let h = x;
        let before = x;
        for (const c of this.#convolutions) {
          const skipped = before;
          before = h;
          h = (isDepthwise(c) ? ops.convolveEach : ops.convolve)(h, of(`${c.name}/kernel`));
          h = ops.batchNorm(h, of(`${c.name}/scale`), of(`${c.name}/offset`), (s) => stats.push([c.name, s]));
          if (c.isResidual) h = ops.add(h, skipped);
          if (!isDepthwise(c)) h = ops.relu(h);
          if (!c.endsStage) continue;
          h = this.#drop(ops.maxPool(h), this.spec.stageDropout[c.stage] ?? 0, [batch.count, 1, 1, c.outputs], `stage${c.stage}`, place);
        }
        let f = ops.average(h);
        f = this.#drop(f, this.spec.denseDropout[0], f.shape, "features", place);
        f = ops.relu(ops.dense(f, of("hidden/kernel"), of("hidden/bias")));
        f = this.#drop(f, this.spec.denseDropout[1], f.shape, "hidden", place);
        const answers = ops.dense(f, of("logits/kernel"), of("logits/bias"));
        kept = tf.keep(answers.clone());
        return ops.crossEntropy(answers, y);
      })(inputs);
      for (const [i, p] of trained.entries()) gradients.set(grads[i]!.dataSync() as Float32Array, p.offset);
      logits = Float32Array.from(kept!.dataSync());
      kept!.dispose();
      loss = value.dataSync()[0]!;
    });
    this.#moveStats(parameters, stats);
    return { loss, logits, gradients };
  }

  /** Logits of `count` pictures (`pixels` normalised), `count * classes`, with the running statistics and without dropout. */
  predict(parameters: Float32Array, pixels: Float32Array, count: number, size = this.spec.inputSize): Float32Array {
    return this.#run(parameters, pixels, count, size);
  }

  /** Mean and variance of what each convolution gives over `count` pictures, by its name. */
  statistics(parameters: Float32Array, pixels: Float32Array, count: number): Map<string, ChannelStatistics> {
    return collectStatistics(this.#tf, (take) => this.#run(parameters, pixels, count, this.spec.inputSize, take));
  }

  #run(parameters: Float32Array, pixels: Float32Array, count: number, size: number, onConvolution: (name: string, h: Tensor4D) => void = () => {}): Float32Array {
    const tf = this.#tf;
    let logits = new Float32Array(0);
    tf.tidy(() => {
      const of = (name: string) => {
        const p = this.layout.parameters.find((q) => q.name === name)!;
        return tf.tensor(parameters.slice(p.offset, p.offset + p.size), [...p.shape]);
      };
      let h: Tensor4D = tf.tensor4d(pixels, [count, size, size, 1]);
      let before = h;
      for (const c of this.#convolutions) {
        const skipped = before;
        before = h;
        h = (isDepthwise(c) ? tf.depthwiseConv2d : tf.conv2d)(h, of(`${c.name}/kernel`) as Tensor4D, 1, "same");
        onConvolution(c.name, h);
        h = tf.batchNorm(h, of(`${c.name}/mean`) as Tensor1D, of(`${c.name}/variance`) as Tensor1D, of(`${c.name}/offset`) as Tensor1D, of(`${c.name}/scale`) as Tensor1D, batchNormEpsilon) as Tensor4D;
        if (c.isResidual) h = tf.add(h, skipped);
        if (!isDepthwise(c)) h = tf.relu(h);
        if (c.endsStage) h = tf.maxPool(h, 2, 2, "valid");
      }
      const f = tf.relu(tf.add(tf.matMul(tf.mean<Tensor2D>(h, [1, 2]), of("hidden/kernel") as Tensor2D), of("hidden/bias")));
      logits = Float32Array.from(tf.add(tf.matMul(f as Tensor2D, of("logits/kernel") as Tensor2D), of("logits/bias")).dataSync());
    });
    return logits;
  }

  /** Multiplies by a mask of our own: tfjs's dropout repeats one mask when seeded and cannot be resumed when not. */
  #drop<T extends Tensor>(x: T, probability: number, maskShape: readonly number[], layer: string, { seed, step }: { seed: number; step: number }): T {
    if (probability <= 0) return x;
    const random = randomFor(seed, "dropout", layer, step);
    const mask = new Float32Array(maskShape.reduce((a, b) => a * b, 1));
    for (let i = 0; i < mask.length; i++) mask[i] = random.next() < probability ? 0 : 1 / (1 - probability);
    return this.#ops.mask(x, this.#tf.tensor(mask, [...maskShape]));
  }

  #moveStats(parameters: Float32Array, stats: readonly [string, BatchStats][]): void {
    for (const [name, batch] of stats) {
      for (const kind of ["mean", "variance"] as const) {
        const p = this.layout.parameters.find((q) => q.name === `${name}/${kind}`)!;
        const seen = batch[kind].dataSync();
        for (let i = 0; i < p.size; i++) parameters[p.offset + i]! += statsMomentum * (seen[i]! - parameters[p.offset + i]!);
        batch[kind].dispose();
      }
    }
  }
}
