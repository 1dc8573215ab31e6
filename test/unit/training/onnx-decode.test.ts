import { readdirSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { packageRoot } from "../../../src/core/package-info.js";
import { openOnnxModel } from "../../../src/inference/onnx.js";
import { decodeOnnx } from "../../../src/training/onnx-decode.js";
import { encodeOnnx, type OnnxGraph } from "../../../src/training/onnx-file.js";

const graph: OnnxGraph = {
  name: "all kinds",
  nodes: [
    { type: "Conv", inputs: ["input", "k", "b"], output: "sum", attributes: { kernel_shape: [3, 300], group: 1, pads: [0, 1, 0, 1] } },
    { type: "Relu", inputs: ["sum"], output: "out" },
  ],
  constants: [
    { name: "floats", shape: [2, 2], values: Float32Array.of(0.1, -1e-30, 3e38, -0) },
    { name: "bytes", shape: [3], values: Uint8Array.of(0, 128, 255) },
    { name: "small", shape: [3], values: Int8Array.of(-128, -1, 127) },
    { name: "integers", shape: [2], values: Int32Array.of(-(2 ** 31), 2 ** 31 - 1) },
    { name: "one", shape: [], values: Float32Array.of(7) },
  ],
  input: { name: "input", shape: ["N", 3, "height", 48] },
  outputs: [{ name: "out", shape: ["N", 1] }, { name: "sum", shape: [2] }],
  metadata: { producer: "a test", note: "ä" },
};
const committed = ["emotion", "detector"].flatMap((folder) => readdirSync(join(packageRoot, "models", folder)).filter((file) => file.endsWith(".onnx")).map((file) => `${folder}/${file}`));

describe("an ONNX file of our own", () => {
  it("is read back as the graph that it was written from", () => {
    expect(decodeOnnx(encodeOnnx(graph))).toEqual(graph);
    const { metadata: _metadata, ...plain } = graph;
    expect(decodeOnnx(encodeOnnx(plain))).toEqual(plain);
  });

  it("is refused where it is cut, or no model", () => {
    const bytes = encodeOnnx(graph);
    for (const broken of [Buffer.alloc(0), Buffer.from("no model"), Buffer.alloc(64, 0xff), bytes.subarray(0, bytes.length >> 1)]) {
      expect(() => decodeOnnx(broken)).toThrow(expect.objectContaining({ code: "model_invalid" }));
    }
  });

  it.each(committed)("%s decodes and encodes to a file that answers the same", async (file) => {
    const bytes = await readFile(join(packageRoot, "models", file));
    const again = decodeOnnx(bytes);
    await using own = await openOnnxModel(bytes);
    await using copy = await openOnnxModel(encodeOnnx(again));
    const shape = again.input.shape.map((side, i) => (typeof side === "number" ? side : i === 0 ? 2 : 40));
    const data = Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.sin(i));
    const [expected, found] = [await own.run({ input: { data, shape } }), await copy.run({ input: { data, shape } })];
    expect(Object.keys(expected).length).toBeGreaterThan(0);
    expect(found).toEqual(expected);
  });
});
