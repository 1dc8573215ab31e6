// Writes the few ONNX messages that a plain CNN needs (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto). A library
// with ONNX's whole schema would be larger than this file.

import { bytes, text, varint } from "./protobuf.js";

/** ONNX's numbers of the types that tensors have here. */
export const tensorTypes = { float32: 1, uint8: 2, int8: 3, int32: 6 } as const;
const attributeTypes = { int: 2, ints: 7 } as const;

/** One node of the graph; attributes are integers or lists of integers. */
export interface OnnxNode {
  readonly type: string;
  readonly inputs: readonly string[];
  readonly output: string;
  readonly attributes?: Readonly<Record<string, number | readonly number[]>>;
}

export type OnnxValues = Float32Array | Uint8Array | Int8Array | Int32Array;

/** A constant tensor. */
export interface OnnxTensor<V extends OnnxValues = OnnxValues> {
  readonly name: string;
  readonly shape: readonly number[];
  readonly values: V;
}

/** A float input or output; names stand for sizes that vary. */
export interface OnnxValue {
  readonly name: string;
  readonly shape: readonly (number | string)[];
}

export interface OnnxGraph {
  readonly name: string;
  readonly nodes: readonly OnnxNode[];
  readonly constants: readonly OnnxTensor[];
  readonly input: OnnxValue;
  readonly outputs: readonly OnnxValue[];
  readonly metadata?: Readonly<Record<string, string>>;
}

export const onnxOpset = 17;
/** The format version that came with opset 17. */
const irVersion = 8;

/** The bytes of a `.onnx` file. */
export function encodeOnnx(graph: OnnxGraph): Buffer {
  const body = Buffer.concat([
    ...graph.nodes.map((n, i) => bytes(1, node(n, i))),
    text(2, graph.name),
    ...graph.constants.map((t) => bytes(5, tensor(t))),
    bytes(11, value(graph.input)),
    ...graph.outputs.map((o) => bytes(12, value(o))),
  ]);
  const metadata = Object.entries(graph.metadata ?? {}).map(([key, v]) => bytes(14, Buffer.concat([text(1, key), text(2, v)])));
  return Buffer.concat([varint(1, irVersion), text(2, "emostream"), bytes(7, body), bytes(8, Buffer.concat([text(1, ""), varint(2, onnxOpset)])), ...metadata]);
}

function node({ type, inputs, output, attributes = {} }: OnnxNode, index: number): Buffer {
  return Buffer.concat([...inputs.map((i) => text(1, i)), text(2, output), text(3, `${type}_${index}`), text(4, type), ...Object.entries(attributes).map(([name, v]) => bytes(5, attribute(name, v)))]);
}

function attribute(name: string, v: number | readonly number[]): Buffer {
  if (typeof v === "number") return Buffer.concat([text(1, name), varint(3, v), varint(20, attributeTypes.int)]);
  return Buffer.concat([text(1, name), ...v.map((n) => varint(8, n)), varint(20, attributeTypes.ints)]);
}

function tensor({ name, shape, values }: OnnxTensor): Buffer {
  const size = shape.reduce((a, b) => a * b, 1);
  if (size !== values.length) throw new RangeError(`expected ${size} values for ${name}, received ${values.length}`);
  return Buffer.concat([...shape.map((d) => varint(1, d)), varint(2, typeOf(values)), text(8, name), bytes(9, rawOf(values))]);
}

function typeOf(values: OnnxValues): number {
  if (values instanceof Float32Array) return tensorTypes.float32;
  if (values instanceof Int32Array) return tensorTypes.int32;
  return values instanceof Int8Array ? tensorTypes.int8 : tensorTypes.uint8;
}

/** Little-endian, whatever the machine is. */
function rawOf(values: OnnxValues): Buffer {
  if (values instanceof Uint8Array || values instanceof Int8Array) return Buffer.from(values);
  const raw = Buffer.alloc(values.length * 4);
  if (values instanceof Float32Array) for (const [i, v] of values.entries()) raw.writeFloatLE(v, i * 4);
  else for (const [i, v] of values.entries()) raw.writeInt32LE(v, i * 4);
  return raw;
}

function value({ name, shape }: OnnxValue): Buffer {
  const dims = shape.map((d) => bytes(1, typeof d === "number" ? varint(1, d) : text(2, d)));
  const type = bytes(1, Buffer.concat([varint(1, tensorTypes.float32), bytes(2, Buffer.concat(dims))]));
  return Buffer.concat([text(1, name), bytes(2, type)]);
}
