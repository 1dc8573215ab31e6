// From a complete run to a model folder: three ONNX files and a manifest.

import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { AppError } from "../../core/errors.js";
import { readCheckpoint } from "../checkpoint.js";
import { detectorInput } from "./export-stage.js";
import { stageMegaMultiplications, stageNames, strideOf, type StageName } from "./nets.js";
import { stageModelName } from "./train-detector.js";
import { stageCheckpointName, type StageRecord, type StageSums } from "./train-stage.js";
import type { StagePlan } from "./stage-plan.js";

export interface ExportDetectorOptions {
  readonly run: string;
  /** Model folder to write. */
  readonly out: string;
  /** As typed, for the manifest. */
  readonly command: string;
  readonly modelVersion: string;
}

/** Writes `pnet.onnx`, `rnet.onnx`, `onet.onnx` and `manifest.json`. @throws AppError `not_found` unless every stage is complete */
export async function exportDetector({ run, out, command, modelVersion }: ExportDetectorOptions): Promise<void> {
  await mkdir(out, { recursive: true });
  const stages: Record<string, unknown> = {};
  const training: Record<string, unknown> = {};
  for (const stage of stageNames) {
    const { plan, history } = await readCheckpoint<StagePlan, StageRecord, StageSums>(join(run, stageCheckpointName(stage)));
    const bytes = await modelOf(run, stage);
    await writeFileAtomic(join(out, stageModelName(stage)), bytes);
    stages[stage] = { file: stageModelName(stage), sha256: createHash("sha256").update(bytes).digest("hex"), size: plan.net.size, stride: strideOf(plan.net), megaMultiplications: stageMegaMultiplications(plan.net) };
    training[stage] = { seed: plan.seed, epochs: history.at(-1)!.epoch, stepsPerEpoch: plan.stepsPerEpoch, batchSize: plan.batchSize };
  }
  const manifest = {
    format: "emostream-mtcnn", version: 1, name: "emostream-mtcnn", modelVersion, stages, input: detectorInput,
    boxAdjust: { x: 0, y: 0, width: 1, height: 1 }, scoreThresholds: [0.65, 0.2, 0.55], nmsThresholds: [0.5, 0.55, 0.7, 0.7], secondLook: [0.86], lookAgainFrom: 0.3, scaleFactor: 0.68, minFaceSize: 20, thorough: { scoreThresholds: [0.3, 0.05, 0.6], scaleFactor: 0.8 },
    licence: "Derived from photos that are for research use.", training: { command, ...training }, metrics: {},
  };
  await writeFileAtomic(join(out, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}

async function modelOf(run: string, stage: StageName): Promise<Buffer> {
  try {
    return await readFile(join(run, stageModelName(stage)));
  } catch (error) {
    throw new AppError("not_found", `Expected a trained ${stage} in the run's folder; the run is not complete.`, { cause: error, detail: run });
  }
}
