// Weights to start a stage from: those of an exported net of the same shape.

import { onnxConstants } from "../onnx-constants.js";
import { constantOf, partOf, unfoldBatchNorm } from "../unfold.js";
import { heads, initialStageParameters, outputCount, placedConvolutions } from "./nets.js";
import type { StageNet } from "./stage-net.js";

/**
 * Parameters of `net` with which it says what the model says; undefined where the model is of another net. Statistics are those of `pixels` (normalised, `count` windows).
 * @throws AppError `model_invalid` for what is no such model
 */
export function stageParametersOfModel(net: StageNet, model: Uint8Array, seed: number, pixels: Float32Array, count: number): Float32Array | undefined {
  const constants = onnxConstants(model);
  const convolutions = placedConvolutions(net.spec);
  const isSame = convolutions.every(({ name, kernel, seen, outputs }) => constants.get(`${name}.kernel`)?.shape.join() === [outputs, seen, kernel, kernel].join()) && !constants.has(`conv${convolutions.length + 1}.kernel`);
  if (!isSame) return undefined;
  const parameters = initialStageParameters(net.layout, seed);
  const features = convolutions.at(-1)!.outputs;
  const [kernel, bias] = [partOf(net, parameters, "heads/kernel"), partOf(net, parameters, "heads/bias")];
  // Points that are not exported start at an average face's.
  for (const [name, from, to] of heads) {
    if (!constants.has(`${name}.kernel`)) continue;
    const stored = constantOf(constants, `${name}.kernel`, (to - from) * features);
    for (let o = from; o < to; o++) for (let f = 0; f < features; f++) kernel[f * outputCount + o] = stored[(o - from) * features + f]!;
    bias.set(constantOf(constants, `${name}.bias`, to - from), from);
  }
  unfoldBatchNorm(net, convolutions, constants, parameters, pixels, count);
  return parameters;
}
