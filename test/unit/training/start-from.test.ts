import { beforeAll, describe, expect, it } from "vitest";
import { classCount } from "../../../src/training/data/face-set.js";
import { exportOnnx } from "../../../src/training/export-onnx.js";
import { EmotionNet } from "../../../src/training/net/emotion-net.js";
import { initialParameters, type EmotionNetSpec } from "../../../src/training/net/spec.js";
import { openTensorflow, type Tensorflow } from "../../../src/training/net/tensorflow.js";
import { onnxConstants } from "../../../src/training/onnx-constants.js";
import { randomFor } from "../../../src/training/random.js";
import { parametersOfFront, parametersOfModel } from "../../../src/training/start-from.js";

const tiny: EmotionNetSpec = { inputSize: 16, widths: [4, 8], convolutions: [1, 2], units: 16, stageDropout: [0, 0], denseDropout: [0, 0], classes: classCount };
const count = 32;
const random = randomFor(1, "pixels");
const pixels = Float32Array.from({ length: count * 256 }, () => random.normal());
let tensorflow: Tensorflow;

beforeAll(async () => {
  tensorflow = await openTensorflow();
});

describe("a run that starts from an exported model", () => {
  it.each([["dense", tiny], ["separable", { ...tiny, separableFrom: 1 }]])("says what the model says, as it is and in a step that normalises by its own batch: %s", (_kind, spec) => {
    const net = new EmotionNet(tensorflow, spec);
    const trained = used(net);
    const parameters = parametersOfModel(net, exportOnnx(spec, trained), pixels, count);
    const expected = net.predict(trained, pixels, count);
    const again = net.predict(parameters, pixels, count);
    // A net whose answers differ from face to face, or equality would say little.
    expect(Math.max(...expected) - Math.min(...expected)).toBeGreaterThan(0.1);
    for (const [i, v] of expected.entries()) expect(again[i]).toBeCloseTo(v, 3);
    const batch = { pixels, targets: new Float32Array(count * classCount).fill(1 / classCount), count, size: 16 };
    const { logits } = net.step(parameters.slice(), batch, { seed: 1, step: 0 });
    for (const [i, v] of expected.entries()) expect(logits[i]).toBeCloseTo(v, 2);
  });

  it("is refused for a model of another net, and for what is no model", () => {
    const net = new EmotionNet(tensorflow, tiny);
    const other = { ...tiny, widths: [4, 6] };
    const model = exportOnnx(other, initialParameters(new EmotionNet(tensorflow, other).layout, 1));
    expect(() => parametersOfModel(net, model, pixels, count)).toThrow(expect.objectContaining({ code: "model_invalid" }));
    for (const broken of [Buffer.from("no model"), Buffer.alloc(0), model.subarray(0, model.length >> 1), Buffer.alloc(64, 0xff)]) expect(() => onnxConstants(broken)).toThrow(expect.objectContaining({ code: "model_invalid" }));
  });
});

describe("a run whose first layers start from a model", () => {
  const other: EmotionNetSpec = { ...tiny, widths: [4, 8, 12], convolutions: [1, 2, 1], separableFrom: 2, stageDropout: [0, 0, 0] };

  it("has there what the model's layers say, and fresh weights behind them", () => {
    const from = new EmotionNet(tensorflow, tiny);
    const trained = used(from);
    const net = new EmotionNet(tensorflow, other);
    const { parameters, convolutions } = parametersOfFront(net, exportOnnx(tiny, trained), 5, pixels, count);
    expect(convolutions).toBe(3);
    // Equal statistics of a layer's sums mean equal layers before it.
    const [own, expected] = [net.statistics(parameters, pixels, count), from.statistics(parametersOfModel(from, exportOnnx(tiny, trained), pixels, count), pixels, count)];
    for (const [name, { mean, variance }] of expected) {
      for (const [o, m] of mean.entries()) expect(own.get(name)!.mean[o], name).toBeCloseTo(m, 4);
      for (const [o, v] of variance.entries()) expect(own.get(name)!.variance[o], name).toBeCloseTo(v, 4);
    }
    const fresh = initialParameters(net.layout, 5);
    for (const { name, offset, size } of net.layout.parameters) {
      const isFront = ["conv1_1/", "conv2_1/", "conv2_2/"].some((layer) => name.startsWith(layer));
      if (!isFront) expect(parameters.subarray(offset, offset + size), name).toEqual(fresh.subarray(offset, offset + size));
    }
  });

  it("is refused where not even the first layer is alike", () => {
    const wide = { ...tiny, widths: [6, 8] };
    const model = exportOnnx(wide, initialParameters(new EmotionNet(tensorflow, wide).layout, 1));
    expect(() => parametersOfFront(new EmotionNet(tensorflow, tiny), model, 1, pixels, count)).toThrow(expect.objectContaining({ code: "model_invalid" }));
  });
});

/** Parameters as after a training: scales, offsets and statistics are no longer those of a fresh net. */
function used(net: EmotionNet): Float32Array {
  const parameters = initialParameters(net.layout, 3);
  for (const { kind, offset, size } of net.layout.parameters) {
    for (let i = offset; i < offset + size; i++) {
      if (kind === "scale" || kind === "variance") parameters[i] = random.between(0.5, 2);
      if (kind === "offset" || kind === "mean" || kind === "bias") parameters[i] = 0.3 * random.normal();
    }
  }
  const logits = net.layout.parameters.find(({ name }) => name === "logits/kernel")!;
  for (let i = logits.offset; i < logits.offset + logits.size; i++) parameters[i] = 0.3 * random.normal();
  return parameters;
}
