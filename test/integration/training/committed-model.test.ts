import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emotionNames, topEmotion, type EmotionScores } from "../../../src/core/emotions.js";
import { readEnvironment } from "../../../src/core/env.js";
import type { Picture } from "../../../src/core/frame.js";
import { iou, type Box, type Landmarks } from "../../../src/core/geometry.js";
import { packageRoot } from "../../../src/core/package-info.js";
import { openEmotionClassifier, type EmotionClassifier } from "../../../src/inference/emotion/classifier.js";
import { openMtcnnDetector } from "../../../src/inference/mtcnn/detector.js";
import { decodePicture } from "../../../src/training/data/class-folders.js";
import { locateFerPlus, readFerPlus } from "../../../src/training/data/ferplus.js";
import { pointError } from "../../../src/training/detector/detector-metrics.js";
import { evaluateFaces } from "../../../src/training/evaluate.js";

// The models that are committed, as they are served.
const stills = join(packageRoot, "assets/demo/faces");
const data = join(readEnvironment(packageRoot).dataDir, "ferplus");

describe.each(["emotion", "emotion-large"])("the committed model %s", (model) => {
  const folder = join(packageRoot, "models", model);
  let classifier: EmotionClassifier;
  beforeAll(async () => {
    classifier = await openEmotionClassifier(folder);
  });
  afterAll(() => classifier.close());

  it("is the file of its manifest, small enough, with outputs in the manifest's order", async () => {
    const { manifest } = classifier;
    expect((await stat(join(folder, manifest.file))).size).toBeLessThan(8_000_000);
    expect(manifest.training.megaMultiplications).toBeLessThan(100);
    expect([...manifest.labels].toSorted()).toEqual([...emotionNames].toSorted());
    expect(await classifier.logits(new Float32Array(3 * manifest.input.size ** 2), 3)).toHaveLength(3 * emotionNames.length);
  });

  it("names the expression of every composite face", async () => {
    const named = Object.fromEntries(Object.entries(await answers(classifier)).map(([emotion, scores]) => [emotion, topEmotion(scores).label]));
    expect(named).toEqual(Object.fromEntries(emotionNames.map((name) => [name, name])));
  });

  it("says nearly the same with int8: another name only where two are nearly as likely", async () => {
    await using int8 = await openEmotionClassifier(folder, undefined, "int8");
    expect(int8.precision).toBe("int8");
    const [expected, found] = [await answers(classifier), await answers(int8)];
    for (const [emotion, scores] of Object.entries(expected)) {
      for (const name of emotionNames) expect(Math.abs(found[emotion]![name] - scores[name]), `${emotion}: ${name}`).toBeLessThan(0.05);
      const [first, second] = Object.values(scores).toSorted((x, y) => y - x);
      if (first! - second! > 0.1) expect(topEmotion(found[emotion]!).label).toBe(emotion);
    }
    expect(found).not.toEqual(expected);
  });

  it("loses no more by int8 than is allowed, in a file of a third of the size", async () => {
    const { manifest } = classifier;
    const { fp32, int8 } = manifest.quantization!;
    expect(fp32["accuracy"]).toBe(manifest.metrics["oneLookAccuracy"]);
    expect(fp32["accuracy"]! - int8["accuracy"]!).toBeLessThanOrEqual(0.003);
    expect((await stat(join(folder, manifest.int8!.file))).size).toBeLessThan((await stat(join(folder, manifest.file))).size / 3);
  });

  it.skipIf(!existsSync(`${data}.tar.gz`) && !existsSync(data))("is as good on FER2013Valid as its manifest says (skipped without EMOSTREAM_DATA)", { timeout: 180_000 }, async () => {
    const { FER2013Valid } = await readFerPlus(locateFerPlus(data));
    const { manifest } = classifier;
    const report = await evaluateFaces(classifier, FER2013Valid, "FER+", { prior: manifest.prior.tau, equalize: manifest.input.equalize, blurSigma: manifest.input.blurSigma, mirror: true });
    expect(report.accuracy).toBeCloseTo(manifest.metrics["accuracy"]!, 3);
    expect(report.meanRecall).toBeCloseTo(manifest.metrics["meanRecall"]!, 3);
    expect(report.ece).toBeLessThan(0.03);
  });
});

describe("the committed detector", () => {
  it("finds each composite with int8 where it does without, points no further off than a twentieth of the eyes' distance", async () => {
    const detectors = await Promise.all((["fp32", "int8"] as const).map((precision) => openMtcnnDetector(join(packageRoot, "models/detector"), { precision })));
    try {
      for (const file of await composites()) {
        const [expected, found] = await Promise.all(detectors.map(async (d) => d.detect(file.picture)));
        expect(found, file.name).toHaveLength(expected!.length);
        expect(expected!.length).toBeGreaterThan(0);
        const [one, other] = [expected![0]!, found![0]!];
        expect(iou(one.box, other.box)).toBeGreaterThan(0.9);
        expect(pointError(other.landmarks, one.landmarks)).toBeLessThan(0.05);
      }
      expect(detectors[1]!.models[0]!.precision).not.toBe("fp32");
    } finally {
      for (const detector of detectors) await detector.close();
    }
  });
});

interface Composite {
  readonly emotion: string;
  readonly name: string;
  readonly picture: Picture;
  readonly box: Box;
  readonly landmarks: Landmarks;
}

/** The composite faces that are committed. */
async function composites(): Promise<Composite[]> {
  const { stills: faces } = JSON.parse(await readFile(join(stills, "composites.json"), "utf8")) as { stills: Record<string, { file: string; box: Box; landmarks: Landmarks }> };
  return Promise.all(Object.entries(faces).map(async ([emotion, { file, box, landmarks }]) => ({ emotion, name: file, picture: await decodePicture(await readFile(join(stills, file)), file), box, landmarks })));
}

/** What a model says of each composite. */
async function answers(model: EmotionClassifier): Promise<Record<string, EmotionScores>> {
  const said: Record<string, EmotionScores> = {};
  for (const { emotion, picture, box, landmarks } of await composites()) {
    const [face] = await model.classify(picture, [{ box, landmarks }]);
    said[emotion] = face!.emotions;
  }
  return said;
}
