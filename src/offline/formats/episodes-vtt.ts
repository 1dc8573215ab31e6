// WebVTT captions of episodes: a cue for each, from its onset to its offset.

import type { PrivacyDeclaration } from "../../core/privacy.js";
import { EpisodeSpans, type EpisodeSpan } from "./episode-spans.js";
import type { ResultWriter, WriteText } from "./types.js";
import { vttHead, vttTime } from "./vtt.js";

/** Writes WebVTT at the end: cues are ordered by their start, and an episode is told when it is over. */
export function createEpisodesVttWriter(write: WriteText, privacy?: PrivacyDeclaration): ResultWriter {
  const episodes = new EpisodeSpans();
  return {
    frame: () => Promise.resolve(),
    episode(record) {
      episodes.add(record);
      return Promise.resolve();
    },
    async finish() {
      await write(vttHead(privacy));
      for (const span of episodes.spans) await write(cue(span));
    },
  };
}

function cue({ trackId, emotion, startMs, endMs, peakMs, peak }: EpisodeSpan): string {
  // A cue must end after its start; an episode of one frame does not.
  const end = Math.max(Math.round(endMs), Math.max(0, Math.round(startMs)) + 1);
  return `\n${vttTime(startMs)} --> ${vttTime(end)}\n<v Face ${trackId}>Face ${trackId}: ${emotion}, peak ${Math.round(peak * 100)}% at ${vttTime(peakMs)}\n`;
}
