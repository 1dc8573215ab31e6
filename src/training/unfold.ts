// Batch normalisation out of an exported model, where it is part of the convolutions, back into layers of its own: for a run that goes on from that model.

import { AppError } from "../core/errors.js";
import { batchNormEpsilon, type ChannelStatistics } from "./net/ops.js";
import type { Channels, Layout } from "./net/spec.js";
import type { OnnxTensor } from "./onnx-file.js";

/** A net whose convolutions have no bias, each followed by batch normalisation. */
export interface NormalisedNet {
  readonly layout: Layout;
  /** Mean and variance of what each convolution gives over `count` pictures (normalised), by its name. */
  statistics(parameters: Float32Array, pixels: Float32Array, count: number): Map<string, ChannelStatistics>;
}

/** The part of a net's flat array that a parameter lies in. */
export function partOf({ layout }: NormalisedNet, parameters: Float32Array, name: string): Float32Array {
  const { offset, size } = layout.parameters.find((p) => p.name === name)!;
  return parameters.subarray(offset, offset + size);
}

/** Values of a model's constant. @throws AppError `model_invalid` unless there are `size` of them */
export function constantOf(constants: ReadonlyMap<string, OnnxTensor<Float32Array>>, name: string, size: number): Float32Array {
  const values = constants.get(name)?.values;
  if (values?.length !== size) throw new AppError("model_invalid", `Expected a model of the same net as the one that is trained: ${size} numbers in ${name}, received ${values?.length ?? "none"}.`);
  return values;
}

/**
 * Writes these convolutions and their batch normalisation into `parameters`, whose other parts stay: they then give what the model's give. Each layer gets the mean and variance that it has over `pixels`
 * (normalised, `count` pictures), so that a training step, which normalises by its own batch, goes on where the model is.
 * @throws AppError `model_invalid` when the model is of another net
 */
export function unfoldBatchNorm(net: NormalisedNet, convolutions: readonly (Pick<Channels, "seen" | "outputs"> & { readonly name: string })[], constants: ReadonlyMap<string, OnnxTensor<Float32Array>>, parameters: Float32Array, pixels: Float32Array, count: number): void {
  const part = (name: string) => partOf(net, parameters, name);
  for (const { name, seen, outputs } of convolutions) {
    const kernel = part(`${name}/kernel`);
    const stored = constantOf(constants, `${name}.kernel`, kernel.length);
    const taps = kernel.length / (seen * outputs);
    for (let o = 0; o < outputs; o++) for (let i = 0; i < seen; i++) for (let k = 0; k < taps; k++) kernel[(k * seen + i) * outputs + o] = stored[(o * seen + i) * taps + k]!;
    part(`${name}/offset`).set(constantOf(constants, `${name}.bias`, outputs));
    part(`${name}/scale`).fill(1);
    part(`${name}/mean`).fill(0);
    part(`${name}/variance`).fill(1 - batchNormEpsilon);
  }
  const statistics = net.statistics(parameters, pixels, count);
  for (const { name } of convolutions) {
    const { mean, variance } = statistics.get(name)!;
    const bias = part(`${name}/offset`);
    for (const [o, m] of mean.entries()) bias[o]! += m;
    part(`${name}/mean`).set(mean);
    part(`${name}/variance`).set(variance);
    part(`${name}/scale`).set(variance.map((v) => Math.sqrt(v + batchNormEpsilon)));
  }
}
