// What a trained model says of the training faces, mixed into what their annotators said: ten votes are few, and a model has seen them all.

import type { EmotionClassifier } from "../inference/emotion/classifier.js";
import { softmaxRows } from "../inference/emotion/probabilities.js";
import { classCount, type FaceSet } from "./data/face-set.js";
import { logitsOf } from "./evaluate.js";

/** Whose answers, and which share of the targets they make. */
export interface Teaching {
  readonly model: string;
  /** SHA-256 of the model's file. */
  readonly sha256: string;
  readonly share: number;
}

/** Half: more, and the pupil learns its teacher's mistakes; less, and it learns little from it. */
export const teacherShare = 0.5;

/** The teaching by `classifier`, for the run's plan. */
export function teachingBy({ manifest }: EmotionClassifier): Teaching {
  return { model: `${manifest.name} ${manifest.modelVersion}`, sha256: manifest.sha256, share: teacherShare };
}

/** The faces with targets of which `share` are the teacher's probabilities (those of stills: a face and its mirror image, its own temperature, no prior). Labels stay. */
export async function taught(faces: FaceSet, classifier: EmotionClassifier, share: number): Promise<FaceSet> {
  const said = softmaxRows(await logitsOf(classifier, faces, { equalize: false, blurSigma: 0, mirror: true }), classCount, classifier.manifest.temperature);
  return { ...faces, targets: faces.targets.map((target, i) => (1 - share) * target + share * said[i]!) };
}
