// A net whose convolutions work on bytes: QuantizeLinear and DequantizeLinear about each, which ONNX Runtime fuses into integer kernels when it loads. Pure.

import { AppError } from "../../core/errors.js";
import type { OnnxGraph, OnnxNode, OnnxTensor } from "../onnx-file.js";
import { byteScale, quantizeBias, quantizeKernel, type ByteScale, type Range } from "./arithmetic.js";

/** One convolution that works on bytes: tensors go by their names in the graph. */
export interface ByteConvolution {
  readonly node: OnnxNode;
  readonly input: string;
  /** Kernel's and bias's constants. */
  readonly kernel: string;
  readonly bias: string;
  /** What its ReLU gives. */
  readonly output: string;
}

/** A convolution with fewer inputs stays on floats: ONNX Runtime's integer kernels take four bytes at a time, so it gains nothing, and as a net's first one it would add a third of the error. */
const leastInputs = 4;

/** The convolutions that may work on bytes: those that a ReLU follows. Heads stay on floats, since a box or a logit needs finer steps than its whole range has bytes. @throws AppError `model_invalid` without any */
export function byteConvolutions({ name: title, nodes, constants }: OnnxGraph): ByteConvolution[] {
  const inputsOf = new Map(constants.map(({ name, shape }) => [name, shape[1] ?? 0]));
  const found = nodes.flatMap((node) => {
    const [input, kernel, bias] = node.inputs;
    const readers = nodes.filter((n) => n.inputs.includes(node.output));
    if (node.type !== "Conv" || input === undefined || kernel === undefined || bias === undefined || inputsOf.get(kernel)! < leastInputs || readers.length !== 1 || readers[0]!.type !== "Relu") return [];
    return [{ node, input, kernel, bias, output: readers[0]!.output }];
  });
  if (found.length === 0) throw new AppError("model_invalid", `Expected a net with convolutions that ReLU follows, received ${title} without: it cannot work on bytes.`);
  return found;
}

/** The tensors whose ranges `quantizeGraph` wants to know: inputs and outputs of the byte convolutions. What max pooling gives has the range of what it takes. */
export function tensorsToMeasure(graph: OnnxGraph): string[] {
  const pooled = new Map(pools(graph).map(({ inputs, output }) => [output, inputs[0]!]));
  return [...new Set(byteConvolutions(graph).flatMap(({ input, output }) => [pooled.get(input) ?? input, output]))];
}

/** The same net on bytes. @throws AppError `model_invalid` for a net without a convolution that could, RangeError without the range of a tensor */
export function quantizeGraph(graph: OnnxGraph, ranges: ReadonlyMap<string, Range>): OnnxGraph {
  const convolutions = new Map(byteConvolutions(graph).map((c) => [c.node, c]));
  const scales = byteScales(graph, ranges);
  const floats = new Map(graph.constants.flatMap(({ name, values }) => (values instanceof Float32Array ? [[name, values] as const] : [])));
  const constants: OnnxTensor[] = [];
  const nodes: OnnxNode[] = [];
  const named = (name: string) => (scales.has(name) ? `${name}.bytes.real` : name);
  const toBytes = (name: string) => {
    const scale = scales.get(name);
    if (scale === undefined) return;
    constants.push({ name: `${name}.scale`, shape: [], values: Float32Array.of(scale.scale) }, { name: `${name}.zero`, shape: [], values: Uint8Array.of(scale.zeroPoint) });
    nodes.push({ type: "QuantizeLinear", inputs: [name, `${name}.scale`, `${name}.zero`], output: `${name}.bytes` }, { type: "DequantizeLinear", inputs: [`${name}.bytes`, `${name}.scale`, `${name}.zero`], output: named(name) });
  };
  /** A constant as integers, one scale for each output. */
  const constant = (name: string, shape: readonly number[], values: Int8Array | Int32Array, own: Float32Array) => {
    const zero = values instanceof Int8Array ? new Int8Array(own.length) : new Int32Array(own.length);
    constants.push({ name, shape, values }, { name: `${name}.scale`, shape: [own.length], values: own }, { name: `${name}.zero`, shape: [own.length], values: zero });
    nodes.push({ type: "DequantizeLinear", inputs: [name, `${name}.scale`, `${name}.zero`], output: `${name}.real`, attributes: { axis: 0 } });
  };
  toBytes(graph.input.name);
  for (const node of graph.nodes) {
    const own = convolutions.get(node);
    if (own === undefined) {
      for (const name of node.inputs) if (floats.has(name)) constants.push(graph.constants.find((c) => c.name === name)!);
      nodes.push({ ...node, inputs: node.inputs.map(named) });
    } else {
      const shape = graph.constants.find(({ name }) => name === own.kernel)!.shape;
      const kernel = quantizeKernel(floats.get(own.kernel)!, shape[0]!);
      const bias = quantizeBias(floats.get(own.bias)!, scales.get(own.input)!.scale, kernel.scales);
      constant(own.kernel, shape, kernel.values, kernel.scales);
      constant(own.bias, [shape[0]!], bias.values, bias.scales);
      nodes.push({ ...node, inputs: [named(own.input), `${own.kernel}.real`, `${own.bias}.real`] });
    }
    toBytes(node.output);
  }
  return { ...graph, nodes, constants };
}

/** How each tensor that is to be bytes becomes them. */
function byteScales(graph: OnnxGraph, ranges: ReadonlyMap<string, Range>): Map<string, ByteScale> {
  const scales = new Map(
    tensorsToMeasure(graph).map((name) => {
      const range = ranges.get(name);
      if (range === undefined) throw new RangeError(`expected a range for ${name}, received none`);
      return [name, byteScale(range)];
    }),
  );
  for (const { inputs, output } of pools(graph)) {
    const scale = scales.get(inputs[0]!);
    if (scale !== undefined) scales.set(output, scale);
  }
  return scales;
}

function pools({ nodes }: OnnxGraph): OnnxNode[] {
  return nodes.filter(({ type }) => type === "MaxPool");
}
