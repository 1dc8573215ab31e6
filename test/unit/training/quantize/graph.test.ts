import { describe, expect, it } from "vitest";
import { openOnnxModel } from "../../../../src/inference/onnx.js";
import { exportOnnx } from "../../../../src/training/export-onnx.js";
import { initialParameters, layoutOf, type EmotionNetSpec } from "../../../../src/training/net/spec.js";
import { decodeOnnx } from "../../../../src/training/onnx-decode.js";
import { encodeOnnx, type OnnxGraph } from "../../../../src/training/onnx-file.js";
import { kernelSteps } from "../../../../src/training/quantize/arithmetic.js";
import { calibrate, nearestRange } from "../../../../src/training/quantize/calibrate.js";
import { byteConvolutions, quantizeGraph, tensorsToMeasure } from "../../../../src/training/quantize/graph.js";
import { quantizeNet } from "../../../../src/training/quantize/quantize-net.js";
import { randomFor } from "../../../../src/training/random.js";

const spec: EmotionNetSpec = { inputSize: 16, widths: [16, 32], convolutions: [1, 2], units: 16, stageDropout: [0, 0], denseDropout: [0, 0], classes: 7 };
const model = exportOnnx(spec, initialParameters(layoutOf(spec), 5));
const random = randomFor(1, "inputs");
const inputs = Float32Array.from({ length: 40 * 256 }, () => random.normal());

/** One convolution of 3x3 with ReLU over 16 channels of 6x6. */
function convolution(kernel: Float32Array, bias: Float32Array): OnnxGraph {
  return {
    name: "convolution",
    nodes: [
      { type: "Conv", inputs: ["input", "kernel", "bias"], output: "sum", attributes: { kernel_shape: [3, 3], pads: [1, 1, 1, 1], strides: [1, 1] } },
      { type: "Relu", inputs: ["sum"], output: "out" },
    ],
    constants: [{ name: "kernel", shape: [8, 16, 3, 3], values: kernel }, { name: "bias", shape: [8], values: bias }],
    input: { name: "input", shape: ["N", 16, 6, 6] },
    outputs: [{ name: "out", shape: ["N", 8, 6, 6] }],
  };
}

/** The net with what its convolutions say as its output. */
function withFeatures(net: Uint8Array): Buffer {
  return encodeOnnx({ ...decodeOnnx(net), outputs: [{ name: "features", shape: ["N", 32] }] });
}

function meanOf(logits: Float32Array, label: number): number {
  return logits.reduce((sum, v, i) => (i % 7 === label ? sum + v : sum), 0) / (logits.length / 7);
}

async function answer(graph: OnnxGraph, data: Float32Array): Promise<Float32Array> {
  await using net = await openOnnxModel(encodeOnnx(graph));
  return (await net.run({ input: { data, shape: [1, 16, 6, 6] } }))["out"]!.data.slice();
}

