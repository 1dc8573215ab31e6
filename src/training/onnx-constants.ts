// The weights of an exported net, for a run that starts from them.

import { AppError } from "../core/errors.js";
import { decodeOnnx } from "./onnx-decode.js";
import type { OnnxGraph, OnnxTensor } from "./onnx-file.js";

/** Constants by name. @throws AppError `model_invalid` unless the bytes are ONNX as `train` writes it, with floats only */
export function onnxConstants(model: Uint8Array): Map<string, OnnxTensor<Float32Array>> {
  return floatConstants(decodeOnnx(model));
}

/** The same of a graph that is decoded already. @throws AppError `model_invalid` */
export function floatConstants(graph: OnnxGraph): Map<string, OnnxTensor<Float32Array>> {
  return new Map(
    graph.constants.map(({ name, shape, values }) => {
      if (!(values instanceof Float32Array)) throw new AppError("model_invalid", "Expected an ONNX file whose constants are floats, as `train` writes it.", { detail: name });
      return [name, { name, shape, values }];
    }),
  );
}
