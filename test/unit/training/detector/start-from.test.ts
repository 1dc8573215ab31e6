import { beforeAll, describe, expect, it } from "vitest";
import { exportStage } from "../../../../src/training/detector/export-stage.js";
import { initialStageParameters, outputCount, stageSpecs } from "../../../../src/training/detector/nets.js";
import { StageNet } from "../../../../src/training/detector/stage-net.js";
import { stageParametersOfModel } from "../../../../src/training/detector/start-from.js";
import { openTensorflow, type Tensorflow } from "../../../../src/training/net/tensorflow.js";
import { randomFor } from "../../../../src/training/random.js";

const count = 16;
let tensorflow: Tensorflow;

beforeAll(async () => {
  tensorflow = await openTensorflow();
});

describe("a stage that starts from an exported net", () => {
  it.each(["rnet", "onet"] as const)("says what the net says: %s", (name) => {
    const spec = stageSpecs[name];
    const net = new StageNet(tensorflow, spec);
    const random = randomFor(1, name);
    const trained = initialStageParameters(net.layout, 3);
    for (const { kind, name: of, offset, size } of net.layout.parameters) {
      for (let i = offset; i < offset + size; i++) {
        if (kind === "scale" || kind === "variance") trained[i] = random.between(0.5, 2);
        if (kind === "offset" || kind === "mean") trained[i] = 0.3 * random.normal();
        if (of === "heads/kernel") trained[i] = 0.2 * random.normal();
      }
    }
    const pixels = Float32Array.from({ length: count * spec.size ** 2 * 3 }, () => random.normal());
    const parameters = stageParametersOfModel(net, exportStage(spec, trained), 1, pixels, count)!;
    const [expected, again] = [net.predict(trained, pixels, count), net.predict(parameters, pixels, count)];
    // R-Net is exported without its points.
    const compared = name === "onet" ? outputCount : 5;
    for (let i = 0; i < count; i++) for (let k = 0; k < compared; k++) expect(again[i * outputCount + k]).toBeCloseTo(expected[i * outputCount + k]!, 3);
  });

  it("is not asked of a net of another shape, and refused for what is no model", () => {
    const net = new StageNet(tensorflow, stageSpecs.rnet);
    const other = exportStage(stageSpecs.onet, initialStageParameters(new StageNet(tensorflow, stageSpecs.onet).layout, 1));
    expect(stageParametersOfModel(net, other, 1, new Float32Array(24 * 24 * 3), 1)).toBeUndefined();
    expect(() => stageParametersOfModel(net, Buffer.from("no model"), 1, new Float32Array(24 * 24 * 3), 1)).toThrow(expect.objectContaining({ code: "model_invalid" }));
  });
});
