// Weights to start a run from: those of an exported model, its batch normalisation unfolded again.

import { AppError } from "../core/errors.js";
import { batchNormEpsilon } from "./net/ops.js";
import type { EmotionNet } from "./net/emotion-net.js";
import { convolutionsOf } from "./net/spec.js";
import { onnxConstants } from "./onnx-constants.js";

/**
 * Parameters of `net` with which it says what the model says. Exported models hold batch normalisation as part of the convolutions; here each layer gets back its mean and
 * variance as they are over `pixels` (normalised, `count` faces), so that a training step, which normalises by its own batch, goes on where the model is.
 * @throws AppError `model_invalid` when the model is of another net
 */
export function parametersOfModel(net: EmotionNet, model: Uint8Array, pixels: Float32Array, count: number): Float32Array {
  const constants = onnxConstants(model);
  const parameters = new Float32Array(net.layout.size);
  const part = (name: string): Float32Array => {
    const { offset, size } = net.layout.parameters.find((p) => p.name === name)!;
    return parameters.subarray(offset, offset + size);
  };
  const constant = (name: string, size: number): Float32Array => {
    const values = constants.get(name)?.values;
    if (values?.length !== size) throw new AppError("model_invalid", `Expected a model of the same net as the one that is trained: ${size} numbers in ${name}, received ${values?.length ?? "none"}.`);
    return values;
  };
  const convolutions = convolutionsOf(net.spec);
  for (const { name, inputs, outputs } of convolutions) {
    const kernel = part(`${name}/kernel`);
    const stored = constant(`${name}.kernel`, kernel.length);
    const taps = kernel.length / (inputs * outputs);
    for (let o = 0; o < outputs; o++) for (let i = 0; i < inputs; i++) for (let k = 0; k < taps; k++) kernel[(k * inputs + i) * outputs + o] = stored[(o * inputs + i) * taps + k]!;
    part(`${name}/offset`).set(constant(`${name}.bias`, outputs));
    part(`${name}/scale`).fill(1);
    part(`${name}/variance`).fill(1 - batchNormEpsilon);
  }
  for (const name of ["hidden", "logits"]) for (const kind of ["kernel", "bias"]) {
    const own = part(`${name}/${kind}`);
    own.set(constant(`${name}.${kind}`, own.length));
  }
  for (const [name, { mean, variance }] of net.statistics(parameters, pixels, count)) {
    const bias = part(`${name}/offset`);
    for (const [o, m] of mean.entries()) bias[o]! += m;
    part(`${name}/mean`).set(mean);
    part(`${name}/variance`).set(variance);
    part(`${name}/scale`).set(variance.map((v) => Math.sqrt(v + batchNormEpsilon)));
  }
  return parameters;
}
