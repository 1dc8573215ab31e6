// Batch normalisation and ReLU for training as single TensorFlow operations. tfjs composes both, and their gradients,
// from element-wise steps; fused they make a training step 2.5 times as fast (measured: 97 against 241 images/s).

import type { GradSaveFunc, Tensor, Tensor4D } from "@tensorflow/tfjs-core";
import type { NativeBackend, Tensorflow } from "./tensorflow.js";

/** Added to the variance before its square root. */
export const batchNormEpsilon = 1e-3;

/** Batch statistics of one layer, kept (the caller disposes them). `variance` is the unbiased one. */
export interface BatchStats {
  readonly mean: Tensor;
  readonly variance: Tensor;
}

export interface TrainingOps {
  /** Normalises `x` (NHWC) by the statistics of its batch; hands them to `onStats`. */
  batchNorm(x: Tensor4D, scale: Tensor, offset: Tensor, onStats: (stats: BatchStats) => void): Tensor4D;
  relu<T extends Tensor>(x: T): T;
}

/** The fused operations where libtensorflow is present, else the same arithmetic by tfjs. */
export function createTrainingOps(tensorflow: Tensorflow): TrainingOps {
  return tensorflow.native === undefined ? composedOps(tensorflow) : nativeOps(tensorflow, tensorflow.native);
}

function composedOps({ tf }: Tensorflow): TrainingOps {
  return {
    batchNorm(x, scale, offset, onStats) {
      const { mean, variance } = tf.moments(x, [0, 1, 2]);
      const n = x.size / x.shape[3];
      onStats({ mean: tf.keep(mean.clone()), variance: tf.keep(tf.mul(variance, n / Math.max(1, n - 1))) });
      const normal = tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, batchNormEpsilon)));
      return tf.add(tf.mul(normal, scale), offset);
    },
    relu: (x) => tf.relu(x),
  };
}

function nativeOps({ tf }: Tensorflow, native: NativeBackend): TrainingOps {
  const { binding } = native;
  const type = (name: string) => ({ name, type: binding.TF_ATTR_TYPE, value: binding.TF_FLOAT });
  const normAttributes = [
    type("T"),
    type("U"),
    { name: "epsilon", type: binding.TF_ATTR_FLOAT, value: batchNormEpsilon },
    { name: "data_format", type: binding.TF_ATTR_STRING, value: "NHWC" },
    { name: "is_training", type: binding.TF_ATTR_BOOL, value: true },
  ];
  const forwardAttributes = [...normAttributes, { name: "exponential_avg_factor", type: binding.TF_ATTR_FLOAT, value: 1 }];
  return {
    batchNorm(x, scale, offset, onStats) {
      const op = tf.customGrad((...inputs: (Tensor | GradSaveFunc)[]) => {
        const [input, gamma, beta, save] = inputs as [Tensor, Tensor, Tensor, GradSaveFunc];
        const none = tf.tensor1d([]);
        const [y, mean, variance, r1, r2, r3] = native.executeMultipleOutputs("FusedBatchNormV3", forwardAttributes, [input, gamma, beta, none, none], 6) as [Tensor, Tensor, Tensor, Tensor, Tensor, Tensor];
        onStats({ mean: tf.keep(mean), variance: tf.keep(variance) });
        save([input, gamma, r1, r2, r3]);
        return {
          value: y,
          gradFunc: (dy: Tensor, saved: Tensor[]) => native.executeMultipleOutputs("FusedBatchNormGradV3", normAttributes, [dy, ...saved], 5).slice(0, 3),
        };
      });
      return op(x, scale, offset) as Tensor4D;
    },
    relu<T extends Tensor>(x: T) {
      const op = tf.customGrad((...inputs: (Tensor | GradSaveFunc)[]) => {
        const [input, save] = inputs as [Tensor, GradSaveFunc];
        const y = native.executeSingleOutput("Relu", [type("T")], [input]);
        save([y]);
        return { value: y, gradFunc: (dy: Tensor, saved: Tensor[]) => native.executeSingleOutput("ReluGrad", [type("T")], [dy, saved[0]!]) };
      });
      return op(x) as T;
    },
  };
}
