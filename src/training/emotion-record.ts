// What lies beside a model: its evaluation, its card, and the figures in its manifest. Written after a training run, and anew whenever faces are looked at or
// measured in another way.

import { stat } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { AppError } from "../core/errors.js";
import { openEmotionClassifier } from "../inference/emotion/classifier.js";
import { emotionManifestSchema, readEmotionModel, type EmotionManifest } from "../inference/emotion/manifest.js";
import type { FindFace } from "./data/class-folders.js";
import { readFaceData } from "./data/sources.js";
import type { FaceSet } from "./data/face-set.js";
import { evaluateFaces, type EvaluationReport } from "./evaluate.js";
import { writeEvaluation } from "./evaluate-emotion.js";
import { modelCard } from "./report/model-card.js";
import { slices } from "./slices.js";
import { readTrainingRecord } from "./training-record.js";

export interface RecordOptions {
  /** Folder with manifest.json, the model and training.json. */
  readonly folder: string;
  /** Faces that took no part in the training. */
  readonly faces: FaceSet;
  /** Also measure worse pictures. */
  readonly withSlices: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

/** Measures the model as it is shipped, as trained, and at one look; writes evaluation.*, README.md and the manifest's figures. @throws AppError `model_invalid`, `engine_failed`, `write_failed` */
export async function recordEmotionModel({ folder, faces, withSlices, onProgress }: RecordOptions): Promise<EvaluationReport> {
  const record = await readTrainingRecord(folder);
  await using classifier = await openEmotionClassifier(folder);
  const { tau } = classifier.manifest.prior;
  const base = { equalize: false, blurSigma: 0, mirror: true };
  const shipped = await evaluateFaces(classifier, faces, record.reportedOn, { ...base, prior: tau, ...(withSlices ? { slices } : {}) }, onProgress);
  const asTrained = await evaluateFaces(classifier, faces, record.reportedOn, { ...base, prior: "training" });
  const oneLook = await evaluateFaces(classifier, faces, record.reportedOn, { ...base, mirror: false, prior: tau });
  const metrics = {
    accuracy: shipped.accuracy, accuracyAgreed: shipped.accuracyAgreed, meanRecall: shipped.meanRecall, macroF1: shipped.macroF1, ece: shipped.ece,
    asTrainedAccuracy: asTrained.accuracy, asTrainedAccuracyAgreed: asTrained.accuracyAgreed, asTrainedMeanRecall: asTrained.meanRecall, asTrainedMacroF1: asTrained.macroF1,
    oneLookAccuracy: oneLook.accuracy, oneLookAccuracyAgreed: oneLook.accuracyAgreed, oneLookMeanRecall: oneLook.meanRecall, oneLookMacroF1: oneLook.macroF1, oneLookEce: oneLook.ece,
  };
  const manifest = { ...classifier.manifest, metrics: Object.fromEntries(Object.entries(metrics).map(([k, v]) => [k, Math.round(v * 1e4) / 1e4])) };
  await writeEmotionManifest(folder, manifest);
  await writeEvaluation(folder, shipped);
  const { size } = await stat(join(folder, manifest.file));
  await writeFileAtomic(join(folder, "README.md"), modelCard({ manifest, shipped, oneLook, asTrained, training: record, fileBytes: size }));
  return shipped;
}

export interface RecordAnewOptions extends Omit<RecordOptions, "faces"> {
  readonly data: string;
  /** Finds the face in each picture of class folders; absent: they are faces that are cut already. */
  readonly find?: FindFace;
  readonly cache: string;
}

/** The same for a model whose run is gone: `data` must be what its training.json says that it reports on. @throws AppError `conflict` when it is not, `data_missing`, `model_invalid` */
export async function recordAnew({ folder, data, find, cache, withSlices, onProgress }: RecordAnewOptions): Promise<EvaluationReport> {
  const { reportedOn } = await readTrainingRecord(folder);
  const { input } = (await readEmotionModel(folder)).manifest;
  const faces = await readFaceData({ path: data, cache, ...(find === undefined ? {} : { cut: { find, crop: input.crop } }) });
  if (faces.reportedOn !== reportedOn) throw new AppError("conflict", `Expected the faces that the model reports on, ${reportedOn}; received ${faces.reportedOn}.`);
  return recordEmotionModel({ folder, faces: faces.report, withSlices, ...(onProgress === undefined ? {} : { onProgress }) });
}

export function writeEmotionManifest(folder: string, manifest: EmotionManifest): Promise<void> {
  return writeFileAtomic(join(folder, "manifest.json"), `${JSON.stringify(emotionManifestSchema.parse(manifest), null, 2)}\n`);
}
