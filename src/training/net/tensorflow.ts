// Opens TensorFlow.js for training: libtensorflow (tfjs-node) where it is installed, else the plain JavaScript backend,
// which is some hundred times slower and meant for tests.

import { createRequire } from "node:module";
import type * as TfCore from "@tensorflow/tfjs-core";
import { AppError } from "../../core/errors.js";

export type Tf = typeof TfCore;

/** The parts of tfjs-node's backend that run a TensorFlow operation by name. */
export interface NativeBackend {
  readonly binding: { readonly TF_ATTR_FLOAT: number; readonly TF_ATTR_BOOL: number; readonly TF_ATTR_STRING: number; readonly TF_ATTR_TYPE: number; readonly TF_FLOAT: number };
  executeSingleOutput(name: string, attributes: readonly unknown[], inputs: readonly TfCore.Tensor[]): TfCore.Tensor;
  executeMultipleOutputs(name: string, attributes: readonly unknown[], inputs: readonly TfCore.Tensor[], outputs: number): TfCore.Tensor[];
}

export interface Tensorflow {
  readonly tf: Tf;
  /** Present with libtensorflow. */
  readonly native?: NativeBackend;
  /** Such as `tfjs-node 4.22.0`. */
  readonly version: string;
}

/**
 * Loads the fastest backend that is installed.
 * @param need `native` refuses the JavaScript backend.
 * @throws AppError `training_failed` when libtensorflow is needed and not installed.
 */
export async function openTensorflow(need: "native" | "any" = "any"): Promise<Tensorflow> {
  const require = createRequire(import.meta.url);
  if (isInstalled(require)) {
    process.env["TF_CPP_MIN_LOG_LEVEL"] ??= "2";
    // oneDNN's convolutions, which libtensorflow takes by itself only where there is AVX-512: 1.4 times as fast without.
    process.env["TF_ENABLE_ONEDNN_OPTS"] ??= "1";
    const tf = require("@tensorflow/tfjs-node") as Tf;
    await tf.ready();
    return { tf, native: tf.backend() as unknown as NativeBackend, version: `tfjs-node ${tf.version_core}` };
  }
  if (need === "native") throw new AppError("training_failed", "Training needs @tensorflow/tfjs-node, which is not installed. Type: npm run setup:training");
  const tf = await import("@tensorflow/tfjs-core");
  // Comes with tfjs-backend-wasm; by require, so that a bundler or type checker need not know it.
  require("@tensorflow/tfjs-backend-cpu");
  await tf.setBackend("cpu");
  return { tf, version: `tfjs-backend-cpu ${tf.version_core}` };
}

function isInstalled(require: NodeJS.Require): boolean {
  try {
    require.resolve("@tensorflow/tfjs-node");
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND") return false;
    throw error;
  }
}
