// Reads an `.onnx` file back into the graph that it was written from, as onnx-file.ts writes it. Files of other writers are ONNX Runtime's to read.

import { AppError } from "../core/errors.js";
import { tensorTypes, type OnnxGraph, type OnnxNode, type OnnxTensor, type OnnxValue, type OnnxValues } from "./onnx-file.js";
import { fieldsOf, type Field } from "./protobuf.js";

/** Field numbers of https://github.com/onnx/onnx/blob/main/onnx/onnx.proto. */
const modelFields = { graph: 7, metadata: 14 } as const;
const graphFields = { node: 1, name: 2, constant: 5, input: 11, output: 12 } as const;
const nodeFields = { input: 1, output: 2, type: 4, attribute: 5 } as const;
const attributeFields = { name: 1, int: 3, ints: 8, type: 20 } as const;
const tensorFields = { dims: 1, dataType: 2, name: 8, raw: 9 } as const;
const valueFields = { name: 1, type: 2 } as const;
/** Type of an attribute that is a list of integers. */
const intsType = 7;

/** The graph of a file that `train`, `models import` or `models quantize` wrote. @throws AppError `model_invalid` for other bytes */
export function decodeOnnx(model: Uint8Array): OnnxGraph {
  try {
    const fields = fieldsOf(Buffer.from(model.buffer, model.byteOffset, model.length));
    const graph = fieldsOf(one(fields, modelFields.graph));
    const metadata = Object.fromEntries(all(fields, modelFields.metadata).map((entry) => [textOf(fieldsOf(entry), 1), textOf(fieldsOf(entry), 2)]));
    return {
      name: textOf(graph, graphFields.name),
      nodes: all(graph, graphFields.node).map(nodeOf),
      constants: all(graph, graphFields.constant).map(tensorOf),
      input: valueOf(one(graph, graphFields.input)),
      outputs: all(graph, graphFields.output).map(valueOf),
      ...(Object.keys(metadata).length === 0 ? {} : { metadata }),
    };
  } catch (error) {
    throw new AppError("model_invalid", "Expected an ONNX file as `train` writes it.", { cause: error });
  }
}

function nodeOf(content: Buffer): OnnxNode {
  const fields = fieldsOf(content);
  const attributes = Object.fromEntries(all(fields, nodeFields.attribute).map(attributeOf));
  return {
    type: textOf(fields, nodeFields.type),
    inputs: all(fields, nodeFields.input).map((name) => name.toString("utf8")),
    output: textOf(fields, nodeFields.output),
    ...(Object.keys(attributes).length === 0 ? {} : { attributes }),
  };
}

function attributeOf(content: Buffer): [name: string, value: number | number[]] {
  const fields = fieldsOf(content);
  const isList = numberOf(fields, attributeFields.type) === intsType;
  return [textOf(fields, attributeFields.name), isList ? numbers(fields, attributeFields.ints) : numberOf(fields, attributeFields.int)];
}

function tensorOf(content: Buffer): OnnxTensor {
  const fields = fieldsOf(content);
  const shape = numbers(fields, tensorFields.dims);
  const name = textOf(fields, tensorFields.name);
  return { name, shape, values: valuesOf(name, one(fields, tensorFields.raw), numberOf(fields, tensorFields.dataType), shape.reduce((a, b) => a * b, 1)) };
}

function valuesOf(name: string, raw: Buffer, type: number, size: number): OnnxValues {
  const width = type === tensorTypes.float32 || type === tensorTypes.int32 ? 4 : 1;
  if (raw.length !== size * width) throw new RangeError(`expected ${size * width} bytes for ${name}, received ${raw.length}`);
  switch (type) {
    case tensorTypes.float32:
      return Float32Array.from({ length: size }, (_, i) => raw.readFloatLE(i * 4));
    case tensorTypes.int32:
      return Int32Array.from({ length: size }, (_, i) => raw.readInt32LE(i * 4));
    case tensorTypes.int8:
      return Int8Array.from(raw);
    case tensorTypes.uint8:
      return Uint8Array.from(raw);
    default:
      throw new RangeError(`expected floats, bytes or integers for ${name}, received type ${type}`);
  }
}

function valueOf(content: Buffer): OnnxValue {
  const fields = fieldsOf(content);
  const tensor = fieldsOf(one(fieldsOf(one(fields, valueFields.type)), 1));
  const dims = all(fieldsOf(one(tensor, 2)), 1).map((dim) => fieldsOf(dim));
  return { name: textOf(fields, valueFields.name), shape: dims.map((dim) => (dim.some(({ number }) => number === 1) ? numberOf(dim, 1) : textOf(dim, 2))) };
}

function all(fields: readonly Field[], number: number): Buffer[] {
  return fields.flatMap((field) => {
    if (field.number !== number) return [];
    if (typeof field.value === "number") throw new RangeError(`expected bytes in field ${number}, received a number`);
    return [field.value];
  });
}

function one(fields: readonly Field[], number: number): Buffer {
  const [content] = all(fields, number);
  if (content === undefined) throw new RangeError(`expected field ${number}, received none`);
  return content;
}

function textOf(fields: readonly Field[], number: number): string {
  return one(fields, number).toString("utf8");
}

function numbers(fields: readonly Field[], number: number): number[] {
  return fields.flatMap((field) => {
    if (field.number !== number) return [];
    if (typeof field.value !== "number") throw new RangeError(`expected a number in field ${number}, received bytes`);
    return [field.value];
  });
}

function numberOf(fields: readonly Field[], number: number): number {
  const [value] = numbers(fields, number);
  if (value === undefined) throw new RangeError(`expected field ${number}, received none`);
  return value;
}
