// Episodes put together from their events, for formats that write each as a whole. One small entry an episode is kept until the end.

import type { Emotion } from "../../core/emotions.js";
import type { EpisodeRecord } from "./types.js";

export interface EpisodeSpan {
  readonly episodeId: number;
  readonly trackId: number;
  readonly emotion: Emotion;
  /** Playing times, milliseconds. */
  readonly startMs: number;
  readonly endMs: number;
  readonly peakMs: number;
  /** Largest probability, 0 to 1, not smoothed. */
  readonly peak: number;
}

/** Collects events. Every episode that began has its peak and offset by the end. */
export class EpisodeSpans {
  readonly #onsets = new Map<number, EpisodeRecord>();
  readonly #peaks = new Map<number, EpisodeRecord>();
  readonly #spans: EpisodeSpan[] = [];

  add(record: EpisodeRecord): void {
    const { episodeId, trackId, emotion } = record;
    if (record.event === "onset") this.#onsets.set(episodeId, record);
    else if (record.event === "peak") this.#peaks.set(episodeId, record);
    else {
      const [onset = record, peak = record] = [this.#onsets.get(episodeId), this.#peaks.get(episodeId)];
      this.#onsets.delete(episodeId);
      this.#peaks.delete(episodeId);
      this.#spans.push({ episodeId, trackId, emotion, startMs: onset.timeMs, endMs: record.timeMs, peakMs: peak.timeMs, peak: peak.raw });
    }
  }

  /** By start, then in the order in which they were told. */
  get spans(): readonly EpisodeSpan[] {
    return this.#spans.toSorted((a, b) => a.startMs - b.startMs || a.episodeId - b.episodeId);
  }
}
