import { createHash } from "node:crypto";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { emotionNames } from "../../../src/core/emotions.js";
import { openEmotionClassifier } from "../../../src/inference/emotion/classifier.js";
import { classCount, facePixels, faceSize, type FaceSet } from "../../../src/training/data/face-set.js";
import { evaluateFaces, logitsOf } from "../../../src/training/evaluate.js";
import { writeEvaluation } from "../../../src/training/evaluate-emotion.js";
import { exportOnnx } from "../../../src/training/export-onnx.js";
import { initialParameters, layoutOf } from "../../../src/training/net/spec.js";
import { niceTicks } from "../../../src/training/report/plot.js";
import { slices } from "../../../src/training/slices.js";
import { tinySpec, writeTinyModel } from "../../support/tiny-emotion-model.js";

const plain = { prior: "training" as const, equalize: false, blurSigma: 0, mirror: false };
let folder: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "emostream-eval-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("evaluation", () => {
  it("puts logits into the feed's order, whatever order the model has", async () => {
    const set = faces(9);
    const spec = tinySpec(faceSize);
    await writeTinyModel(folder, spec);
    await using straight = await openEmotionClassifier(folder);
    const expected = await logitsOf(straight, set, plain);
    // The same net with its outputs turned round, and a manifest that says so.
    const parameters = initialParameters(layoutOf(spec), 1);
    for (const p of layoutOf(spec).parameters) {
      if (!p.name.startsWith("logits/")) continue;
      for (let row = p.offset; row < p.offset + p.size; row += classCount) parameters.subarray(row, row + classCount).reverse();
    }
    const turned = exportOnnx(spec, parameters);
    await writeTinyModel(folder, spec, { labels: emotionNames.toReversed(), sha256: createHash("sha256").update(turned).digest("hex") }, turned);
    await using reversed = await openEmotionClassifier(folder);
    const found = await logitsOf(reversed, set, plain);
    for (const [i, v] of expected.entries()) expect(found[i]).toBeCloseTo(v, 5);
  });

  it("reports on all faces and on those that annotators agree on, and writes what it found", async () => {
    await writeTinyModel(folder, tinySpec(faceSize));
    await using classifier = await openEmotionClassifier(folder);
    const set = faces(40);
    const report = await evaluateFaces(classifier, set, "made up", { ...plain, slices: slices.slice(0, 2) });
    expect(report.faces).toBe(40);
    expect(report.facesAgreed).toBe(20);
    expect(report.accuracy).toBe(report.confusion.reduce((sum, row, k) => sum + row[k]!, 0) / 40);
    expect(report.slices[0]).toEqual({ name: "as it is", accuracy: report.accuracy, meanRecall: report.meanRecall });
    expect(report.votesEntropy).toBeCloseTo(0, 6);
    await writeEvaluation(join(folder, "out"), report);
    expect(JSON.parse(await readFile(join(folder, "out/evaluation.json"), "utf8"))).toMatchObject({ faces: 40, accuracy: report.accuracy });
    expect(await readFile(join(folder, "out/evaluation.md"), "utf8")).toContain(`| accuracy | ${(100 * report.accuracy).toFixed(1)} % |`);
    expect((await readFile(join(folder, "out/evaluation.png"))).subarray(1, 4).toString()).toBe("PNG");
  });

  it("refuses a model whose bytes were changed after the manifest was written", async () => {
    await writeTinyModel(folder, tinySpec(faceSize));
    const bytes = await readFile(join(folder, "emotion.onnx"));
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(join(folder, "emotion.onnx"), bytes);
    await expect(openEmotionClassifier(folder)).rejects.toThrow(expect.objectContaining({ code: "model_invalid" }));
  });
});

describe("slices", () => {
  it("change a face the way their names say, and leave their argument alone", async () => {
    const face = Float32Array.from({ length: facePixels }, (_, i) => ((i * 37) % 200) + 20);
    const before = face.slice();
    for (const { name, change } of slices) {
      const out = await change(face);
      expect(face, name).toEqual(before);
      expect(out, name).toHaveLength(facePixels);
      expect(out.every((v) => v >= 0 && v <= 255), name).toBe(true);
      if (name !== "as it is") expect(out, name).not.toEqual(before);
    }
    const shifted = await slices.find((s) => s.name === "shifted by 4, 0 px")!.change(face);
    expect(shifted[10 * faceSize + 20]).toBeCloseTo(face[10 * faceSize + 16]!, 4);
  });
});

describe("plots", () => {
  it("have round ticks", () => {
    expect(niceTicks(0, 14)).toEqual([0, 5, 10]);
    expect(niceTicks(0, 1).map((v) => v.toFixed(1))).toEqual(["0.0", "0.2", "0.4", "0.6", "0.8", "1.0"]);
  });
});

/** Faces of one label each, every second one agreed on. */
function faces(count: number): FaceSet {
  const targets = new Float32Array(count * classCount);
  for (let i = 0; i < count; i++) targets[i * classCount + (i % classCount)] = 1;
  return {
    count,
    pixels: Uint8Array.from({ length: count * facePixels }, (_, i) => (i * 7919 + Math.floor(i / facePixels) * 31) % 256),
    targets,
    labels: Uint8Array.from({ length: count }, (_, i) => i % classCount),
    agreement: Float32Array.from({ length: count }, (_, i) => (i % 2 === 0 ? 0.8 : 0.7)),
    names: Array.from({ length: count }, (_, i) => String(i)),
  };
}
