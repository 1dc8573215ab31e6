// `models quantize` of an emotion CNN: training faces calibrate, the report set says what it costs.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../../core/errors.js";
import { emotionClassifierOf } from "../../inference/emotion/classifier.js";
import { emotionManifestSchema, readEmotionModel, type EmotionModelFiles } from "../../inference/emotion/manifest.js";
import type { Quantization } from "../../inference/model-files.js";
import { pick, type FaceSet } from "../data/face-set.js";
import { readFaceData } from "../data/sources.js";
import { splitFaces } from "../data/split.js";
import { evaluateFaces, inputsOf } from "../evaluate.js";
import { permutation, randomFor } from "../random.js";
import { maxLoss, roundFigures } from "./figures.js";
import { quantizeNet } from "./quantize-net.js";
import { int8Entry, writeInt8 } from "./write-int8.js";

const calibrationFaces = 512;

export interface QuantizeOptions {
  /** Model folder, changed in place. */
  readonly folder: string;
  /** Data folder, as for training. */
  readonly data: string;
  /** Folder of decoded faces. */
  readonly cache: string;
  readonly seed: number;
  /** As typed, for the manifest. */
  readonly command: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/** @throws AppError `model_invalid`, `data_missing`, `cancelled` */
export async function quantizeEmotion({ folder, data, cache, seed, command, signal, onProgress }: QuantizeOptions): Promise<Quantization> {
  const files = await readEmotionModel(folder);
  const { int8: _int8, quantization: _quantization, ...without } = files.manifest;
  const ferPlus = join(data, "ferplus");
  const faces = await readFaceData({ path: existsSync(ferPlus) || existsSync(`${ferPlus}.tar.gz`) ? ferPlus : data, cache });
  const { train, report } = splitFaces(faces.train, faces.report, faces.also);
  const own = permutation(train.count, randomFor(seed, "calibration")).subarray(0, Math.min(calibrationFaces, train.count));
  onProgress?.(1, 4);
  const { size } = files.manifest.input;
  const bytes = await quantizeNet(files.model, await inputsOf(pick(train, own), files.manifest.input), [1, size, size]);
  onProgress?.(2, 4);
  const withInt8 = { ...without, int8: int8Entry(without.file, bytes) };
  const fp32 = await figuresOf(files, report);
  onProgress?.(3, 4);
  const int8 = await figuresOf({ manifest: withInt8, model: bytes, precision: "int8" }, report);
  onProgress?.(4, 4);
  if (signal.aborted) throw new AppError("cancelled", "Stopped before the model was changed.");
  const loss = 100 * (fp32.accuracy - int8.accuracy);
  const stays = loss > maxLoss;
  const quantization: Quantization = {
    command,
    calibration: `${own.length} training faces of ${faces.name}, seed ${seed}`,
    data: `${faces.reportedOn}: ${report.count} faces`,
    fp32,
    int8,
    left: stays ? { [without.file]: `int8 costs ${loss.toFixed(2)} points of accuracy, more than ${maxLoss}` } : {},
  };
  await writeInt8(folder, [{ net: without, bytes: stays ? undefined : bytes }], without, emotionManifestSchema.parse({ ...(stays ? without : withInt8), quantization }));
  return quantization;
}

async function figuresOf(files: EmotionModelFiles, report: FaceSet): Promise<Record<"accuracy" | "accuracyAgreed" | "meanRecall" | "ece", number>> {
  await using classifier = await emotionClassifierOf(files);
  const { prior, input } = files.manifest;
  const { accuracy, accuracyAgreed, meanRecall, ece } = await evaluateFaces(classifier, report, "", { prior: prior.tau, equalize: input.equalize, blurSigma: input.blurSigma, mirror: false });
  return roundFigures({ accuracy, accuracyAgreed, meanRecall, ece });
}
