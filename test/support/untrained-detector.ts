// A detector's model folder with untrained nets.

import { createHash } from "node:crypto";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import type { DetectorManifest } from "../../src/inference/mtcnn/manifest.js";
import { exportStage } from "../../src/training/detector/export-stage.js";
import { initialStageParameters, stageLayout, stageNames, stageSpecs, strideOf, type StageName } from "../../src/training/detector/nets.js";

/** The ONNX file of an untrained net. */
export function untrainedStage(name: StageName): Buffer {
  return exportStage(stageSpecs[name], initialStageParameters(stageLayout(stageSpecs[name]), 1));
}

/** Writes the nets and their manifest into `folder`; `nets` and `change` take the place of parts of them. */
export async function writeUntrainedDetector(folder: string, { nets = {}, change = {} }: { readonly nets?: Partial<Record<StageName, Buffer>>; readonly change?: Partial<DetectorManifest> } = {}): Promise<DetectorManifest> {
  const stages: Record<string, unknown> = {};
  for (const name of stageNames) {
    const bytes = nets[name] ?? untrainedStage(name);
    await writeFile(join(folder, `${name}.onnx`), bytes);
    stages[name] = { file: `${name}.onnx`, sha256: createHash("sha256").update(bytes).digest("hex"), size: stageSpecs[name].size, stride: strideOf(stageSpecs[name]), megaMultiplications: 1 };
  }
  const manifest: DetectorManifest = {
    format: "emostream-mtcnn",
    version: 1,
    name: "test",
    modelVersion: "1",
    stages: stages as DetectorManifest["stages"],
    input: { mean: 127.5, deviation: 128 },
    boxAdjust: { x: 0, y: 0, width: 1, height: 1 },
    scoreThresholds: [0.6, 0.7, 0.7],
    nmsThresholds: [0.5, 0.7, 0.7, 0.7],
    scaleFactor: 0.709,
    minFaceSize: 20,
    licence: "none",
    training: { command: "none" },
    metrics: {},
    ...change,
  };
  await writeFile(join(folder, "manifest.json"), JSON.stringify(manifest));
  return manifest;
}
