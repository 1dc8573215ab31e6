import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { emotionNames } from "../../../../src/core/emotions.js";
import type { Picture } from "../../../../src/core/frame.js";
import { openEmotionClassifier } from "../../../../src/inference/emotion/classifier.js";
import { readEmotionModel } from "../../../../src/inference/emotion/manifest.js";
import { exportOnnx } from "../../../../src/training/export-onnx.js";
import { initialParameters, layoutOf } from "../../../../src/training/net/spec.js";
import { tinySpec, writeTinyModel } from "../../../support/tiny-emotion-model.js";

const spec = tinySpec(16);
const prior = [0.1, 0.05, 0.05, 0.3, 0.1, 0.1, 0.3];
const labels = emotionNames.toReversed();
const change = { labels, prior: { training: prior, tau: 0.5 } };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "emostream-model-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("a model folder", () => {
  it("is refused when its file is damaged, swapped or missing, or the manifest does not fit", async () => {
    const manifest = await writeTinyModel(folder, spec, change);
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
    await writeTinyModel(folder, spec, change, Buffer.from("not a model"));
    await expect(openEmotionClassifier(folder)).rejects.toThrow(expect.objectContaining({ code: "model_invalid" }));
  });
});

describe("the classifier", () => {
  it("gives each face a distribution in the manifest's label order, whatever the batch", async () => {
    await writeTinyModel(folder, spec, change);
    await using classifier = await openEmotionClassifier(folder);
    const picture = noise(120, 90);
    const faces = Array.from({ length: 22 }, (_, i) => ({ box: { x: i * 3, y: i * 2, width: 30, height: 30 } }));
    const together = await classifier.classify(picture, faces);
    expect(together).toHaveLength(22);
    for (const [i, { emotions: scores, sharpness }] of together.entries()) {
      expect(Object.values(scores).reduce((a, b) => a + b)).toBeCloseTo(1, 9);
      const [alone] = await classifier.classify(picture, [faces[i]!]);
      for (const name of emotionNames) expect(scores[name]).toBeCloseTo(alone!.emotions[name], 5);
      expect(sharpness).toBe(alone!.sharpness);
    }
    expect(await classifier.classify(picture, [])).toEqual([]);
  });

  it("with a look in the mirror answers the same for a picture and its mirror image, in logits the mean of both", async () => {
    // A fresh net says next to nothing: its last layer is made to speak up.
    const layout = layoutOf(spec);
    const parameters = initialParameters(layout, 1);
    const last = layout.parameters.find(({ name }) => name === "logits/kernel")!;
    for (let i = last.offset; i < last.offset + last.size; i++) parameters[i]! *= 300;
    const model = exportOnnx(spec, parameters);
    await writeTinyModel(folder, spec, change, model);
    await using classifier = await openEmotionClassifier(folder);
    const picture = noise(60, 50);
    const turned = { ...picture, data: picture.data.map((_, i) => picture.data[Math.floor(i / 180) * 180 + (59 - (Math.floor(i / 3) % 60)) * 3 + (i % 3)]!) };
    const [there, here] = [{ box: { x: 4, y: 5, width: 32, height: 32 } }, { box: { x: 60 - 4 - 32, y: 5, width: 32, height: 32 } }];
    const said = async (of: Picture, face: typeof here, mirror: boolean) => (await classifier.classify(of, [face], { prior: "training", mirror }))[0]!.emotions;
    const [plain, other, both] = [await said(picture, there, false), await said(turned, here, false), await said(picture, there, true)];
    const again = await said(turned, here, true);
    for (const name of emotionNames) {
      expect(both[name]).toBeCloseTo(again[name], 5);
      // Softmax of mean logits: odds are the geometric means of the odds.
      expect((both[name] / both.neutral) ** 2 / ((plain[name] * other[name]) / (plain.neutral * other.neutral))).toBeCloseTo(1, 5);
    }
    expect(Math.abs(plain.anger - other.anger)).toBeGreaterThan(1e-3);
  });

  it("takes the prior off before the temperature", async () => {
    await writeTinyModel(folder, spec, { ...change, temperature: 2, prior: { training: prior, tau: 1 } });
    await using classifier = await openEmotionClassifier(folder);
    const picture = noise(60, 60);
    const face = { box: { x: 5, y: 5, width: 40, height: 40 } };
    const [trained] = await classifier.classify(picture, [face], { prior: "training" });
    const [shipped] = await classifier.classify(picture, [face]);
    // log of the ratio of two classes: half of log(prior ratio) less than as trained.
    const ratio = (s: typeof trained) => Math.log(s!.emotions.anger / s!.emotions.neutral);
    const share = Math.log(prior[labels.indexOf("anger")]! / prior[labels.indexOf("neutral")]!);
    expect(ratio(shipped)).toBeCloseTo(ratio(trained) - share / 2, 6);
  });

  it("takes a prior at opening or for one picture: a number, none, or the user's own distribution in any label order", async () => {
    await writeTinyModel(folder, spec, { ...change, prior: { training: prior, tau: 0.5 } });
    const own = { anger: 0.3, disgust: 0.1, fear: 0.1, happiness: 0.1, sadness: 0.1, surprise: 0.2, neutral: 0.1 };
    await using classifier = await openEmotionClassifier(folder, own);
    expect(classifier.emotion).toEqual({ model: "test", version: "1", prior: own, temperature: 1, uncertainBelow: 0.5 });
    const picture = noise(60, 60);
    const face = { box: { x: 5, y: 5, width: 40, height: 40 } };
    const [trained] = await classifier.classify(picture, [face], { prior: "training" });
    const [shifted] = await classifier.classify(picture, [face]);
    // Each class' odds change by own share over training share.
    const factor = (name: "anger" | "neutral") => own[name] / prior[labels.indexOf(name)]!;
    expect(shifted!.emotions.anger / shifted!.emotions.neutral).toBeCloseTo(((trained!.emotions.anger / trained!.emotions.neutral) * factor("anger")) / factor("neutral"), 6);
    const [equalized] = await classifier.classify(picture, [face], { prior: "training", equalize: true });
    expect(equalized!.emotions).not.toEqual(trained!.emotions);
    // Equalising does not change what was measured before it.
    expect(equalized!.sharpness).toBe(trained!.sharpness);
  });
});

function noise(width: number, height: number): Picture {
  const data = Uint8Array.from({ length: width * height * 3 }, (_, i) => (i * 7919 + (i % 13) * 31) % 256);
  return { width, height, pixelFormat: "rgb24", data };
}
