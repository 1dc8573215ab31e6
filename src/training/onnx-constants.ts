// Reads the float constants out of an `.onnx` file as onnx-file.ts writes it. What else there is in it is ONNX Runtime's to read.

import { AppError } from "../core/errors.js";
import { float32Type, type OnnxTensor } from "./onnx-file.js";
import { fieldsOf, type Field } from "./protobuf.js";

const graphField = 7;
const constantField = 5;
const tensorFields = { dims: 1, dataType: 2, name: 8, raw: 9 } as const;

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

function numberOf(value: number | Buffer): number {
  if (typeof value !== "number") throw new RangeError("expected a number, received bytes");
  return value;
}

function bytesOf(field: Field | undefined): Buffer {
  if (field === undefined || typeof field.value === "number") throw new RangeError("expected bytes, received none");
  return field.value;
}
