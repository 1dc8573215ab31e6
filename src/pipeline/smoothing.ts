// Exponential smoothing of emotions over time.

import { normalise, scoresFrom, type EmotionScores } from "../core/emotions.js";

/**
 * One step of exponential smoothing between two distributions: the older one weighs exp(-dt/timeConstant).
 * A time constant of 0 gives the newer one.
 */
export function smooth(older: EmotionScores, newer: EmotionScores, dtMs: number, timeConstantMs: number): EmotionScores {
  const keep = timeConstantMs > 0 ? Math.exp(-Math.max(0, dtMs) / timeConstantMs) : 0;
  return normalise(scoresFrom((name) => keep * older[name] + (1 - keep) * newer[name]));
}
