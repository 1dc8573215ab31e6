// Human's emotion scores as a distribution over ours.

import { emotionNames, type Emotion, type EmotionScores } from "../core/emotions.js";
import type { HumanEmotion } from "./human-api.js";

const ours: Readonly<Record<string, Emotion>> = {
  angry: "anger",
  disgust: "disgust",
  fear: "fear",
  happy: "happiness",
  sad: "sadness",
  surprise: "surprise",
  neutral: "neutral",
};

/** Probabilities that sum to 1. Undefined where Human gives no usable score. */
export function emotionsOf(scores: readonly HumanEmotion[]): EmotionScores | undefined {
  const result: Record<Emotion, number> = { anger: 0, disgust: 0, fear: 0, happiness: 0, sadness: 0, surprise: 0, neutral: 0 };
  for (const { emotion, score } of scores) {
    const name = ours[emotion];
    if (name !== undefined && Number.isFinite(score)) result[name] += Math.max(0, score);
  }
  const sum = emotionNames.reduce((total, name) => total + result[name], 0);
  if (!(sum > 0)) return undefined;
  for (const name of emotionNames) result[name] /= sum;
  return result;
}
