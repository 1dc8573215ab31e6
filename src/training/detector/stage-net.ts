// One net of the cascade in TensorFlow.js; parameters come as one flat array, as those of the emotion CNN do.

import type { Tensor, Tensor1D, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import { batchNormEpsilon, collectStatistics, createTrainingOps, type ChannelStatistics, type BatchStats, type TrainingOps } from "../net/ops.js";
import { isDepthwise, type Layout } from "../net/spec.js";
import type { Tensorflow, Tf } from "../net/tensorflow.js";
import { detectorLoss, type LossResult, type LossSettings, type LossTargets } from "./losses.js";
import { placedConvolutions, stageLayout, type PlacedConvolution, type StageSpec } from "./nets.js";

/** Share of each batch in the running statistics. */
const statsMomentum = 0.05;

/** Windows with their targets: `pixels` are `count * size * size * 3`, RGB, normalised. */
export interface WindowBatch extends LossTargets {
  readonly pixels: Float32Array;
}

export interface StageStep extends LossResult {
  /** `count * outputCount`. */
  readonly outputs: Float32Array;
  /** By the trained part of the layout. */
  readonly gradients: Float32Array;
}

export class StageNet {
  readonly spec: StageSpec;
  readonly layout: Layout;
  readonly #tensorflow: Tensorflow;
  readonly #tf: Tf;
  readonly #ops: TrainingOps;
  readonly #convolutions: readonly PlacedConvolution[];

  constructor(tensorflow: Tensorflow, spec: StageSpec) {
    this.spec = spec;
    this.layout = stageLayout(spec);
    this.#tensorflow = tensorflow;
    this.#tf = tensorflow.tf;
    this.#ops = createTrainingOps(tensorflow);
    this.#convolutions = placedConvolutions(spec);
  }

  /** A net of another spec that is calculated by the same backend. */
  of(spec: StageSpec): StageNet {
    return new StageNet(this.#tensorflow, spec);
  }

  /** Loss and gradients of one batch. Moves the running statistics in `parameters`; the rest of it is only read. */
  step(parameters: Float32Array, batch: WindowBatch, settings: LossSettings): StageStep {
    const tf = this.#tf;
    const ops = this.#ops;
    const stats: [string, BatchStats][] = [];
    const trained = this.layout.parameters.filter((p) => p.offset < this.layout.trained);
    const gradients = new Float32Array(this.layout.trained);
    let outputs = new Float32Array(0);
    let result: LossResult | undefined;
    // Results leave by these variables: tidy searches what it returns for tensors, element by element.
    tf.tidy(() => {
      const inputs = trained.map((p) => tf.tensor(parameters.slice(p.offset, p.offset + p.size), [...p.shape]));
      const names = new Map(trained.map((p, i) => [p.name, i]));
      const x = tf.tensor4d(batch.pixels, [batch.count, this.spec.size, this.spec.size, 3]);
      const { grads } = tf.valueAndGrads((...w: Tensor[]) => {
        const of = (name: string) => w[names.get(name)!]!;
        let h = x;
        for (const c of this.#convolutions) {
          h = (isDepthwise(c) ? ops.convolveEach : ops.convolve)(h, of(`${c.name}/kernel`), c.stride, "valid");
          h = ops.batchNorm(h, of(`${c.name}/scale`), of(`${c.name}/offset`), (s) => stats.push([c.name, s]));
          if (!isDepthwise(c)) h = ops.relu(h);
        }
        const answers = ops.dense(ops.average(h), of("heads/kernel"), of("heads/bias"));
        return ops.plainLoss(answers, (values) => {
          outputs = values.slice();
          result = detectorLoss(outputs, batch, settings);
          return result;
        });
      })(inputs);
      for (const [i, p] of trained.entries()) gradients.set(grads[i]!.dataSync() as Float32Array, p.offset);
    });
    this.#moveStats(parameters, stats);
    return { ...result!, outputs, gradients };
  }

  /** Outputs of `count` windows with the running statistics, `count * outputCount`; the first of each row is a logit. */
  predict(parameters: Float32Array, pixels: Float32Array, count: number): Float32Array {
    return this.#run(parameters, pixels, count);
  }

  /** Mean and variance of what each convolution gives over `count` windows, by its name. */
  statistics(parameters: Float32Array, pixels: Float32Array, count: number): Map<string, ChannelStatistics> {
    return collectStatistics(this.#tf, (take) => this.#run(parameters, pixels, count, take));
  }

  #run(parameters: Float32Array, pixels: Float32Array, count: number, onConvolution: (name: string, h: Tensor4D) => void = () => {}): Float32Array {
    const tf = this.#tf;
    let outputs = new Float32Array(0);
    tf.tidy(() => {
      const of = <T extends Tensor>(name: string) => {
        const p = this.layout.parameters.find((q) => q.name === name)!;
        return tf.tensor(parameters.slice(p.offset, p.offset + p.size), [...p.shape]) as T;
      };
      let h: Tensor4D = tf.tensor4d(pixels, [count, this.spec.size, this.spec.size, 3]);
      for (const c of this.#convolutions) {
        h = (isDepthwise(c) ? tf.depthwiseConv2d : tf.conv2d)(h, of<Tensor4D>(`${c.name}/kernel`), c.stride, "valid");
        onConvolution(c.name, h);
        h = tf.batchNorm(h, of<Tensor1D>(`${c.name}/mean`), of<Tensor1D>(`${c.name}/variance`), of<Tensor1D>(`${c.name}/offset`), of<Tensor1D>(`${c.name}/scale`), batchNormEpsilon) as Tensor4D;
        if (!isDepthwise(c)) h = tf.relu(h);
      }
      outputs = Float32Array.from(tf.add(tf.matMul(tf.mean<Tensor2D>(h, [1, 2]), of<Tensor2D>("heads/kernel")), of("heads/bias")).dataSync());
    });
    return outputs;
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