describe("a net on bytes", () => {
  it("answers within the steps of its input, kernels and output", async () => {
    const kernel = Float32Array.from({ length: 8 * 144 }, () => random.normal() * 0.1);
    const graph = convolution(kernel, Float32Array.from({ length: 8 }, () => random.normal()));
    const data = Float32Array.from({ length: 576 }, () => random.between(-1, 3));
    const expected = await answer(graph, data);
    const high = Math.max(...expected);
    const found = await answer(quantizeGraph(graph, new Map([["input", { low: -1, high: 3 }], ["out", { low: 0, high }]])), data);
    let largest = 0;
    for (let o = 0; o < 8; o++) {
      const own = kernel.subarray(o * 144, (o + 1) * 144);
      const step = Math.max(...own.map(Math.abs)) / kernelSteps;
      const bound = (own.reduce((sum, w) => sum + Math.abs(w), 0) * (4 / 255)) / 2 + 144 * 3.01 * (step / 2) + high / 255;
      for (let i = o * 36; i < (o + 1) * 36; i++) {
        expect(Math.abs(found[i]! - expected[i]!)).toBeLessThan(bound);
        largest = Math.max(largest, Math.abs(found[i]! - expected[i]!));
      }
    }
    // Bytes were at work, and what they cost is small beside what there is to say.
    expect(largest).toBeGreaterThan(0);
    expect(largest).toBeLessThan(high / 20);
  });

  it("adds the largest bytes to the largest kernels exactly: no sum of 16 bits overflows", async () => {
    const graph = convolution(new Float32Array(8 * 144).fill(1), new Float32Array(8));
    const data = new Float32Array(576).fill(255);
    const found = await answer(quantizeGraph(graph, new Map([["input", { low: 0, high: 255 }], ["out", { low: 0, high: 255 * 144 }]])), data);
    // In the middle nine taps of sixteen channels, in a corner four.
    expect(found[7]).toBe(255 * 144);
    expect(found[0]).toBe(255 * 64);
  });

  it("holds integers where the floats were, but for the first convolution and the last layers", async () => {
    const graph = decodeOnnx(await quantizeNet(model, inputs, [1, 16, 16]));
    const floats = graph.constants.filter(({ values }) => values instanceof Float32Array && values.length > 64).map(({ name }) => name);
    expect(floats).toEqual(["conv1_1.kernel", "hidden.kernel", "logits.kernel"]);
    expect(graph.constants.find(({ name }) => name === "conv2_1.kernel")?.values).toBeInstanceOf(Int8Array);
    expect(graph.constants.find(({ name }) => name === "conv2_1.bias")?.values).toBeInstanceOf(Int32Array);
    const zeros = graph.constants.filter(({ name, values }) => name.endsWith("out.zero") && values instanceof Uint8Array);
    expect(zeros.length).toBe(3);
    for (const { values } of zeros) expect([...values]).toEqual([0]);
  });

  it("says nearly what the net on floats says, and twice the same", async () => {
    const bytes = await quantizeNet(model, inputs, [1, 16, 16]);
    expect(await quantizeNet(model, inputs, [1, 16, 16])).toEqual(bytes);
    await using floats = await openOnnxModel(model);
    await using integers = await openOnnxModel(bytes);
    await using expected = await openOnnxModel(withFeatures(model));
    await using found = await openOnnxModel(withFeatures(bytes));
    const feeds = { input: { data: inputs.subarray(0, 16 * 256), shape: [16, 1, 16, 16] } };
    const [a, b] = [(await expected.run(feeds))["features"]!.data, (await found.run(feeds))["features"]!.data];
    const span = Math.max(...a);
    expect(span).toBeGreaterThan(0);
    for (const [i, v] of a.entries()) expect(Math.abs(b[i]! - v)).toBeLessThan(span / 25);
    const all = { input: { data: inputs, shape: [40, 1, 16, 16] } };
    const [wanted, said] = [(await floats.run(all))["logits"]!.data, (await integers.run(all))["logits"]!.data];
    // On what it was calibrated with its answers are right on average.
    for (let c = 0; c < 7; c++) expect(meanOf(said, c)).toBeCloseTo(meanOf(wanted, c), 5);
    expect(said).not.toEqual(wanted);
  });

  it("measures no tensor twice: what max pooling gives is as what it takes", () => {
    const graph = decodeOnnx(model);
    expect(byteConvolutions(graph).map(({ kernel }) => kernel)).toEqual(["conv2_1.kernel", "conv2_2.kernel"]);
    expect(tensorsToMeasure(graph)).toEqual(["conv1_1.out", "conv2_1.out", "conv2_2.out"]);
  });

  it("is refused without a convolution that ReLU follows, and without a range", () => {
    const graph = convolution(new Float32Array(8 * 144), new Float32Array(8));
    expect(() => quantizeGraph({ ...graph, nodes: graph.nodes.map((node) => (node.type === "Relu" ? { ...node, type: "PRelu" } : node)) }, new Map())).toThrow(expect.objectContaining({ code: "model_invalid" }));
    expect(() => quantizeGraph(graph, new Map([["input", { low: 0, high: 1 }]]))).toThrow(RangeError);
  });
});

describe("calibration", () => {
  it("finds the range of each tensor on its inputs", async () => {
    const graph = convolution(new Float32Array(8 * 144).fill(1), new Float32Array(8).fill(2));
    const data = new Float32Array(576).fill(0.5);
    const ranges = await calibrate(graph, ["input", "out"], [{ data, shape: [1, 16, 6, 6] }]);
    expect(ranges.get("input")!.high).toBeCloseTo(0.5, 6);
    expect(ranges.get("out")!.low).toBe(0);
    expect(ranges.get("out")!.high).toBeCloseTo(74, 3);
    expect((await calibrate(graph, ["input", "out"], [{ data: new Float32Array(576), shape: [1, 16, 6, 6] }])).get("input")).toEqual({ low: 0, high: 0 });
  });

  it("cuts off what is rare and far out, and keeps a range that is used evenly", () => {
    const counts = new Float64Array(2048);
    counts.fill(1000, 0, 600);
    expect(nearestRange({ low: 0, high: 10, counts: counts.with(2047, 1) }).high).toBeLessThan(6);
    expect(nearestRange({ low: -10, high: 10, counts: new Float64Array(2048).fill(1) })).toEqual({ low: -10, high: 10 });
  });
});
