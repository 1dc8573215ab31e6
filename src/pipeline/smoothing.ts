// Exponential smoothing of emotions over time, and the checks that make any scores a distribution.

import { emotionNames, type EmotionScores } from "../core/emotions.js";

/** No knowledge at all: every emotion as likely as another. */
export const uniformScores: EmotionScores = scoresFrom(() => 1 / emotionNames.length);

/** The scores as a distribution: none negative or not a number, sum 1. Without any weight: uniform. */
export function normalise(scores: EmotionScores): EmotionScores {
  const clean = scoresFrom((name) => (scores[name] > 0 && Number.isFinite(scores[name]) ? scores[name] : 0));
  const sum = emotionNames.reduce((total, name) => total + clean[name], 0);
  return sum > 0 ? scoresFrom((name) => clean[name] / sum) : uniformScores;
}

/**
 * One step of exponential smoothing between two distributions: the older one weighs exp(-dt/timeConstant).
 * A time constant of 0 gives the newer one.
 */
export function smooth(older: EmotionScores, newer: EmotionScores, dtMs: number, timeConstantMs: number): EmotionScores {
  const keep = timeConstantMs > 0 ? Math.exp(-Math.max(0, dtMs) / timeConstantMs) : 0;
  return normalise(scoresFrom((name) => keep * older[name] + (1 - keep) * newer[name]));
}

function scoresFrom(value: (name: (typeof emotionNames)[number]) => number): EmotionScores {
  return Object.fromEntries(emotionNames.map((name) => [name, value(name)])) as Record<(typeof emotionNames)[number], number>;
}
