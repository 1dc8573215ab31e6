// What a net on bytes says too much or too little on average, taken off the biases of its last layers, which are floats (Nagel et al., "Data-Free Quantization", 2019).

import { openOnnxModel, type FloatTensor } from "../../inference/onnx.js";
import { encodeOnnx, type OnnxGraph, type OnnxNode } from "../onnx-file.js";

/** What may stand between a last layer and the net's output. */
const afterwards: readonly string[] = ["Flatten"];

/** `quantized` with the biases that make the means of its answers those of `graph`. @throws AppError `model_invalid`, `engine_failed` */
export async function correctHeads(graph: OnnxGraph, quantized: OnnxGraph, batches: readonly FloatTensor[]): Promise<OnnxGraph> {
  const heads = headsOf(graph);
  const [wanted, found] = [await channelMeans(graph, heads, batches), await channelMeans(quantized, heads, batches)];
  const biases = new Map(heads.map(({ inputs, output }) => [inputs[2]!, { wanted: wanted.get(output)!, found: found.get(output)! }]));
  return {
    ...quantized,
    constants: quantized.constants.map((constant) => {
      const means = biases.get(constant.name);
      return means === undefined ? constant : { ...constant, values: Float32Array.from(constant.values, (v, c) => v + means.wanted[c]! - means.found[c]!) };
    }),
  };
}

/** The layers with a bias behind which no other comes. */
function headsOf({ nodes, outputs }: OnnxGraph): OnnxNode[] {
  const isLast = (name: string): boolean => outputs.some((o) => o.name === name) || nodes.some(({ type, inputs, output }) => afterwards.includes(type) && inputs[0] === name && isLast(output));
  return nodes.filter(({ type, inputs, output }) => (type === "Conv" || type === "Gemm") && inputs.length === 3 && isLast(output));
}

async function channelMeans(graph: OnnxGraph, heads: readonly OnnxNode[], batches: readonly FloatTensor[]): Promise<Map<string, Float64Array>> {
  await using model = await openOnnxModel(encodeOnnx({ ...graph, outputs: heads.map(({ output }) => ({ name: output, shape: [] })) }), graph.name);
  const sums = new Map<string, { readonly channels: Float64Array; values: number }>();
  for (const batch of batches) {
    for (const [name, { data, shape }] of Object.entries(await model.run({ [graph.input.name]: batch }))) {
      const count = shape[1]!;
      const sum = sums.get(name) ?? { channels: new Float64Array(count), values: 0 };
      sums.set(name, sum);
      const places = data.length / (shape[0]! * count);
      for (const [i, v] of data.entries()) sum.channels[Math.floor(i / places) % count]! += v;
      sum.values += shape[0]! * places;
    }
  }
  return new Map([...sums].map(([name, { channels, values }]) => [name, channels.map((s) => s / values)]));
}
