// Weights to start a run from: those of an exported emotion model, all or its first layers'.

import { AppError } from "../core/errors.js";
import type { EmotionNet } from "./net/emotion-net.js";
import { convolutionsOf, initialParameters } from "./net/spec.js";
import { onnxConstants } from "./onnx-constants.js";
import { constantOf, partOf, unfoldBatchNorm } from "./unfold.js";

/** Parameters of `net` with which it says what the model says; statistics are those of `pixels` (normalised, `count` faces). @throws AppError `model_invalid` when the model is of another net */
export function parametersOfModel(net: EmotionNet, model: Uint8Array, pixels: Float32Array, count: number): Float32Array {
  const constants = onnxConstants(model);
  const parameters = new Float32Array(net.layout.size);
  for (const name of ["hidden", "logits"]) for (const kind of ["kernel", "bias"]) {
    const own = partOf(net, parameters, `${name}/${kind}`);
    own.set(constantOf(constants, `${name}.${kind}`, own.length));
  }
  unfoldBatchNorm(net, convolutionsOf(net.spec), constants, parameters, pixels, count);
  return parameters;
}

/**
 * Parameters of `net` whose first convolutions, as many as have the model's shapes, are the model's (`convolutions` says how many); the others are fresh. Statistics as for
 * `parametersOfModel`. @throws AppError `model_invalid` when not even the first one fits
 */
export function parametersOfFront(net: EmotionNet, model: Uint8Array, seed: number, pixels: Float32Array, count: number): { readonly parameters: Float32Array; readonly convolutions: number } {
  const constants = onnxConstants(model);
  const all = convolutionsOf(net.spec);
  const other = all.findIndex(({ name, outputs, seen, kernel }) => constants.get(`${name}.kernel`)?.shape.join() !== [outputs, seen, kernel, kernel].join());
  const front = other === -1 ? all : all.slice(0, other);
  if (front.length === 0) throw new AppError("model_invalid", "Expected a model whose first convolution is as large as that of the net that is trained.");
  const parameters = initialParameters(net.layout, seed);
  unfoldBatchNorm(net, front, constants, parameters, pixels, count);
  return { parameters, convolutions: front.length };
}
