// What a trained model says of the training faces, mixed into what their annotators said: ten votes are few, and a model has seen them all.

import type { EmotionClassifier } from "../inference/emotion/classifier.js";
import { softmaxRows } from "../inference/emotion/probabilities.js";
import { classCount, faceSize, type FaceSet } from "./data/face-set.js";
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

/** The faces with targets of which `share` are the teacher's probabilities (its mean over a face and its mirror image, its own temperature, no prior). Labels stay. */
export async function taught(faces: FaceSet, classifier: EmotionClassifier, share: number): Promise<FaceSet> {
  const settings = { equalize: false, blurSigma: 0 };
  const said = [faces, { ...faces, pixels: mirrored(faces.pixels) }].map(async (set) => softmaxRows(await logitsOf(classifier, set, settings), classCount, classifier.manifest.temperature));
  const [plain, mirror] = (await Promise.all(said)) as [Float64Array, Float64Array];
  return { ...faces, targets: faces.targets.map((target, i) => (1 - share) * target + (share * (plain[i]! + mirror[i]!)) / 2) };
}

function mirrored(pixels: Uint8Array): Uint8Array {
  const out = new Uint8Array(pixels.length);
  for (let row = 0; row < pixels.length; row += faceSize) for (let x = 0; x < faceSize; x++) out[row + x] = pixels[row + faceSize - 1 - x]!;
  return out;
}
