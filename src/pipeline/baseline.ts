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
  #settings: BaselineSettings;
  readonly #tracks = new Map<number, Resting>();

  constructor(settings: BaselineSettings) {
    this.#settings = settings;
  }

  /** Takes other settings. Baselines that are known stand; `off` forgets all of them, those asked for with `restart` too. */
  configure(settings: BaselineSettings): void {
    if (settings.mode === "off") this.#tracks.clear();
    this.#settings = settings;
  }

  /** These tracks' baselines begin anew with what comes from `atMs` on, whatever the mode is: somebody says that this is how they look at rest. */
  restart(trackIds: readonly number[], atMs: number): void {
    for (const id of trackIds) this.#tracks.set(id, { sinceMs: atMs, samples: [] });
  }

  /** The scores of one frame less the track's baseline; undefined while that is not known. Times rise from call to call. */
  correct(trackId: number, emotions: EmotionScores, smoothed: EmotionScores, atMs: number): EmotionScores | undefined {
    const known = this.#tracks.get(trackId);
    if (known === undefined && this.#settings.mode === "off") return undefined;
    const track = known ?? { sinceMs: atMs, samples: [] };
    this.#tracks.set(trackId, track);
    if (track.baseline === undefined && atMs - track.sinceMs < this.#settings.seconds * 1000) {
      track.samples.push(emotions);
      return undefined;
    }
    if (track.baseline === undefined) {
      // A face that was away for all of that time has its first frame.
      track.baseline = baselineOf(track.samples.length > 0 ? track.samples : [emotions]);
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
