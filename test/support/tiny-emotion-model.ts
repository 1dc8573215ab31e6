// A model folder with an untrained net of a few thousand parameters.

import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { emotionNames } from "../../src/core/emotions.js";
import type { EmotionManifest } from "../../src/inference/emotion/manifest.js";
import { exportOnnx } from "../../src/training/export-onnx.js";
import { initialParameters, layoutOf, type EmotionNetSpec } from "../../src/training/net/spec.js";

export function tinySpec(inputSize: number): EmotionNetSpec {
  return { inputSize, widths: [4], convolutions: [1], units: 8, stageDropout: [0], denseDropout: [0, 0], classes: emotionNames.length };
}

/** Writes manifest.json and emotion.onnx into `folder`; `change` overrides parts of the manifest. */
export async function writeTinyModel(folder: string, spec: EmotionNetSpec, change: Partial<EmotionManifest> = {}, bytes: Buffer = exportOnnx(spec, initialParameters(layoutOf(spec), 1))): Promise<EmotionManifest> {
  const manifest: EmotionManifest = {
    format: "emostream-emotion",
    version: 1,
    name: "test",
    modelVersion: "1",
    file: "emotion.onnx",
    sha256: createHash("sha256").update(bytes).digest("hex"),
    labels: [...emotionNames],
    input: { name: "input", size: spec.inputSize, mean: 128, deviation: 64, equalize: false, blurSigma: 0, crop: { align: "box", points: [[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.76], [0.65, 0.76]], boxScale: 1, boxShift: 0 } },
    output: { name: "logits", kind: "logits" },
    temperature: 1,
    prior: { training: emotionNames.map(() => 1 / emotionNames.length), tau: 0 },
    uncertainBelow: 0.5,
    training: { data: "none", command: "none", seed: 1, epochs: 0, parameters: 1, megaMultiplications: 1 },
    metrics: {},
    licence: "none",
    ...change,
  };
  await writeFile(join(folder, "emotion.onnx"), bytes);
  await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
  return manifest;
}
