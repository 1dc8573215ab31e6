// The operations of the net with their gradients written out: tfjs composes batch norm and its gradient from element-wise steps,
// and registers gradients only in its union package. With libtensorflow batch norm and ReLU are single fused operations, which
// makes a training step much faster.

import type { GradSaveFunc, NamedTensorMap, Tensor, Tensor2D, Tensor4D } from "@tensorflow/tfjs-core";
import type { NativeBackend, Tensorflow, Tf } from "./tensorflow.js";

/** Added to the variance before its square root. */
export const batchNormEpsilon = 1e-3;

/** Batch statistics of one layer, kept (the caller disposes them). `variance` is the unbiased one. */
export interface BatchStats {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

/** Mean and (biased) variance of each channel of a layer. */
export interface ChannelStatistics {
  readonly mean: Float32Array;
  readonly variance: Float32Array;
}

/** Statistics of the layers that `run` hands over, by their names. */
export function collectStatistics(tf: Tf, run: (take: (name: string, h: Tensor4D) => void) => unknown): Map<string, ChannelStatistics> {
  const found = new Map<string, ChannelStatistics>();
  run((name, h) => {
    const { mean, variance } = tf.moments(h, [0, 1, 2]);
    found.set(name, { mean: Float32Array.from(mean.dataSync()), variance: Float32Array.from(variance.dataSync()) });
  });
  return found;
}

/** Differentiable operations; tensors are NHWC. */
export interface TrainingOps {
  /** No bias. Stride 1 with zeros around, unless told otherwise. */
  convolve(x: Tensor4D, kernel: Tensor, stride?: number, pad?: "same" | "valid"): Tensor4D;
  /** Each channel by itself; the kernel is `[height, width, channels, 1]`. */
  convolveEach(x: Tensor4D, kernel: Tensor, stride?: number, pad?: "same" | "valid"): Tensor4D;
  /** Normalises `x` by the statistics of its batch; hands them to `onStats`. */
  batchNorm(x: Tensor4D, scale: Tensor, offset: Tensor, onStats: (stats: BatchStats) => void): Tensor4D;
  relu<T extends Tensor>(x: T): T;
  add(x: Tensor4D, y: Tensor4D): Tensor4D;
  /** 2x2, stride 2. */
  maxPool(x: Tensor4D): Tensor4D;
  /** Mean over height and width. */
  average(x: Tensor4D): Tensor2D;
  dense(x: Tensor2D, kernel: Tensor, bias: Tensor): Tensor2D;
  /** Times a constant that is broadcast. */
  mask<T extends Tensor>(x: T, mask: Tensor): T;
  /** Mean cross-entropy of target distributions and softmax(logits). */
  crossEntropy(logits: Tensor2D, targets: Tensor2D): Tensor;
  /** A loss that is computed in plain code: `judge` gets the values of `x` and answers with the loss and its gradient. */
  plainLoss(x: Tensor2D, judge: (values: Float32Array) => { readonly loss: number; readonly gradient: Float32Array }): Tensor;
}

type Gradients = (dy: Tensor, saved: Tensor[]) => Tensor | Tensor[];

/** The operations, fused where libtensorflow is present. */
export function createTrainingOps({ tf, native }: Tensorflow): TrainingOps {
  const fused = native === undefined ? {} : fusedOps(tf, native);
  return { ...plainOps(tf), ...fused };
}

function plainOps(tf: Tf): TrainingOps {
  const kernelOf = <T extends Tensor>(name: string, inputs: Record<string, Tensor>, attributes: Record<string, unknown>) => tf.engine().runKernel(name, inputs as unknown as NamedTensorMap, attributes as never) as T;
  const convolution =
    (forward: string, byInput: string, byFilter: string): TrainingOps["convolve"] =>
    (x, kernel, stride = 1, pad = "same") => {
      const settings = { strides: [stride, stride], pad, dataFormat: "NHWC", dilations: [1, 1], dimRoundingMode: undefined };
      return differentiable(tf, [x, kernel], ([input, filter], save) => {
        save([input!, filter!]);
        return kernelOf<Tensor4D>(forward, { x: input!, filter: filter! }, settings);
      }, (dy, [input, filter]) => [
        kernelOf(byInput, { dy, filter: filter! }, { ...settings, inputShape: input!.shape }),
        kernelOf(byFilter, { x: input!, dy }, { ...settings, filterShape: filter!.shape }),
      ]);
    };
  const pooling = { filterSize: [2, 2], strides: [2, 2], pad: "valid", dimRoundingMode: undefined };
  return {
    convolve: convolution("Conv2D", "Conv2DBackpropInput", "Conv2DBackpropFilter"),
    convolveEach: convolution("DepthwiseConv2dNative", "DepthwiseConv2dNativeBackpropInput", "DepthwiseConv2dNativeBackpropFilter"),
    batchNorm: (x, scale, offset, onStats) =>
      differentiable(tf, [x, scale, offset], ([input, gamma, beta], save) => {
        const { mean, variance } = tf.moments(input!, [0, 1, 2]);
        const n = x.size / x.shape[3];
        onStats({ mean: tf.keep(mean.clone()), variance: tf.keep(tf.mul(variance, n / Math.max(1, n - 1))) });
        const inverse = tf.rsqrt(tf.add(variance, batchNormEpsilon));
        const normal = tf.mul(tf.sub(input!, mean), inverse);
        save([normal, inverse, gamma!]);
        return tf.add<Tensor4D>(tf.mul(normal, gamma!), beta!);
      }, (dy, [normal, inverse, gamma]) => {
        const byGamma = tf.sum(tf.mul(dy, normal!), [0, 1, 2]);
        const byBeta = tf.sum(dy, [0, 1, 2]);
        const n = x.size / x.shape[3];
        const inner = tf.sub(dy, tf.div(tf.add(byBeta, tf.mul(normal!, byGamma)), n));
        return [tf.mul(inner, tf.mul(inverse!, gamma!)), byGamma, byBeta];
      }),
    relu: (x) =>
      differentiable(tf, [x], ([input], save) => {
        const y = tf.relu(input!);
        save([y]);
        return y as typeof x;
      }, (dy, [y]) => tf.mul(dy, tf.step(y!))),
    add: (x, y) => differentiable(tf, [x, y], ([a, b]) => tf.add<Tensor4D>(a!, b!), (dy) => [dy, dy.clone()]),
    maxPool: (x) =>
      differentiable(tf, [x], ([input], save) => {
        const y = kernelOf<Tensor4D>("MaxPool", { x: input! }, pooling);
        save([input!, y]);
        return y;
      }, (dy, [input, output]) => kernelOf("MaxPoolGrad", { dy, input: input!, output: output! }, pooling)),
    average: (x) =>
      differentiable(tf, [x], ([input]) => tf.mean<Tensor2D>(input!, [1, 2]), (dy) => tf.mul(tf.reshape(dy, [x.shape[0], 1, 1, x.shape[3]]), tf.fill(x.shape, 1 / (x.shape[1] * x.shape[2])))),
    dense: (x, kernel, bias) =>
      differentiable(tf, [x, kernel, bias], ([input, w, b], save) => {
        save([input!, w!]);
        return tf.add<Tensor2D>(tf.matMul(input as Tensor2D, w as Tensor2D), b!);
      }, (dy, [input, w]) => [tf.matMul(dy as Tensor2D, w as Tensor2D, false, true), tf.matMul(input as Tensor2D, dy as Tensor2D, true, false), tf.sum(dy, 0)]),
    mask: (x, mask) =>
      differentiable(tf, [x], ([input], save) => {
        save([mask]);
        return tf.mul(input!, mask) as typeof x;
      }, (dy, [saved]) => tf.mul(dy, saved!)),
    crossEntropy: (logits, targets) =>
      differentiable(tf, [logits], ([input], save) => {
        const log = tf.logSoftmax(input!);
        save([tf.exp(log)]);
        return tf.neg(tf.mean(tf.sum(tf.mul(targets, log), 1)));
      }, (dy, [probabilities]) => tf.mul(tf.div(tf.sub(tf.mul(probabilities!, tf.sum(targets, 1, true)), targets), logits.shape[0]), dy)),
    plainLoss: (x, judge) =>
      differentiable(tf, [x], ([input], save) => {
        const { loss, gradient } = judge(input!.dataSync() as Float32Array);
        save([tf.tensor(gradient, x.shape)]);
        return tf.scalar(loss);
      }, (dy, [gradient]) => tf.mul(gradient!, dy)),
  };
}

function fusedOps(tf: Tf, native: NativeBackend): Pick<TrainingOps, "batchNorm" | "relu"> {
  const { binding } = native;
  const type = (name: string) => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT });
  const norm = [
    type("T"),
    type("U"),
    { name: "epsilon", type: binding.TF_ATTR_FLOAT, value: batchNormEpsilon },
    { name: "data_format", type: binding.TF_ATTR_STRING, value: "NHWC" },
    { name: "is_training", type: binding.TF_ATTR_BOOL, value: true },
  ];
  const forward = [...norm, { name: "exponential_avg_factor", type: binding.TF_ATTR_FLOAT, value: 1 }];
  return {
    batchNorm: (x, scale, offset, onStats) =>
      differentiable(tf, [x, scale, offset], ([input, gamma, beta], save) => {
        const none = tf.tensor1d([]);
        const [y, mean, variance, ...reserved] = native.executeMultipleOutputs("FusedBatchNormV3", forward, [input!, gamma!, beta!, none, none], 6);
        onStats({ mean: tf.keep(mean!), variance: tf.keep(variance!) });
        save([input!, gamma!, ...reserved]);
        return y as Tensor4D;
      }, (dy, saved) => native.executeMultipleOutputs("FusedBatchNormGradV3", norm, [dy, ...saved], 5).slice(0, 3)),
    relu: (x) =>
      differentiable(tf, [x], ([input], save) => {
        const y = native.executeSingleOutput("Relu", [type("T")], [input!]);
        save([y]);
        return y as typeof x;
      }, (dy, [y]) => native.executeSingleOutput("ReluGrad", [type("T")], [dy, y!])),
  };
}

/** tfjs's customGrad with types: `forward` gets the inputs, `gradients` what it saved. */
function differentiable<T extends Tensor>(tf: Tf, inputs: Tensor[], forward: (inputs: Tensor[], save: GradSaveFunc) => T, gradients: Gradients): T {
  const op = tf.customGrad((...given: (Tensor | GradSaveFunc)[]) => {
    const save = given.pop() as GradSaveFunc;
    return { value: forward(given as Tensor[], save), gradFunc: gradients };
  });
  return op(...inputs) as T;
}
