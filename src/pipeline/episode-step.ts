// Where an episode of one curve begins and ends: hysteresis with two thresholds, and gaps that it outlasts. Pure.

import type { EpisodeSettings } from "../core/config.js";

/** One frame's value of one emotion of one face. */
export interface EpisodeSample {
  readonly seq: number;
  readonly epoch: number;
  readonly ptsMs: number;
  /** Rises from sample to sample whatever `ptsMs` does. */
  readonly atMs: number;
  readonly raw: number;
  readonly smoothed: number;
}

/** An episode that is not known to be over. */
export interface OpenEpisode {
  readonly onset: EpisodeSample;
  /** Of the largest raw value from `onset` to `last`, the first. */
  readonly peak: EpisodeSample;
  /** The last sample that was not below `offsetBelow`: the offset, when nothing follows. */
  readonly last: EpisodeSample;
  /** Since `last` there was a frame below `offsetBelow` or without the face. */
  readonly inGap: boolean;
  /** Of the largest raw value since `last`; counts once the episode goes on. */
  readonly gapPeak?: EpisodeSample;
}

export interface EpisodeStep {
  /** Ended with its `last`. */
  readonly ended?: OpenEpisode;
  readonly open?: OpenEpisode;
}

/**
 * One frame further. Two frames in a row that are above the threshold have no gap between them, however rarely frames come.
 * @param sample undefined: the face is not in this frame
 */
export function stepEpisode(open: OpenEpisode | undefined, sample: EpisodeSample | undefined, atMs: number, settings: EpisodeSettings): EpisodeStep {
  const above = sample !== undefined && sample.smoothed >= settings.offsetBelow;
  if (open !== undefined && (open.inGap || !above) && atMs - open.last.atMs > settings.maxGapMs) return { ended: open, ...stepEpisode(undefined, sample, atMs, settings) };
  if (open === undefined) return sample !== undefined && sample.smoothed >= settings.onsetAt ? { open: { onset: sample, peak: sample, last: sample, inGap: false } } : {};
  if (above) return { open: { onset: open.onset, peak: larger(larger(open.peak, open.gapPeak), sample), last: sample, inGap: false } };
  return { open: { ...open, inGap: true, ...(sample && { gapPeak: larger(open.gapPeak ?? sample, sample) }) } };
}

/** Whether an episode has lasted long enough to be one. */
export function isLongEnough({ onset, last }: OpenEpisode, { minDurationMs }: EpisodeSettings): boolean {
  return last.atMs - onset.atMs >= minDurationMs;
}

function larger(first: EpisodeSample, second: EpisodeSample | undefined): EpisodeSample {
  return second !== undefined && second.raw > first.raw ? second : first;
}
