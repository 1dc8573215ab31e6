// Weights to start a run from: those of an exported emotion model.

import type { EmotionNet } from "./net/emotion-net.js";
import { convolutionsOf } from "./net/spec.js";
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
