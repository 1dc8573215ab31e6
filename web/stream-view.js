// What stands below the large picture of one stream: its last minutes, episodes, scores, quality and settings. Made when somebody
// opens the view, gone when they leave; what it shows is remembered by the stream's record.

import { ApiError } from "./api.js";
import { el } from "./dom.js";
import { EpisodePanel } from "./episode-panel.js";
import { QualityPanel } from "./quality-panel.js";
import { ScoresPanel } from "./scores-panel.js";
import { SettingsForm } from "./settings-form.js";
import { TimelinePanel } from "./timeline-panel.js";
import { wordsForCode } from "./words.js";

/** @import {FrameMessage} from "../src/core/feed.ts" */
/** @import {StreamInfo} from "../src/server/schemas.ts" */
/** @import {Api} from "./api.js" */
/** @import {QualityInput} from "./quality-panel.js" */
/** @import {StreamRecord} from "./stream-record.js" */

/** The details of one stream. */
export class StreamView {
  #id;
  #api;
  #timeline = new TimelinePanel();
  #episodes = new EpisodePanel();
  #quality = new QualityPanel();
  #scores = new ScoresPanel({ onRest: (trackId) => void this.#rest(trackId), onForget: () => void this.#forget() });
  #onChanged;

  /**
   * @param {string} id
   * @param {Api} api
   * @param {(info: StreamInfo) => void} onChanged
   */
  constructor(id, api, onChanged) {
    this.#id = id;
    this.#api = api;
    this.#onChanged = onChanged;
    const settings = new SettingsForm(id, { schema: () => api.analysisSchema(), info: () => api.getStream(id), change: (patch) => api.changeStream(id, patch) }, onChanged);
    this.element = el("div", { class: "stream-view" }, this.#timeline.element, this.#episodes.element, this.#scores.element, this.#quality.element, settings.element);
  }

  /**
   * Once a second, and when it is opened.
   * @param {StreamRecord} record
   * @param {Omit<QualityInput, "quality" | "id">} about
   * @param {number} nowMs since 1970
   */
  tick(record, about, nowMs) {
    this.#timeline.show(record.minutes, nowMs);
    this.#episodes.show(record.episodes.episodes);
    this.#quality.show({ ...about, id: this.#id, quality: record.quality.read(nowMs) });
    if (about.status.state !== "live" && about.status.state !== "stalled") this.#scores.show(undefined, nowMs);
  }

  /**
   * An episode was told.
   * @param {StreamRecord} record
   */
  showEpisodes(record) {
    this.#episodes.show(record.episodes.episodes);
  }

  /**
   * A frame was drawn.
   * @param {FrameMessage} result
   * @param {number} nowMs since 1970
   */
  show(result, nowMs) {
    this.#scores.show(result, nowMs);
  }

  /** @param {number | undefined} trackId */
  async #rest(trackId) {
    try {
      const { tracks, seconds } = await this.#api.restartBaseline(this.#id, trackId);
      this.#scores.measuring(tracks, seconds, Date.now());
    } catch (error) {
      this.#tell(error);
    }
  }

  async #forget() {
    try {
      this.#onChanged(await this.#api.changeStream(this.#id, { analysis: { baseline: { mode: "off" } } }));
      this.#scores.tell("Resting faces are forgotten.");
    } catch (error) {
      this.#tell(error);
    }
  }

  /** @param {unknown} error */
  #tell(error) {
    if (!(error instanceof ApiError)) throw error;
    this.#scores.tell(error.code === "conflict" ? "There is no face in the picture now." : wordsForCode(error.code, error.message).what);
  }
}
