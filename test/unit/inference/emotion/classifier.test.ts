import { createHash } from "node:crypto";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { emotionNames } from "../../../../src/core/emotions.js";
import type { Picture } from "../../../../src/core/frame.js";
import { openEmotionClassifier } from "../../../../src/inference/emotion/classifier.js";
import { readEmotionModel, type EmotionManifest } from "../../../../src/inference/emotion/manifest.js";
import { exportOnnx } from "../../../../src/training/export-onnx.js";
import { initialParameters, layoutOf, type EmotionNetSpec } from "../../../../src/training/net/spec.js";

const spec: EmotionNetSpec = { inputSize: 16, widths: [4], convolutions: [1], units: 8, stageDropout: [0], denseDropout: [0, 0], classes: 7 };
const prior = [0.1, 0.05, 0.05, 0.3, 0.1, 0.1, 0.3];
const labels = emotionNames.toReversed();
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "emostream-model-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a model folder", () => {
  it("is refused when its file is damaged, swapped or missing, or the manifest does not fit", async () => {
    const manifest = await writeModel({});
    await expect(readEmotionModel(folder)).resolves.toMatchObject({ manifest: { labels } });
    const other = exportOnnx(spec, initialParameters(layoutOf(spec), 2));
    await writeFile(join(folder, "emotion.onnx"), other);
    await expect(readEmotionModel(folder)).rejects.toThrow(expect.objectContaining({ code: "model_invalid", message: expect.stringContaining("SHA-256") as string }));
    await rm(join(folder, "emotion.onnx"));
    await expect(readEmotionModel(folder)).rejects.toThrow(expect.objectContaining({ code: "model_invalid" }));
    await writeFile(join(folder, "manifest.json"), JSON.stringify({ ...manifest, labels: labels.with(0, labels[1]!) }));
    await expect(readEmotionModel(folder)).rejects.toThrow(/labels/);
    await writeFile(join(folder, "manifest.json"), "{");
    await expect(readEmotionModel(folder)).rejects.toThrow(expect.objectContaining({ code: "model_invalid" }));
  });

  it("is refused when the file with the right hash is no model", async () => {
    await writeModel({}, Buffer.from("not a model"));
    await expect(openEmotionClassifier(folder)).rejects.toThrow(expect.objectContaining({ code: "model_invalid" }));
  });
});

describe("the classifier", () => {
  it("gives each face a distribution in the manifest's label order, whatever the batch", async () => {
    await writeModel({});
    await using classifier = await openEmotionClassifier(folder);
    const picture = noise(120, 90);
    const faces = Array.from({ length: 22 }, (_, i) => ({ box: { x: i * 3, y: i * 2, width: 30, height: 30 } }));
    const together = await classifier.classify(picture, faces);
    expect(together).toHaveLength(22);
    for (const [i, scores] of together.entries()) {
      expect(Object.values(scores).reduce((a, b) => a + b)).toBeCloseTo(1, 9);
      const [alone] = await classifier.classify(picture, [faces[i]!]);
      for (const name of emotionNames) expect(scores[name]).toBeCloseTo(alone![name], 5);
    }
    expect(await classifier.classify(picture, [])).toEqual([]);
  });

  it("takes the prior off before the temperature", async () => {
    await writeModel({ temperature: 2, prior: { training: prior, tau: 1 } });
    await using classifier = await openEmotionClassifier(folder);
    const picture = noise(60, 60);
    const face = { box: { x: 5, y: 5, width: 40, height: 40 } };
    const [trained] = await classifier.classify(picture, [face], { prior: "training" });
    const [shipped] = await classifier.classify(picture, [face]);
    // log of the ratio of two classes: half of log(prior ratio) less than as trained.
    const ratio = (s: typeof trained) => Math.log(s!.anger / s!.neutral);
    const share = Math.log(prior[labels.indexOf("anger")]! / prior[labels.indexOf("neutral")]!);
    expect(ratio(shipped)).toBeCloseTo(ratio(trained) - share / 2, 6);
  });
});

async function writeModel(change: Partial<EmotionManifest>, bytes: Buffer = exportOnnx(spec, initialParameters(layoutOf(spec), 1))): Promise<EmotionManifest> {
  const manifest: EmotionManifest = {
    format: "emostream-emotion", version: 1, name: "test", modelVersion: "1", file: "emotion.onnx", sha256: createHash("sha256").update(bytes).digest("hex"), labels,
    input: { name: "input", size: 16, mean: 128, deviation: 64, equalize: false, blurSigma: 0, crop: { align: "box", points: [[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.76], [0.65, 0.76]], boxScale: 1, boxShift: 0 } },
    output: { name: "logits", kind: "logits" }, temperature: 1, prior: { training: prior, tau: 0.5 }, uncertainBelow: 0.5,
    training: { data: "none", command: "none", seed: 1, epochs: 0, parameters: 1, megaMultiplications: 1 }, metrics: {}, licence: "none", ...change,
  };
  await writeFile(join(folder, "emotion.onnx"), bytes);
  await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
  return manifest;
}

function noise(width: number, height: number): Picture {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919 + (i % 13) * 31) % 256);
  return { width, height, pixelFormat: "rgb24", data };
}
