// Episodes of every face and emotion of one stream or file, out of its results in their order. Both ways use it, on the numbers
// as they are published: the same results give the same episodes, and whoever has the results can make them again.

import type { EpisodeSettings } from "../core/config.js";
import { emotionNames, type Emotion } from "../core/emotions.js";
import type { EpisodeEvent } from "../core/episode.js";
import { roundPtsMs } from "../core/round.js";
import { isLongEnough, stepEpisode, type EpisodeSample, type OpenEpisode } from "./episode-step.js";
import type { FrameResult } from "./types.js";

/** What is read of a result. */
export type EpisodeInput = Pick<FrameResult, "seq" | "epoch" | "ptsMs" | "atMs" | "faces" | "tracks">;

interface Curve {
  open?: OpenEpisode;
  /** Given with the onset; before that nobody knows of the episode. */
  episodeId?: number;
}

type Curves = Record<Emotion, Curve>;

/** Follows one curve for each emotion of each track. An onset is told once the episode is long enough; peak and offset when it is over. */
export class Episodes {
  #settings: EpisodeSettings;
  readonly #tracks = new Map<number, Curves>();
  #lastId = 0;

  constructor(settings: EpisodeSettings) {
    this.#settings = settings;
  }

  /** Other thresholds, from the next result on; episodes that are open go on under them. */
  configure(settings: EpisodeSettings): void {
    this.#settings = settings;
  }

  /** What became known with a result: by track, then in the order of the emotions, ends before onsets. */
  add(result: EpisodeInput): EpisodeEvent[] {
    const events: EpisodeEvent[] = [];
    const alive = new Set(result.tracks);
    const faces = new Map(result.faces.map((face) => [face.trackId, face]));
    for (const [trackId, curves] of this.#tracks) if (!alive.has(trackId)) events.push(...this.#endTrack(trackId, curves));
    for (const trackId of faces.keys()) if (!this.#tracks.has(trackId)) this.#tracks.set(trackId, noCurves());
    for (const [trackId, curves] of this.#tracks) {
      const face = faces.get(trackId);
      for (const emotion of emotionNames) {
        const sample = face && { seq: result.seq, epoch: result.epoch, ptsMs: result.ptsMs, atMs: result.atMs, raw: face.emotions[emotion], smoothed: face.smoothed[emotion] };
        events.push(...this.#step(trackId, emotion, curves[emotion], sample, result.atMs));
      }
    }
    return events;
  }

  /** Ends all episodes, as nothing follows for now. Ids go on counting. */
  end(): EpisodeEvent[] {
    return [...this.#tracks].flatMap(([trackId, curves]) => this.#endTrack(trackId, curves));
  }

  #step(trackId: number, emotion: Emotion, curve: Curve, sample: EpisodeSample | undefined, atMs: number): EpisodeEvent[] {
    const { ended, open } = stepEpisode(curve.open, sample, atMs, this.#settings);
    const events = ended === undefined ? [] : endEvents(trackId, emotion, { ...curve, open: ended });
    if (ended !== undefined) delete curve.episodeId;
    if (open === undefined) delete curve.open;
    else curve.open = open;
    if (open !== undefined && curve.episodeId === undefined && isLongEnough(open, this.#settings)) {
      curve.episodeId = ++this.#lastId;
      events.push(eventOf("onset", curve.episodeId, trackId, emotion, open.onset, open.onset));
    }
    return events;
  }

  #endTrack(trackId: number, curves: Curves): EpisodeEvent[] {
    this.#tracks.delete(trackId);
    return emotionNames.flatMap((emotion) => endEvents(trackId, emotion, curves[emotion]));
  }
}

function noCurves(): Curves {
  return Object.fromEntries(emotionNames.map((name) => [name, {}])) as Curves;
}

function endEvents(trackId: number, emotion: Emotion, { open, episodeId }: Curve): EpisodeEvent[] {
  if (open === undefined || episodeId === undefined) return [];
  const { onset, peak, last } = open;
  return [eventOf("peak", episodeId, trackId, emotion, onset, peak), eventOf("offset", episodeId, trackId, emotion, onset, last)];
}

function eventOf(event: EpisodeEvent["event"], episodeId: number, trackId: number, emotion: Emotion, onset: EpisodeSample, at: EpisodeSample): EpisodeEvent {
  const { seq, epoch, ptsMs, raw, smoothed } = at;
  return { event, episodeId, trackId, emotion, seq, epoch, ptsMs, raw, smoothed, sinceOnsetMs: roundPtsMs(at.atMs - onset.atMs) };
}
