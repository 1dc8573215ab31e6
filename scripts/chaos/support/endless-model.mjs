// An emotion model that never answers: its graph is an ONNX Loop of 2^60 rounds. To ONNX Runtime it is a good model; `run` stays inside its kernel.
import { createHash } from "node:crypto";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { bytes, text, varint } from "../../../dist/training/protobuf.js";
import { root } from "./server.mjs";

// Numbers of ONNX's protocol buffers (https://github.com/onnx/onnx/blob/main/onnx/onnx.proto).
const types = { float: 1, int64: 7, bool: 9 };
const graphAttribute = 5;
const side = 8;

/** Writes the model and its manifest, which is the real one's but for file and size, into `folder`. */
export function writeEndlessModel(folder) {
  mkdirSync(folder, { recursive: true });
  const model = encodeModel();
  writeFileSync(join(folder, "endless.onnx"), model);
  const manifest = JSON.parse(readFileSync(join(root, "models/emotion/manifest.json"), "utf8"));
  const sha256 = createHash("sha256").update(model).digest("hex");
  writeFileSync(join(folder, "manifest.json"), JSON.stringify({ ...manifest, name: "endless", file: "endless.onnx", sha256, input: { ...manifest.input, size: side } }));
  return folder;
}

function encodeModel() {
  const body = graph("round", {
    nodes: [node("Identity", ["go_on"], ["still"]), node("Sin", ["x"], ["next"])],
    inputs: [value("round", types.int64, []), value("go_on", types.bool, []), value("x", types.float, [])],
    outputs: [value("still", types.bool, []), value("next", types.float, [])],
  });
  const main = graph("endless", {
    nodes: [
      node("Flatten", ["input"], ["pixels"]),
      node("ReduceMean", ["input"], ["mean"], [attribute("keepdims", Buffer.concat([varint(3, 0), varint(20, 2)]))]),
      node("Loop", ["rounds", "", "mean"], ["last"], [attribute("body", Buffer.concat([bytes(6, body), varint(20, graphAttribute)]))]),
      node("MatMul", ["pixels", "weights"], ["rows"]),
      node("Add", ["rows", "last"], ["logits"]),
    ],
    constants: [constant("rounds", types.int64, [], int64(2n ** 60n)), constant("weights", types.float, [side * side, 7], Buffer.alloc(side * side * 7 * 4))],
    inputs: [value("input", types.float, ["n", 1, side, side])],
    outputs: [value("logits", types.float, ["n", 7])],
  });
  return Buffer.concat([varint(1, 8), bytes(7, main), bytes(8, Buffer.concat([text(1, ""), varint(2, 17)]))]);
}

function graph(name, { nodes, constants = [], inputs, outputs }) {
  return Buffer.concat([...nodes.map((n) => bytes(1, n)), text(2, name), ...constants.map((c) => bytes(5, c)), ...inputs.map((v) => bytes(11, v)), ...outputs.map((v) => bytes(12, v))]);
}

function node(type, inputs, outputs, attributes = []) {
  return Buffer.concat([...inputs.map((i) => text(1, i)), ...outputs.map((o) => text(2, o)), text(4, type), ...attributes.map((a) => bytes(5, a))]);
}

function attribute(name, content) {
  return Buffer.concat([text(1, name), content]);
}

function constant(name, type, shape, raw) {
  return Buffer.concat([...shape.map((d) => varint(1, d)), varint(2, type), text(8, name), bytes(9, raw)]);
}

function value(name, type, shape) {
  const dims = Buffer.concat(shape.map((d) => bytes(1, typeof d === "number" ? varint(1, d) : text(2, d))));
  return Buffer.concat([text(1, name), bytes(2, bytes(1, Buffer.concat([varint(1, type), bytes(2, dims)])))]);
}

function int64(number) {
  const raw = Buffer.alloc(8);
  raw.writeBigInt64LE(number);
  return raw;
}
