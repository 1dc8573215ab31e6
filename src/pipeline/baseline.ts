// What a face shows at rest, out of its first seconds: some people's resting faces look sad or angry to any net. Medians, since a
// smile or two in these seconds must not count. Pure.

import type { BaselineSettings } from "../core/config.js";
import { scoresFrom, type EmotionScores } from "../core/emotions.js";

/** The middle value; of an even number the mean of both middle ones. NaN of none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length / 2;
  return (sorted[Math.ceil(half) - 1]! + sorted[Math.floor(half)]!) / 2;
}

/** The median of each emotion by itself; their sum need not be 1. */
export function baselineOf(samples: readonly EmotionScores[]): EmotionScores {
  return scoresFrom((name) => median(samples.map((scores) => scores[name])));
}

interface Resting {
  readonly sinceMs: number;
  /** Until the baseline is known. */
  samples: EmotionScores[];
  baseline?: EmotionScores;
}

/** Baselines of the tracks of one stream. */
export class Baselines {
  readonly #settings: BaselineSettings;
  readonly #tracks = new Map<number, Resting>();

  constructor(settings: BaselineSettings) {
    this.#settings = settings;
  }

  /** The scores of one frame less the track's baseline; undefined while that is not known. Times rise from call to call. */
  correct(trackId: number, emotions: EmotionScores, smoothed: EmotionScores, atMs: number): EmotionScores | undefined {
    if (this.#settings.mode === "off") return undefined;
    const track = this.#tracks.get(trackId) ?? { sinceMs: atMs, samples: [] };
    this.#tracks.set(trackId, track);
    if (atMs - track.sinceMs < this.#settings.seconds * 1000) {
      track.samples.push(emotions);
      return undefined;
    }
    if (track.baseline === undefined) {
      track.baseline = baselineOf(track.samples);
      track.samples = [];
    }
    const { baseline } = track;
    return scoresFrom((name) => smoothed[name] - baseline[name]);
  }

  /** Forgets tracks that are over. */
  keep(alive: ReadonlySet<number>): void {
    for (const id of this.#tracks.keys()) if (!alive.has(id)) this.#tracks.delete(id);
  }
}
