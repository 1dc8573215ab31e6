// `evaluate emotion`: the model of a folder on a data set's report faces; JSON, Markdown and plots.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { openEmotionClassifier } from "../inference/emotion/classifier.js";
import type { Precision } from "../core/config.js";
import type { PriorSetting } from "../inference/emotion/probabilities.js";
import type { FindFace } from "./data/class-folders.js";
import { readFaceData } from "./data/sources.js";
import { evaluateFaces, type EvaluationReport } from "./evaluate.js";
import { evaluationMarkdown, evaluationPlots } from "./report/markdown.js";
import { slices } from "./slices.js";

export interface EvaluateEmotionOptions {
  /** FER+ (folder or archive; its FER2013Valid is evaluated), FER2013's CSV (its PublicTest), or a folder for each emotion (one group in five). */
  readonly data: string;
  /** Finds the face in each picture of class folders; absent: they are faces that are cut already. */
  readonly find?: FindFace;
  /** Folder with manifest.json and the model. */
  readonly model: string;
  /** Folder of decoded faces. */
  readonly cache: string;
  /** Where evaluation.json, evaluation.md and evaluation.png go; absent: nowhere. */
  readonly out?: string;
  /** Default: as shipped. */
  readonly prior?: PriorSetting;
  /** Default: fp32. */
  readonly precision?: Precision;
  readonly equalize?: boolean;
  readonly blurSigma?: number;
  /** Default true, as stills are looked at. */
  readonly mirror?: boolean;
  /** Also evaluate worse pictures (some thirty times the work). */
  readonly slices: boolean;
  readonly onProgress?: (done: number, total: number) => void;
}

/** @throws AppError `data_missing`, `invalid_picture`, `model_invalid`, `engine_failed` */
export async function evaluateEmotion(options: EvaluateEmotionOptions): Promise<EvaluationReport> {
  await using classifier = await openEmotionClassifier(options.model, undefined, options.precision);
  const { manifest } = classifier;
  const cut = options.find === undefined ? {} : { cut: { find: options.find, crop: manifest.input.crop } };
  const { report: faces, reportedOn, without } = await readFaceData({ path: options.data, cache: options.cache, ...cut });
  const settings = { prior: options.prior ?? manifest.prior.tau, equalize: options.equalize ?? manifest.input.equalize, blurSigma: options.blurSigma ?? manifest.input.blurSigma, mirror: options.mirror ?? true, facesNotFound: without, ...(options.slices ? { slices } : {}) };
  const report = await evaluateFaces(classifier, faces, reportedOn, settings, options.onProgress);
  if (options.out !== undefined) await writeEvaluation(options.out, report);
  return report;
}

/** Writes a report's three files into `folder`. */
export async function writeEvaluation(folder: string, report: EvaluationReport): Promise<void> {
  await mkdir(folder, { recursive: true });
  await writeFileAtomic(join(folder, "evaluation.json"), `${JSON.stringify(report, null, 1)}\n`);
  await writeFileAtomic(join(folder, "evaluation.md"), evaluationMarkdown(report, 1));
  await writeFileAtomic(join(folder, "evaluation.png"), await evaluationPlots(report));
}
