import { readFile, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { AppError } from "../../../../src/core/errors.js";
import { packageRoot } from "../../../../src/core/package-info.js";
import { openMtcnnDetector } from "../../../../src/inference/mtcnn/detector.js";
import type { StageName } from "../../../../src/training/detector/nets.js";
import { encodeOnnx, type OnnxNode, type OnnxValue } from "../../../../src/training/onnx-file.js";
import { noisePicture } from "../../../support/pixels.js";
import { makeTempFolder, type TempFolder } from "../../../support/temp-folder.js";
import { tinySpec, writeTinyModel } from "../../../support/tiny-emotion-model.js";
import { untrainedStage, writeUntrainedDetector } from "../../../support/untrained-detector.js";

let folder: TempFolder;

beforeEach(async () => {
  folder = await makeTempFolder();
});
afterEach(() => folder.remove());

/** The public text of the refusal. */
async function refusal(path = folder.path): Promise<string> {
  const error = await openMtcnnDetector(path).then(async (detector) => detector.close(), (e: unknown) => e);
  expect(error).toBeInstanceOf(AppError);
  expect((error as AppError).code).toBe("model_invalid");
  return (error as AppError).message;
}

describe("a detector's folder", () => {
  it("that is whole opens, and names its model", async () => {
    await writeUntrainedDetector(folder.path, { change: { name: "mine", modelVersion: "7" } });
    const detector = await openMtcnnDetector(folder.path);
    expect(detector.models).toEqual([{ name: "mine", role: "detector", version: "7", precision: "fp32" }]);
    await expect(detector.detect(noisePicture(60, 50, 1))).resolves.toBeInstanceOf(Array);
    await detector.close();
  });

  it("looks more closely where it is asked to and the manifest says how; what somebody has set stands", async () => {
    const picture = noisePicture(200, 160, 1);
    // Untrained nets give half of what they see a score of 0.5: all of it or nothing is a face.
    const thorough = { scoreThresholds: [0, 0, 0], scaleFactor: 0.8 } as const;
    await writeUntrainedDetector(folder.path, { change: { scoreThresholds: [1, 1, 1], thorough: { ...thorough, scoreThresholds: [...thorough.scoreThresholds] } } });
    const found = async (settings: Parameters<typeof openMtcnnDetector>[1], closely: boolean) => {
      const detector = await openMtcnnDetector(folder.path, settings);
      expect(detector.thorough).toBe(true);
      const faces = await detector.detect(picture, { thorough: closely });
      await detector.close();
      return faces.length;
    };
    expect(await found({}, false)).toBe(0);
    expect(await found({}, true)).toBeGreaterThan(0);
    expect(await found({ scoreThresholds: [1, 1, 1] }, true)).toBe(0);
    await writeUntrainedDetector(folder.path);
    const usual = await openMtcnnDetector(folder.path);
    expect(usual.thorough).toBe(false);
    await usual.close();
  });

  it("is refused without a manifest, or with one that is not: it says which file and what was expected", async () => {
    expect(await refusal()).toContain("manifest.json");
    expect(await refusal(folder.file("none"))).toContain("manifest.json");
    await writeUntrainedDetector(folder.path);
    await writeFile(folder.file("manifest.json"), "{");
    expect(await refusal()).toContain("JSON");
    await writeFile(folder.file("manifest.json"), "null");
    expect(await refusal()).toContain("emostream-mtcnn");
  });

  it("is refused where one value of the manifest does not fit: it says which", async () => {
    const whole = await writeUntrainedDetector(folder.path);
    for (const [path, change] of [
      ["scoreThresholds", { scoreThresholds: [0.6, 0.7] }],
      ["scoreThresholds", { scoreThresholds: [0.6, 0.7, 1.5] }],
      ["scaleFactor", { scaleFactor: 1 }],
      ["minFaceSize", { minFaceSize: 0 }],
      ["thorough.scaleFactor", { thorough: { scoreThresholds: [0.5, 0.5, 0.5], scaleFactor: 1 } }],
      ["version", { version: 2 }],
      ["deviation", { input: { mean: 0, deviation: 0 } }],
      ["stages.rnet.size", { stages: { ...whole.stages, rnet: { ...whole.stages.rnet, size: 48 } } }],
      ["stages.pnet.file", { stages: { ...whole.stages, pnet: { ...whole.stages.pnet, file: "../pnet.onnx" } } }],
      ["stages", { stages: undefined }],
      ["unknownKey", { unknownKey: 1 }],
    ] as const) {
      await writeFile(folder.file("manifest.json"), JSON.stringify({ ...whole, ...change }));
      expect(await refusal()).toContain(path);
    }
  });

  it("of another kind of model is refused for what it is", async () => {
    await writeTinyModel(folder.path, tinySpec(48));
    const message = await refusal();
    expect(message).toContain("emostream-mtcnn");
    expect(message).toContain("emostream-emotion");
    expect(await refusal(join(packageRoot, "models/emotion"))).toBe(message);
    await writeFile(folder.file("manifest.json"), "[]");
    expect(await refusal()).toContain("emostream-mtcnn");
  });

  it("is refused when a net is missing, swapped or cut off", async () => {
    await writeUntrainedDetector(folder.path);
    await writeFile(folder.file("rnet.onnx"), await readFile(folder.file("onet.onnx")));
    expect(await refusal()).toMatch(/Expected rnet\.onnx with SHA-256 [0-9a-f]{12}…, received [0-9a-f]{12}…/);
    await rm(folder.file("rnet.onnx"));
    expect(await refusal()).toContain("rnet.onnx");
    // Cut off, and the manifest names it so.
    const onet = untrainedStage("onet");
    for (const bytes of [onet.subarray(0, onet.length >> 1), onet.subarray(0, 3), Buffer.alloc(0), Buffer.from("not a model")]) {
      await writeUntrainedDetector(folder.path, { nets: { onet: bytes } });
      const message = await refusal();
      expect(message).toContain("onet");
      expect(message).toContain("ONNX");
    }
  });

  it.each<[string, Partial<Record<StageName, Buffer>>, RegExp]>([
    ["R-Net in P-Net's place", { pnet: untrainedStage("rnet") }, /pnet.*16x16/],
    ["O-Net in R-Net's place", { rnet: untrainedStage("onet") }, /rnet.*24x24/],
    ["R-Net in O-Net's place", { onet: untrainedStage("rnet") }, /onet.*3x48x48/],
    ["an input of another name", { rnet: constantNet("image", ["N", 3, 24, 24], { answers: ["N", 5] }) }, /rnet.*`input`.*received image/],
    ["a grey input", { rnet: constantNet("input", ["N", 1, 24, 24], { answers: ["N", 5] }) }, /rnet.*3x24x24/],
    ["outputs of other names", { rnet: constantNet("input", ["N", 3, 24, 24], { scores: ["N", 1], boxes: ["N", 4] }) }, /rnet.*`answers`.*received input and scores, boxes/],
    ["four numbers a window", { rnet: constantNet("input", ["N", 3, 24, 24], { answers: ["N", 4] }) }, /rnet.*1x5 numbers.*received 1x4/],
    ["another stride than the manifest says", { pnet: constantNet("input", ["N", 3, "height", "width"], { answers: ["N", 5, 1, 1] }) }, /pnet.*1x5x2x2 numbers.*received 1x5x1x1/],
  ])("is refused with %s", async (_what, nets, message) => {
    await writeUntrainedDetector(folder.path, { nets });
    expect(await refusal()).toMatch(message);
  });
});

/** A net that says 0 of everything, in the shapes asked for: the mean of its input, times nothing. */
function constantNet(input: string, shape: OnnxValue["shape"], outputs: Readonly<Record<string, OnnxValue["shape"]>>): Buffer {
  const nodes: OnnxNode[] = [{ type: "GlobalAveragePool", inputs: [input], output: "mean" }];
  const constants = [];
  for (const [name, own] of Object.entries(outputs)) {
    const count = own[1] as number;
    const channels = shape[1] as number;
    constants.push({ name: `${name}.kernel`, shape: [count, channels, 1, 1], values: new Float32Array(count * channels) });
    const flat = own.length === 2;
    nodes.push({ type: "Conv", inputs: ["mean", `${name}.kernel`], output: flat ? `${name}.map` : name, attributes: { kernel_shape: [1, 1] } });
    if (flat) nodes.push({ type: "Flatten", inputs: [`${name}.map`], output: name, attributes: { axis: 1 } });
  }
  return encodeOnnx({ name: "constant", nodes, constants, input: { name: input, shape }, outputs: Object.entries(outputs).map(([name, own]) => ({ name, shape: own })) });
}
