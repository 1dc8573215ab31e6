import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { emotionNames } from "../../../src/core/emotions.js";
import { openEmotionClassifier } from "../../../src/inference/emotion/classifier.js";
import { classCount, facePixels, faceSize, type FaceSet } from "../../../src/training/data/face-set.js";
import { taught, teachingBy } from "../../../src/training/teacher.js";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.js";
import { tinySpec, writeTinyModel } from "../../support/tiny-emotion-model.js";

let folder: TempFolder;
beforeEach(async () => {
  folder = await makeTempFolder();
});
afterEach(() => folder.remove());

describe("a teacher", () => {
  it("makes its share of the targets: the mean of what it says of a face and of its mirror image", async () => {
    await writeTinyModel(folder.path, tinySpec(faceSize), { temperature: 0.5 });
    await using classifier = await openEmotionClassifier(folder.path);
    const faces = ramps();
    const { targets, labels } = await taught(faces, classifier, 0.25);
    expect(labels).toEqual(faces.labels);
    const { manifest } = classifier;
    const inputs = (mirror: boolean) => Float32Array.from({ length: facePixels }, (_, i) => {
      const x = i % faceSize;
      return (faces.pixels[i - x + (mirror ? faceSize - 1 - x : x)]! - manifest.input.mean) / manifest.input.deviation;
    });
    const said = await Promise.all([false, true].map(async (mirror) => softmax([...(await classifier.logits(inputs(mirror), 1))].map((v) => v / 0.5))));
    for (let k = 0; k < classCount; k++) expect(targets[k]).toBeCloseTo(0.75 * faces.targets[k]! + 0.125 * (said[0]![k]! + said[1]![k]!), 5);
    expect(targets.slice(classCount).reduce((a, b) => a + b)).toBeCloseTo(1, 5);
  });

  it("is named by model and hash", async () => {
    const { sha256 } = await writeTinyModel(folder.path, tinySpec(faceSize));
    await using classifier = await openEmotionClassifier(folder.path);
    expect(teachingBy(classifier)).toEqual({ model: "test 1", sha256, share: 0.5 });
  });
});

function softmax(logits: readonly number[]): number[] {
  const exps = logits.map(Math.exp);
  const sum = exps.reduce((a, b) => a + b);
  return exps.map((e) => e / sum);
}

/** Two faces that get brighter to the right. */
function ramps(): FaceSet {
  const targets = new Float32Array(2 * classCount);
  targets.set([1], 0);
  targets.set([0.5, 0.5], classCount);
  return {
    count: 2,
    pixels: Uint8Array.from({ length: 2 * facePixels }, (_, i) => 5 * (i % faceSize)),
    targets,
    labels: new Uint8Array(2),
    agreement: new Float32Array(2).fill(1),
    names: emotionNames.slice(0, 2),
  };
}
