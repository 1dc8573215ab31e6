// Human's emotion model, run on the faces that Human cut out. Human's own result for it is cut to two decimals and sums to
// less than 1; otherwise this is the same arithmetic (src/gear/emotion.ts of Human 3.3.6), for all faces of a picture at once.

import { emotionNames, type Emotion, type EmotionScores } from "../core/emotions.js";
import { AppError } from "../core/errors.js";
import type { Tensor } from "./human-api.js";
import type { HumanRuntime } from "./human-runtime.js";

/** The model's classes in the order of its outputs (oarriaga's face_classification, trained on FER2013). */
export const humanEmotionOrder: readonly Emotion[] = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"];

/** ITU-R BT.601 luma, as Human takes it. */
const lumaWeights = [0.2989, 0.587, 0.114] as const;
/** Bounds the memory of one run. */
const batchFaces = 16;

/** Classifies faces of shape [height, width, 3] with values 0 to 1; one distribution a face. The tensors stay the caller's. */
export type ClassifyFaces = (faces: readonly Tensor[]) => Promise<EmotionScores[]>;

/** @throws AppError `model_invalid` */
export function humanEmotions({ human, tf }: HumanRuntime): ClassifyFaces {
  const model = human.models.models["emotion"];
  const side = model?.inputs[0]?.shape?.[2];
  if (model === null || model === undefined || side === undefined) throw new AppError("model_invalid", "The emotion model of the Human engine has no known input size.");
  const luma = tf.tensor1d(lumaWeights);

  return async (faces) => {
    const results: EmotionScores[] = [];
    for (let start = 0; start < faces.length; start += batchFaces) {
      const batch = faces.slice(start, start + batchFaces);
      const output = tf.tidy(() => {
        const resized = tf.image.resizeBilinear(tf.stack(batch), [side, side]);
        const gray = tf.sum(tf.mul(resized, luma), 3, true);
        return model.execute(tf.mul(tf.sub(gray, 0.5), 2)) as Tensor;
      });
      const values = await output.data();
      output.dispose();
      for (let i = 0; i < batch.length; i++) results.push(toScores(values.subarray(i * humanEmotionOrder.length, (i + 1) * humanEmotionOrder.length)));
    }
    return results;
  };
}

/**
 * The model's outputs as probabilities that sum to 1 (they do but for rounding).
 * @throws AppError `engine_failed` where they are not numbers
 */
export function toScores(values: ArrayLike<number>): EmotionScores {
  const scores: Record<Emotion, number> = { anger: 0, disgust: 0, fear: 0, happiness: 0, sadness: 0, surprise: 0, neutral: 0 };
  for (const [i, name] of humanEmotionOrder.entries()) scores[name] = Math.max(0, values[i] ?? Number.NaN);
  const sum = emotionNames.reduce((total, name) => total + scores[name], 0);
  if (!(sum > 0 && Number.isFinite(sum))) throw new AppError("engine_failed", "The inference engine failed on this picture.", { detail: `emotion outputs ${Array.from(values).join(", ")}` });
  for (const name of emotionNames) scores[name] /= sum;
  return scores;
}
