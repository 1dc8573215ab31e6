// Weights to start a stage from: those of an exported net, all of them or those of the layers at its front and its back that are the same.

import { AppError } from "../../core/errors.js";
import { isDepthwise } from "../net/spec.js";
import { floatConstants } from "../onnx-constants.js";
import { decodeOnnx } from "../onnx-decode.js";
import type { OnnxGraph } from "../onnx-file.js";
import { constantOf, partOf, unfoldBatchNorm } from "../unfold.js";
import { headOutputs, initialStageParameters, outputCount, placedConvolutions, type PlacedConvolution, type StageSpec } from "./nets.js";
import type { StageNet } from "./stage-net.js";

type Constants = ReturnType<typeof floatConstants>;

/** Parameters to start from, and how many of the net's convolutions have the model's. */
export interface StageStart {
  readonly parameters: Float32Array;
  readonly convolutions: number;
}

/**
 * Parameters of `net` with the model's where both have the same layers, from the first on and from the last on; the others are fresh. With all of them the same, `net` says what the model says. Statistics are
 * those that the model has over `pixels` (normalised, `count` windows).
 * @throws AppError `model_invalid` for what is no such model
 */
export function stageParametersOfModel(net: StageNet, model: Uint8Array, seed: number, pixels: Float32Array, count: number): StageStart {
  const graph = decodeOnnx(model);
  const constants = floatConstants(graph);
  const theirs = net.of(specOf(graph, constants, net.spec));
  const known = wholeModel(theirs, constants, seed, pixels, count);
  const pairs = alike(placedConvolutions(net.spec), placedConvolutions(theirs.spec));
  if (pairs.length === net.spec.convolutions.length) return { parameters: known, convolutions: pairs.length };
  const parameters = initialStageParameters(net.layout, seed);
  for (const [own, other] of pairs) for (const kind of ["kernel", "scale", "offset", "mean", "variance"]) partOf(net, parameters, `${own}/${kind}`).set(partOf(theirs, known, `${other}/${kind}`));
  const [features, seen] = [net, theirs].map(({ spec }) => placedConvolutions(spec).at(-1)!.outputs);
  if (features === seen) for (const name of ["heads/kernel", "heads/bias"]) partOf(net, parameters, name).set(partOf(theirs, known, name));
  return { parameters, convolutions: pairs.length };
}

/** The net that `exportStage` wrote; name and size are those of the net that starts from it. @throws AppError `model_invalid` */
function specOf({ nodes }: OnnxGraph, constants: Constants, { name, size }: StageSpec): StageSpec {
  try {
    const convolutions = nodes.filter(({ type, inputs }) => type === "Conv" && inputs[1]!.startsWith("conv")).map(({ inputs, attributes }) => {
      const [outputs, , kernel] = constants.get(inputs[1]!)!.shape as [number, number, number];
      return { kernel, stride: (attributes!["strides"] as number[])[0]!, outputs: attributes!["group"] === undefined ? outputs : ("depthwise" as const) };
    });
    const spec = { name, size, convolutions };
    placedConvolutions(spec);
    return spec;
  } catch (error) {
    throw new AppError("model_invalid", `Expected a net of windows of ${size} pixels, as \`train\` writes it.`, { cause: error });
  }
}

function wholeModel(net: StageNet, constants: Constants, seed: number, pixels: Float32Array, count: number): Float32Array {
  const convolutions = placedConvolutions(net.spec);
  const parameters = initialStageParameters(net.layout, seed);
  const features = convolutions.at(-1)!.outputs;
  const [kernel, bias] = [partOf(net, parameters, "heads/kernel"), partOf(net, parameters, "heads/bias")];
  // Points that are not exported start at an average face's.
  const served = headOutputs(net.spec);
  const stored = constantOf(constants, "heads.kernel", served * features);
  for (let o = 0; o < served; o++) for (let f = 0; f < features; f++) kernel[f * outputCount + o] = stored[o * features + f]!;
  bias.set(constantOf(constants, "heads.bias", served));
  unfoldBatchNorm(net, convolutions, constants, parameters, pixels, count);
  return parameters;
}

/** Names of the convolutions that both nets have at their front, then those at their back. */
function alike(own: readonly PlacedConvolution[], theirs: readonly PlacedConvolution[]): [own: string, theirs: string][] {
  const most = Math.min(own.length, theirs.length);
  let front = 0;
  while (front < most && isSame(own[front]!, theirs[front]!)) front++;
  let back = 0;
  while (back < most - front && isSame(own.at(-1 - back)!, theirs.at(-1 - back)!)) back++;
  const shift = theirs.length - own.length;
  return own.flatMap(({ name }, i): [string, string][] => (i < front ? [[name, theirs[i]!.name]] : i >= own.length - back ? [[name, theirs[i + shift]!.name]] : []));
}

function isSame(a: PlacedConvolution, b: PlacedConvolution): boolean {
  return isDepthwise(a) === isDepthwise(b) && (["kernel", "stride", "inputs", "outputs", "side"] as const).every((k) => a[k] === b[k]);
}
