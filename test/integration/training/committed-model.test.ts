import { existsSync } from "node:fs";
import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { emotionNames, topEmotion } from "../../../src/core/emotions.js";
import { readEnvironment } from "../../../src/core/env.js";
import type { Box, Landmarks } from "../../../src/core/geometry.js";
import { packageRoot } from "../../../src/core/package-info.js";
import { openEmotionClassifier, type EmotionClassifier } from "../../../src/inference/emotion/classifier.js";
import { decodePicture } from "../../../src/training/data/class-folders.js";
import { locateFerPlus, readFerPlus } from "../../../src/training/data/ferplus.js";
import { evaluateFaces } from "../../../src/training/evaluate.js";

// The model that is committed, as it is served.
const folder = join(packageRoot, "models/emotion");
const stills = join(packageRoot, "assets/demo/faces");
const data = join(readEnvironment(packageRoot).dataDir, "ferplus");
let classifier: EmotionClassifier;

beforeAll(async () => {
  classifier = await openEmotionClassifier(folder);
});
afterAll(() => classifier.close());

describe("the committed emotion model", () => {
  it("is the file of its manifest, small enough, with outputs in the manifest's order", async () => {
    const { manifest } = classifier;
    expect((await stat(join(folder, manifest.file))).size).toBeLessThan(8_000_000);
    expect(manifest.training.megaMultiplications).toBeLessThan(100);
    expect([...manifest.labels].toSorted()).toEqual([...emotionNames].toSorted());
    expect(await classifier.logits(new Float32Array(3 * manifest.input.size ** 2), 3)).toHaveLength(3 * emotionNames.length);
  });

  it("names the expression of every composite face", async () => {
    const { stills: faces } = JSON.parse(await readFile(join(stills, "composites.json"), "utf8")) as { stills: Record<string, { file: string; box: Box; landmarks: Landmarks }> };
    const named: Record<string, string> = {};
    for (const [emotion, { file, box, landmarks }] of Object.entries(faces)) {
      const picture = await decodePicture(await readFile(join(stills, file)), file);
      const [face] = await classifier.classify(picture, [{ box, landmarks }]);
      named[emotion] = topEmotion(face!.emotions).label;
    }
    expect(named).toEqual(Object.fromEntries(emotionNames.map((name) => [name, name])));
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
