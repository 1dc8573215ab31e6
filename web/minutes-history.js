// The last minutes of the faces of one stream: one mean a second for each, so that a page may stay open for hours. Time is the page's
// clock: a stream's own starts anew with every reconnect, and a minute on the wall is a minute.

import { EmotionHistory } from "./emotion-history.js";
import { emotionNames } from "./emotions.js";

/** @import {Face} from "../src/core/feed.ts" */
/** @import {Emotion, EmotionScores} from "./emotions.js" */

/** How far back it reaches. */
export const minutesMs = 300_000;
const stepMs = 1000;
/** Most faces that are remembered; those seen last stay. */
export const maxTracks = 12;

/** One face's minutes. */
class TrackMinutes {
  history = new EmotionHistory({ spanMs: minutesMs, minStepMs: stepMs / 2 });
  seenAtMs = 0;
  #second = 0;
  /** @type {Record<Emotion, number>} */
  #sums = zeros();
  #count = 0;
  #uncertain = 0;

  /**
   * @param {Face} face
   * @param {number} nowMs
   */
  add(face, nowMs) {
    const second = Math.floor(nowMs / stepMs);
    if (second !== this.#second) this.#close();
    this.#second = second;
    this.seenAtMs = nowMs;
    this.#count++;
    this.#uncertain += face.uncertain ? 1 : 0;
    for (const name of emotionNames) this.#sums[name] += face.smoothed[name];
  }

  #close() {
    if (this.#count === 0) return;
    const scores = /** @type {EmotionScores} */ (Object.fromEntries(emotionNames.map((name) => [name, this.#sums[name] / this.#count])));
    const label = emotionNames.reduce((best, name) => (scores[name] > scores[best] ? name : best));
    this.history.add(0, (this.#second + 0.5) * stepMs, scores, label, this.#uncertain * 2 > this.#count);
    this.#sums = zeros();
    this.#count = 0;
    this.#uncertain = 0;
  }
}

/** The minutes of all faces of a stream. */
export class MinutesHistory {
  /** @type {Map<number, TrackMinutes>} */
  #tracks = new Map();

  /**
   * @param {readonly Face[]} faces of one frame
   * @param {number} nowMs
   */
  add(faces, nowMs) {
    for (const face of faces) {
      const track = this.#tracks.get(face.trackId) ?? new TrackMinutes();
      this.#tracks.set(face.trackId, track);
      track.add(face, nowMs);
    }
    if (this.#tracks.size > maxTracks) this.#prune(nowMs);
  }

  /**
   * Faces seen within the last minutes, by track id.
   * @param {number} nowMs
   */
  tracks(nowMs) {
    this.#prune(nowMs);
    return [...this.#tracks].toSorted((a, b) => a[0] - b[0]).map(([trackId, { history, seenAtMs }]) => ({ trackId, history, seenAtMs }));
  }

  /** Samples that are held. */
  get size() {
    return [...this.#tracks.values()].reduce((sum, { history }) => sum + history.samples.length, 0);
  }

  /** @param {number} nowMs */
  #prune(nowMs) {
    const newestFirst = [...this.#tracks].toSorted((a, b) => b[1].seenAtMs - a[1].seenAtMs);
    for (const [index, [trackId, { seenAtMs }]] of newestFirst.entries()) {
      if (index >= maxTracks || nowMs - seenAtMs > minutesMs) this.#tracks.delete(trackId);
    }
  }
}

/** @returns {Record<Emotion, number>} */
function zeros() {
  return /** @type {Record<Emotion, number>} */ (Object.fromEntries(emotionNames.map((name) => [name, 0])));
}
