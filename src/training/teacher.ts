// What a trained model says of the very faces that its pupil sees, warped and mixed as they are, makes part of their targets (Beyer
// et al., "Knowledge distillation: a good teacher is patient and consistent", 2022): ten votes are few, and a mixed face has none of its own.

import { AppError } from "../core/errors.js";
import { emotionClassifierOf, type EmotionClassifier } from "../inference/emotion/classifier.js";
import { readEmotionModel } from "../inference/emotion/manifest.js";
import { softmaxRows } from "../inference/emotion/probabilities.js";
import type { PixelScale } from "./augment.js";
import { classCount } from "./data/face-set.js";
import { orderedLogits } from "./evaluate.js";
import type { Batch } from "./net/emotion-net.js";

/** Whose answers, and which share of the targets they make. */
export interface Teaching {
  readonly model: string;
  /** SHA-256 of the model's file. */
  readonly sha256: string;
  readonly share: number;
}

/** Most of a target: what annotators said of the face is the rest. */
export const teacherShare = 0.7;

/** Opens a model to teach: with int8 where it has that, which says nearly the same in half the time. @throws AppError `model_invalid` */
export async function openEmotionTeacher(folder: string): Promise<EmotionClassifier> {
  const floats = await readEmotionModel(folder);
  return emotionClassifierOf(floats.manifest.int8 === undefined ? floats : await readEmotionModel(folder, "int8"));
}

/** The teaching by `classifier`, for the run's plan. */
export function teachingBy({ manifest }: EmotionClassifier): Teaching {
  return { model: `${manifest.name} ${manifest.modelVersion}`, sha256: manifest.sha256, share: teacherShare };
}

/**
 * The batch with targets of which `share` are the teacher's probabilities for its pixels (as trained: temperature 1, no prior), seen plain and in a mirror: what two looks
 * say together is nearer the truth than one, and the pupil is to say it with one. `scale` is the batch's.
 * @throws AppError `training_failed` for faces of another size than the teacher's
 */
export async function taught(batch: Batch, classifier: EmotionClassifier, share: number, scale: PixelScale): Promise<Batch> {
  const { input } = classifier.manifest;
  if (batch.size !== input.size) throw new AppError("training_failed", `Expected faces of ${input.size} pixels for the teacher, received ${batch.size}.`);
  const inputs = batch.pixels.map((value) => (value * scale.deviation + scale.mean - input.mean) / input.deviation);
  const said = softmaxRows(await orderedLogits(classifier, inputs, batch.count, true), classCount, 1);
  return { ...batch, targets: batch.targets.map((target, i) => (1 - share) * target + share * said[i]!) };
}
