// What the page remembers of one stream while nobody looks at its details: minutes, episodes, quality. All of it is bounded.

import { EpisodeLog } from "./episode-log.js";
import { MinutesHistory } from "./minutes-history.js";
import { QualityMeter } from "./quality-meter.js";

/** @import {EpisodeMessage, FrameMessage} from "../src/core/feed.ts" */

/** The record of one stream. Times are milliseconds since 1970 on the page's clock. */
export class StreamRecord {
  minutes = new MinutesHistory();
  episodes = new EpisodeLog();
  quality = new QualityMeter();

  /**
   * @param {Pick<FrameMessage, "faces">} result
   * @param {number} nowMs
   */
  addResult({ faces }, nowMs) {
    this.minutes.add(faces, nowMs);
    this.quality.add(faces, nowMs);
  }

  /**
   * @param {EpisodeMessage} message
   * @param {number} nowMs
   */
  tellEpisode(message, nowMs) {
    this.episodes.tell(message, nowMs);
  }
}
