// One net from floats to bytes.

import type { FloatTensor } from "../../inference/onnx.js";
import { decodeOnnx } from "../onnx-decode.js";
import { encodeOnnx } from "../onnx-file.js";
import { calibrate } from "./calibrate.js";
import { correctHeads } from "./correct-heads.js";
import { quantizeGraph, tensorsToMeasure } from "./graph.js";

const batchSize = 16;

/** The `.onnx` file of the net on bytes, its ranges those of `inputs`, `shape` each, one after another. @throws AppError `model_invalid` for a net that `train` did not write, or without a convolution that could */
export async function quantizeNet(model: Uint8Array, inputs: Float32Array, shape: readonly [number, number, number]): Promise<Buffer> {
  const graph = decodeOnnx(model);
  const batches = batchesOf(inputs, shape);
  const quantized = quantizeGraph(graph, await calibrate(graph, tensorsToMeasure(graph), batches));
  return encodeOnnx({ ...(await correctHeads(graph, quantized, batches)), metadata: { producer: "emostream models quantize" } });
}

function batchesOf(inputs: Float32Array, shape: readonly [number, number, number]): FloatTensor[] {
  const size = shape[0] * shape[1] * shape[2];
  const count = inputs.length / size;
  return Array.from({ length: Math.ceil(count / batchSize) }, (_, i) => {
    const n = Math.min(batchSize, count - i * batchSize);
    return { data: inputs.subarray(i * batchSize * size, (i * batchSize + n) * size), shape: [n, ...shape] };
  });
}
