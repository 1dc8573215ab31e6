// From a run to a model folder: ONNX file, manifest, evaluation and model card. The fold chooses weights, tau, temperature and
// threshold; FER2013Valid reports.

import { createHash } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { emotionNames } from "../core/emotions.js";
import { AppError } from "../core/errors.js";
import { openEmotionClassifier } from "../inference/emotion/classifier.js";
import type { EmotionManifest } from "../inference/emotion/manifest.js";
import { priorShift, softmaxRows } from "../inference/emotion/probabilities.js";
import { readCheckpoint } from "./checkpoint.js";
import { chooseTau, fitTemperature, riskCoverage, uncertaintyThreshold } from "./calibration.js";
import type { CutFaces } from "./data/class-folders.js";
import { readFaceData } from "./data/sources.js";
import { balance, classCount, priorOf } from "./data/face-set.js";
import { splitFaces } from "./data/split.js";
import { recordEmotionModel, writeEmotionManifest } from "./emotion-record.js";
import { logitsOf, type EvaluationReport } from "./evaluate.js";
import { exportOnnx } from "./export-onnx.js";
import { megaMultiplications, modelNameOf } from "./net/spec.js";
import { bestCheckpointName, lastCheckpointName } from "./train.js";
import { dataKey } from "./train-emotion.js";
import { writeTrainingRecord } from "./training-record.js";

/** Accuracy on the fold that the default tau may cost. */
const maxTauLoss = 0.01;
/** Answers that are not `uncertain` are to be right so often, on the fold. */
const certainAccuracy = 0.9;
const modelFile = "emotion.onnx";

/**
 * Where the five points of a face come to lie in the input, as shares of its side: the medians of the published MTCNN weights' points on FER+'s own crops, mirrored onto
 * each other, and a little higher (bench/crop.mjs writes both). bench/pasted-faces.mjs measures what this crop costs. Faces without usable points get a square about the box.
 */
export const ferPlusCrop: EmotionManifest["input"]["crop"] = {
  align: "points",
  points: [[0.316, 0.394], [0.684, 0.394], [0.5, 0.596], [0.348, 0.773], [0.652, 0.773]],
  boxScale: 1,
  boxShift: 0,
};

export interface ExportEmotionOptions {
  readonly run: string;
  readonly data: string;
  readonly also?: readonly string[];
  readonly cache: string;
  /** As it was for the training. */
  readonly cut?: CutFaces;
  /** Model folder to write. */
  readonly out: string;
  /** As typed, for the manifest. */
  readonly command: string;
  readonly modelVersion: string;
  /** `best` (lowest loss on the fold) or `last`. */
  readonly which: "best" | "last";
  /** Also evaluate worse pictures. */
  readonly slices: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

/** @throws AppError `not_found`, `corrupt`, `conflict` (other data than the run's), `data_missing`, `write_failed` */
export async function exportEmotion(options: ExportEmotionOptions): Promise<EvaluationReport> {
  const { plan, optimizer, history, dataKey: key } = await readCheckpoint(join(options.run, options.which === "best" ? bestCheckpointName : lastCheckpointName));
  const faces = await readFaceData({ path: options.data, also: options.also ?? [], cache: options.cache, ...(options.cut === undefined ? {} : { cut: options.cut }) });
  const split = splitFaces(faces.train, faces.report, faces.also);
  if (dataKey(split) !== key) throw new AppError("conflict", "The run was trained on other data.");
  const model = exportOnnx(plan.net, optimizer.average, { producer: "emostream train emotion" });
  const training = priorOf(split.train, plan.classBalance);
  const draft: EmotionManifest = {
    format: "emostream-emotion",
    version: 1,
    name: modelNameOf(plan.net),
    modelVersion: options.modelVersion,
    file: modelFile,
    sha256: createHash("sha256").update(model).digest("hex"),
    labels: [...emotionNames],
    input: { name: "input", size: plan.net.inputSize, mean: plan.input!.mean, deviation: plan.input!.deviation, equalize: false, blurSigma: 0, crop: ferPlusCrop },
    output: { name: "logits", kind: "logits" },
    temperature: 1,
    prior: { training, tau: 0 },
    uncertainBelow: 0.5,
    training: {
      data: `${faces.name} (training part, without faces that ${faces.reportName} repeats): ${split.train.count} faces to train, ${split.fold.count} to choose${plan.init === undefined ? "" : `; started from ${plan.init}`}${plan.teaching === undefined ? "" : `; ${Math.round(100 * plan.teaching.share)} % of each training target is what ${plan.teaching.model} says`}`,
      command: options.command,
      seed: plan.seed,
      epochs: history.at(-1)!.epoch,
      parameters: optimizer.parameters.length,
      megaMultiplications: Math.round(megaMultiplications(plan.net) * 10) / 10,
    },
    metrics: {},
    licence: "See LICENCE.md in this folder: derived from FER2013, which is for research use.",
  };
  await mkdir(options.out, { recursive: true });
  await writeFileAtomic(join(options.out, modelFile), model);
  await writeEmotionManifest(options.out, draft);
  const chosen = await chooseOnFold(options.out, draft, split.fold);
  await writeEmotionManifest(options.out, chosen);
  await writeTrainingRecord(options.out, {
    reportedOn: faces.reportedOn,
    epochsPlanned: plan.epochs,
    batchSize: plan.batchSize,
    peakRate: plan.schedule.peak,
    mixup: plan.augmentation.mixup,
    smallEpochs: Math.round(plan.smallShare * plan.epochs),
    smallSize: plan.smallSize,
    minutes: Math.round(history.reduce((sum, { seconds }) => sum + seconds, 0) / 60),
    balance: balance(split.train),
    duplicates: split.duplicates,
    notes: [...faces.notes],
  });
  await writeFileAtomic(join(options.out, "curves.png"), await readFile(join(options.run, "curves.png")));
  return recordEmotionModel({ folder: options.out, faces: split.report, withSlices: options.slices, ...(options.onProgress === undefined ? {} : { onProgress: options.onProgress }) });
}

async function chooseOnFold(folder: string, draft: EmotionManifest, fold: Parameters<typeof logitsOf>[1]): Promise<EmotionManifest> {
  await using classifier = await openEmotionClassifier(folder);
  const logits = await logitsOf(classifier, fold, { equalize: false, blurSigma: 0, mirror: false });
  const tau = chooseTau(fold.labels, logits, classCount, draft.prior.training, maxTauLoss);
  const shift = priorShift(tau, draft.prior.training);
  const temperature = fitTemperature(fold.labels, logits, classCount, shift);
  const curve = riskCoverage(fold.labels, softmaxRows(logits, classCount, temperature, shift), classCount);
  return { ...draft, temperature, prior: { ...draft.prior, tau }, uncertainBelow: uncertaintyThreshold(curve, certainAccuracy) };
}
