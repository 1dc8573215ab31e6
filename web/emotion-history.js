// The last seconds of one face: probabilities over the stream's own time, thinned to what a small timeline can show.

/** @import {Emotion, EmotionScores} from "./emotions.js" */

/** How far back a timeline reaches. */
export const historyMs = 20_000;

/** Samples closer than this are left out: 20 s at 10 a second fill a timeline of any width. */
const minStepMs = 100;

/** A longer silence is drawn as a gap. */
export const gapMs = 2500;

/** @typedef {{ readonly ptsMs: number, readonly scores: EmotionScores, readonly label: Emotion }} Sample */

/** History of one track. */
export class EmotionHistory {
  /** @type {Sample[]} */
  #samples = [];
  #epoch = 0;

  /**
   * Takes one frame's scores. A new epoch starts the history anew, since its clock does too.
   * @param {number} epoch
   * @param {number} ptsMs
   * @param {EmotionScores} scores
   * @param {Emotion} label
   */
  add(epoch, ptsMs, scores, label) {
    if (epoch !== this.#epoch) {
      this.#samples = [];
      this.#epoch = epoch;
    }
    const last = this.#samples.at(-1);
    if (last !== undefined && ptsMs - last.ptsMs < minStepMs) return;
    this.#samples.push({ ptsMs, scores, label });
    const keep = this.#samples.findIndex((s) => s.ptsMs >= ptsMs - historyMs);
    if (keep > 0) this.#samples.splice(0, keep);
  }

  /** Samples in time order. */
  get samples() {
    return /** @type {readonly Sample[]} */ (this.#samples);
  }

  /**
   * Stretches with one leading emotion, in time order; neighbours of the same emotion are one unless a gap lies between.
   * @returns {{ label: Emotion, fromMs: number, toMs: number }[]}
   */
  stretches() {
    /** @type {{ label: Emotion, fromMs: number, toMs: number }[]} */
    const stretches = [];
    for (const { ptsMs, label } of this.#samples) {
      const current = stretches.at(-1);
      const joined = current !== undefined && ptsMs - current.toMs <= gapMs;
      if (joined) current.toMs = ptsMs;
      if (!joined || current.label !== label) stretches.push({ label, fromMs: ptsMs, toMs: ptsMs });
    }
    return stretches;
  }
}
