// Reads the float constants out of an `.onnx` file as onnx-file.ts writes it. What else there is in it is ONNX Runtime's to read.

import { AppError } from "../core/errors.js";
import type { OnnxTensor } from "./onnx-file.js";

const [wireVarint, wireFixed64, wireBytes, wireFixed32] = [0, 1, 2, 5];
const graphField = 7;
const constantField = 5;
const tensorFields = { dims: 1, dataType: 2, name: 8, raw: 9 } as const;
const float32Type = 1;

interface Field {
  readonly number: number;
  /** A varint's value, or the bytes of everything else. */
  readonly value: number | Buffer;
}

/** Constants by name. @throws AppError `model_invalid` unless the bytes are ONNX with float constants stored raw */
export function onnxConstants(model: Uint8Array): Map<string, OnnxTensor> {
  try {
    const graph = bytesOf(fieldsOf(Buffer.from(model.buffer, model.byteOffset, model.length)).find(({ number }) => number === graphField));
    const tensors = fieldsOf(graph).filter(({ number }) => number === constantField).map((field) => tensorOf(bytesOf(field)));
    return new Map(tensors.map((tensor) => [tensor.name, tensor]));
  } catch (error) {
    throw new AppError("model_invalid", "Expected an ONNX file whose constants are floats, as `train` writes it.", { cause: error });
  }
}

function tensorOf(content: Buffer): OnnxTensor {
  const fields = fieldsOf(content);
  const shape = fields.flatMap(({ number, value }) => (number === tensorFields.dims ? [numberOf(value)] : []));
  const type = fields.find(({ number }) => number === tensorFields.dataType)?.value;
  const raw = bytesOf(fields.find(({ number }) => number === tensorFields.raw));
  const size = shape.reduce((a, b) => a * b, 1);
  if (type !== float32Type || raw.length !== size * 4) throw new RangeError(`expected ${size} floats, received ${raw.length} bytes of type ${String(type)}`);
  return { name: bytesOf(fields.find(({ number }) => number === tensorFields.name)).toString("utf8"), shape, values: Float32Array.from({ length: size }, (_, i) => raw.readFloatLE(i * 4)) };
}

function fieldsOf(content: Buffer): Field[] {
  const fields: Field[] = [];
  let at = 0;
  const varint = (): number => {
    let value = 0;
    for (let scale = 1; ; scale *= 128) {
      const digit = content.readUInt8(at++);
      value += (digit % 128) * scale;
      if (digit < 128) return value;
    }
  };
  const take = (length: number): Buffer => {
    if (at + length > content.length) throw new RangeError("expected more bytes, received the end of the file");
    return content.subarray(at, (at += length));
  };
  while (at < content.length) {
    const tag = varint();
    const wire = tag % 8;
    if (![wireVarint, wireFixed64, wireBytes, wireFixed32].includes(wire)) throw new RangeError(`expected a field, received wire type ${wire}`);
    fields.push({ number: Math.floor(tag / 8), value: wire === wireVarint ? varint() : take(wire === wireBytes ? varint() : wire === wireFixed64 ? 8 : 4) });
  }
  return fields;
}

function numberOf(value: number | Buffer): number {
  if (typeof value !== "number") throw new RangeError("expected a number, received bytes");
  return value;
}

function bytesOf(field: Field | undefined): Buffer {
  if (field === undefined || typeof field.value === "number") throw new RangeError("expected bytes, received none");
  return field.value;
}
