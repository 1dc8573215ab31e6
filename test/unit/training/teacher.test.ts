import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { emotionNames } from "../../../src/core/emotions.js";
import { classCount, facePixels, faceSize } from "../../../src/training/data/face-set.js";
import type { Batch } from "../../../src/training/net/emotion-net.js";
import { openEmotionTeacher, taught, teachingBy } from "../../../src/training/teacher.js";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.js";
import { tinySpec, writeTinyModel } from "../../support/tiny-emotion-model.js";

const scale = { mean: 100, deviation: 40 };

let folder: TempFolder;
beforeEach(async () => {
  folder = await makeTempFolder();
});
afterEach(() => folder.remove());

describe("a teacher", () => {
  it("makes its share of the targets of the batch as it is, seen plain and in a mirror, whatever the order of its labels and its scale of pixels", async () => {
    await writeTinyModel(folder.path, tinySpec(faceSize), { temperature: 0.5, labels: emotionNames.toReversed() });
    await using classifier = await openEmotionTeacher(folder.path);
    const batch = ramps();
    const { targets, pixels } = await taught(batch, classifier, 0.25, scale);
    expect(pixels).toBe(batch.pixels);
    const { mean, deviation } = classifier.manifest.input;
    const inputs = batch.pixels.map((v) => (v * scale.deviation + scale.mean - mean) / deviation);
    const logits = await classifier.logits(inputs, batch.count, true);
    for (let i = 0; i < batch.count; i++) {
      const said = softmax([...logits.subarray(i * classCount, (i + 1) * classCount)]).toReversed();
      for (let k = 0; k < classCount; k++) expect(targets[i * classCount + k]).toBeCloseTo(0.75 * batch.targets[i * classCount + k]! + 0.25 * said[k]!, 5);
    }
  });

  it("refuses faces of another size than its own", async () => {
    await writeTinyModel(folder.path, tinySpec(faceSize));
    await using classifier = await openEmotionTeacher(folder.path);
    await expect(taught({ ...ramps(), size: 32 }, classifier, 0.5, scale)).rejects.toThrow(expect.objectContaining({ code: "training_failed" }));
  });

  it("is named by model and hash", async () => {
    const { sha256 } = await writeTinyModel(folder.path, tinySpec(faceSize));
    await using classifier = await openEmotionTeacher(folder.path);
    expect(teachingBy(classifier)).toEqual({ model: "test 1", sha256, share: 0.7 });
  });
});

function softmax(logits: readonly number[]): number[] {
  const exps = logits.map(Math.exp);
  const sum = exps.reduce((a, b) => a + b);
  return exps.map((e) => e / sum);
}

/** Two faces that get brighter to the right, the second one half as much. */
function ramps(): Batch {
  const targets = new Float32Array(2 * classCount);
  targets.set([1], 0);
  targets.set([0.5, 0.5], classCount);
  const pixels = Float32Array.from({ length: 2 * facePixels }, (_, i) => (i % faceSize) / (i < facePixels ? 24 : 48) - 1);
  return { count: 2, size: faceSize, pixels, targets };
}
