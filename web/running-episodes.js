// Which emotions of which faces go on just now, from the feed's `episode` messages. A page opened in the middle of an episode does
// not know it: its onset was told before.

/** @import {EpisodeMessage} from "../src/core/feed.ts" */
/** @import {Emotion} from "./emotions.js" */

/** Onsets of one stream's episodes that are not over. */
export class RunningEpisodes {
  /** @type {Map<string, { epoch: number, ptsMs: number }>} */
  #onsets = new Map();

  /** @param {EpisodeMessage} message */
  tell({ event, trackId, emotion, epoch = 0, ptsMs }) {
    const key = `${trackId} ${emotion}`;
    if (event === "onset") this.#onsets.set(key, { epoch, ptsMs });
    else if (event === "offset") this.#onsets.delete(key);
  }

  /**
   * For how long, in milliseconds, an emotion has gone on at a frame's time. Undefined: it does not, or the clock started anew since.
   * @param {number} trackId
   * @param {Emotion} emotion
   * @param {number} epoch
   * @param {number} ptsMs
   */
  durationMs(trackId, emotion, epoch, ptsMs) {
    const onset = this.#onsets.get(`${trackId} ${emotion}`);
    return onset?.epoch === epoch && ptsMs >= onset.ptsMs ? ptsMs - onset.ptsMs : undefined;
  }

  /** Forgets all, as ends may have been missed. */
  clear() {
    this.#onsets.clear();
  }
}
