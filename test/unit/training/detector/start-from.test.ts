import { beforeAll, describe, expect, it } from "vitest";
import { exportStage } from "../../../../src/training/detector/export-stage.js";
import { initialStageParameters, outputCount, stageSpecs, type StageSpec } from "../../../../src/training/detector/nets.js";
import { StageNet } from "../../../../src/training/detector/stage-net.js";
import { stageParametersOfModel } from "../../../../src/training/detector/start-from.js";
import { openTensorflow, type Tensorflow } from "../../../../src/training/net/tensorflow.js";
import { randomFor } from "../../../../src/training/random.js";
import { partOf } from "../../../../src/training/unfold.js";

const count = 16;
let tensorflow: Tensorflow;

beforeAll(async () => {
  tensorflow = await openTensorflow();
});

describe("a stage that starts from an exported net", () => {
  it.each(["rnet", "onet"] as const)("says what the net says: %s", (name) => {
    const spec = stageSpecs[name];
    const { net, trained, pixels } = example(spec);
    const { parameters, convolutions } = stageParametersOfModel(net, exportStage(spec, trained), 1, pixels, count);
    expect(convolutions).toBe(spec.convolutions.length);
    const [expected, again] = [net.predict(trained, pixels, count), net.predict(parameters, pixels, count)];
    // R-Net is exported without its points.
    const compared = name === "onet" ? outputCount : 5;
    for (let i = 0; i < count; i++) for (let k = 0; k < compared; k++) expect(again[i * outputCount + k]).toBeCloseTo(expected[i * outputCount + k]!, 3);
  });

  it("of which some layers differ has its front, its back and its heads; the rest is fresh", () => {
    const separable: StageSpec = { ...stageSpecs.onet, convolutions: whole.convolutions.flatMap((c, i) => (i === 2 ? [{ ...c, outputs: "depthwise" as const }, { kernel: 1, stride: 1, outputs: c.outputs }] : [c])) };
    const { net: theirs, trained, pixels } = example(whole);
    const model = exportStage(whole, trained);
    const known = stageParametersOfModel(theirs, model, 1, pixels, count).parameters;
    const net = new StageNet(tensorflow, separable);
    const { parameters, convolutions } = stageParametersOfModel(net, model, 1, pixels, count);
    expect(convolutions).toBe(5);
    const fresh = initialStageParameters(net.layout, 1);
    for (const [own, their] of [["conv1", "conv1"], ["conv2", "conv2"], ["conv3", undefined], ["conv4", undefined], ["conv5", "conv4"], ["conv6", "conv5"], ["conv7", "conv6"], ["heads", "heads"]] as const) {
      for (const kind of own === "heads" ? ["kernel", "bias"] : ["kernel", "scale", "offset", "mean", "variance"]) {
        const expected = their === undefined ? partOf(net, fresh, `${own}/${kind}`) : partOf(theirs, known, `${their}/${kind}`);
        expect(partOf(net, parameters, `${own}/${kind}`), `${own}/${kind}`).toEqual(expected);
      }
    }
  });

  it("is refused for a net of windows of another size, and for what is no model", () => {
    const net = new StageNet(tensorflow, stageSpecs.rnet);
    const other = exportStage(stageSpecs.onet, initialStageParameters(new StageNet(tensorflow, stageSpecs.onet).layout, 1));
    for (const bytes of [other, Buffer.from("no model")]) {
      expect(() => stageParametersOfModel(net, bytes, 1, new Float32Array(24 * 24 * 3), 1)).toThrow(expect.objectContaining({ code: "model_invalid" }));
    }
  });
});

/** A net with a third convolution that sees all channels, as O-Net's was until 1.6.0. */
const whole: StageSpec = { name: "onet", size: 48, convolutions: [[4, 2, 32], [3, 2, 64], [3, 1, 96], [3, 2, 128], [3, 1, 192], [2, 1, 256]].map(([kernel, stride, outputs]) => ({ kernel: kernel!, stride: stride!, outputs: outputs! })) };

/** A net with parameters as training leaves them, and windows of noise. */
function example(spec: StageSpec) {
  const net = new StageNet(tensorflow, spec);
  const random = randomFor(1, spec.name);
  const trained = initialStageParameters(net.layout, 3);
  for (const { kind, name: of, offset, size } of net.layout.parameters) {
    for (let i = offset; i < offset + size; i++) {
      if (kind === "scale" || kind === "variance") trained[i] = random.between(0.5, 2);
      if (kind === "offset" || kind === "mean") trained[i] = 0.3 * random.normal();
      if (of === "heads/kernel") trained[i] = 0.2 * random.normal();
    }
  }
  return { net, trained, pixels: Float32Array.from({ length: count * spec.size ** 2 * 3 }, () => random.normal()) };
}
