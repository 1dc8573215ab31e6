// The last seconds or minutes of one face: probabilities over time, thinned to what a timeline can show.

/** @import {Emotion, EmotionScores} from "./emotions.js" */

/** How far back a timeline beside a picture reaches. */
export const historyMs = 20_000;

/** Samples closer than this are left out: 20 s at 10 a second fill a timeline of any width. */
const minStepMs = 100;

/** A longer silence is drawn as a gap. */
export const gapMs = 2500;

/** @typedef {{ readonly ptsMs: number, readonly scores: EmotionScores, readonly label: Emotion, readonly uncertain: boolean }} Sample */
/** @typedef {{ label: Emotion, uncertain: boolean, fromMs: number, toMs: number }} Stretch */

/** History of one track. */
export class EmotionHistory {
  /** How far back it reaches, milliseconds. @type {number} */
  spanMs;
  #minStepMs;
  /** @type {Sample[]} */
  #samples = [];
  #epoch = 0;

  /** @param {{ spanMs: number, minStepMs: number }} [reach] */
  constructor(reach = { spanMs: historyMs, minStepMs }) {
    this.spanMs = reach.spanMs;
    this.#minStepMs = reach.minStepMs;
  }

  /**
   * Takes one frame's scores. A new epoch starts the history anew, since its clock does too.
   * @param {number} epoch
   * @param {number} ptsMs
   * @param {EmotionScores} scores
   * @param {Emotion} label
   * @param {boolean} [uncertain]
   */
  add(epoch, ptsMs, scores, label, uncertain = false) {
    if (epoch !== this.#epoch) {
      this.#samples = [];
      this.#epoch = epoch;
    }
    const last = this.#samples.at(-1);
    if (last !== undefined && ptsMs - last.ptsMs < this.#minStepMs) return;
    this.#samples.push({ ptsMs, scores, label, uncertain });
    const keep = this.#samples.findIndex((s) => s.ptsMs >= ptsMs - this.spanMs);
    if (keep > 0) this.#samples.splice(0, keep);
  }

  /** Samples in time order. */
  get samples() {
    return /** @type {readonly Sample[]} */ (this.#samples);
  }

  /**
   * Stretches with one leading emotion, in time order; neighbours of the same emotion are one unless a gap lies between.
   * @returns {Stretch[]}
   */
  stretches() {
    /** @type {Stretch[]} */
    const stretches = [];
    for (const { ptsMs, label, uncertain } of this.#samples) {
      const current = stretches.at(-1);
      const joined = current !== undefined && ptsMs - current.toMs <= gapMs;
      if (joined) current.toMs = ptsMs;
      if (!joined || current.label !== label || current.uncertain !== uncertain) stretches.push({ label, uncertain, fromMs: ptsMs, toMs: ptsMs });
    }
    return stretches;
  }
}
