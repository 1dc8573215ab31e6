// The newest episodes of one stream, put together from the feed's events. Bounded: the oldest go.

/** @import {EpisodeMessage} from "../src/core/feed.ts" */

export const maxEpisodes = 100;

/** @typedef {Pick<EpisodeMessage, "ptsMs" | "raw" | "smoothed" | "sinceOnsetMs" | "seq">} Moment numbers of the frame in which it happened */

/**
 * @typedef {object} Episode
 * @property {number} episodeId
 * @property {number} trackId
 * @property {EpisodeMessage["emotion"]} emotion
 * @property {number} toldAtMs when it was first heard of, on the page's clock
 * @property {Moment} [onset] absent where the page was opened in the middle
 * @property {Moment} [peak]
 * @property {Moment} [offset]
 * @property {boolean} [lost] its end may have been missed while the connection was lost
 */

/** Episodes, newest first. */
export class EpisodeLog {
  /** @type {Episode[]} */
  #episodes = [];

  /**
   * @param {EpisodeMessage} message
   * @param {number} nowMs
   */
  tell({ event, episodeId, trackId, emotion, ptsMs, raw, smoothed, sinceOnsetMs, seq }, nowMs) {
    let episode = this.#episodes.find((e) => e.episodeId === episodeId && e.trackId === trackId && e.emotion === emotion);
    // Told again under the same number with another onset: the stream was begun anew.
    if (episode === undefined || (event === "onset" && episode.offset !== undefined)) {
      episode = { episodeId, trackId, emotion, toldAtMs: nowMs };
      this.#episodes.unshift(episode);
      this.#episodes.length = Math.min(this.#episodes.length, maxEpisodes);
    }
    episode[event] = { ptsMs, raw, smoothed, sinceOnsetMs, seq };
    if (event === "offset") delete episode.lost;
  }

  /** The connection is new: ends may have been missed. */
  markLost() {
    for (const episode of this.#episodes) if (episode.offset === undefined) episode.lost = true;
  }

  /** Newest first. */
  get episodes() {
    return /** @type {readonly Episode[]} */ (this.#episodes);
  }
}
