// One event of an episode, as the pipeline tells it and as the feed and result files write it.

import type { Emotion } from "./emotions.js";
import { feedVersion, type EpisodeMessage, type episodeEvents } from "./feed.js";

/** An emotion of a face began, had its peak or ended. Numbers are those of the frame in which it happened, rounded as the feed's are. */
export interface EpisodeEvent {
  readonly event: (typeof episodeEvents)[number];
  readonly episodeId: number;
  readonly trackId: number;
  readonly emotion: Emotion;
  readonly seq: number;
  readonly epoch: number;
  readonly ptsMs: number;
  readonly raw: number;
  readonly smoothed: number;
  readonly sinceOnsetMs: number;
}

/** An event as a message of the feed. */
export function episodeMessage(streamId: string, { seq, epoch, ptsMs, event, episodeId, trackId, emotion, raw, smoothed, sinceOnsetMs }: EpisodeEvent): EpisodeMessage {
  return { type: "episode", v: feedVersion, streamId, seq, ...(epoch > 0 && { epoch }), ptsMs, event, episodeId, trackId, emotion, raw, smoothed, sinceOnsetMs };
}
