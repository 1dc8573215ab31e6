// Curves for whatever part of the film is on screen, at the resolution of the screen: tiles of 256 points, for the tracks in sight.

import { TileCache } from "./tile-cache.js";

/** @import {AnalysisCurves} from "../../src/server/analysis-views.ts" */
/** @typedef {AnalysisCurves["tracks"][number]["points"][number]} CurvePoint */
/** @typedef {{ bucketMs: number, points: readonly CurvePoint[] }} Curve */

/** Shortest point of the server. Milliseconds. */
const shortestMs = 25;
const tilePoints = 256;
const mostTiles = 160;

/** Length of a point so that a range has at most so many: the server's own ladder. @param {number} spanMs @param {number} points */
export function bucketFor(spanMs, points) {
  let lengthMs = shortestMs;
  while (spanMs / lengthMs > points) lengthMs *= 2;
  return lengthMs;
}

/** Fetches and keeps tiles of curves. */
export class CurveStore {
  #fetch;
  /** @type {TileCache<AnalysisCurves>} */
  #cache;

  /**
   * @param {(range: { from: number, to: number, points: number, tracks: readonly number[] }) => Promise<AnalysisCurves>} fetch
   * @param {() => void} onLoaded
   */
  constructor(fetch, onLoaded) {
    this.#fetch = fetch;
    this.#cache = new TileCache(mostTiles, onLoaded);
  }

  /**
   * Asks for what is seen, most wanted first.
   * @param {readonly { fromMs: number, toMs: number, bucketMs: number }[]} views
   * @param {readonly (readonly number[])[]} groups tracks of each lane in sight
   */
  want(views, groups) {
    const wanted = views.flatMap(({ fromMs, toMs, bucketMs }) => this.#tiles(fromMs, toMs, bucketMs).map((tile) => ({ bucketMs, tile })));
    this.#cache.want(
      wanted.flatMap(({ bucketMs, tile }) =>
        groups.map((tracks) => ({
          key: keyOf(bucketMs, tile, tracks),
          load: () => this.#fetch({ from: tile * bucketMs * tilePoints, to: (tile + 1) * bucketMs * tilePoints, points: tilePoints, tracks }),
        })),
      ),
    );
  }

  /**
   * The points of a lane, from the finest tiles that are there: where the wanted ones are still on their way, coarser ones stand in.
   * @param {number} fromMs
   * @param {number} toMs
   * @param {number} bucketMs
   * @param {readonly number[]} tracks
   * @returns {Curve[]} pieces in order of time
   */
  curves(fromMs, toMs, bucketMs, tracks) {
    return this.#tiles(fromMs, toMs, bucketMs).flatMap((tile) => {
      const [start, end] = [tile * bucketMs * tilePoints, (tile + 1) * bucketMs * tilePoints];
      for (let length = bucketMs; length <= bucketMs * 4096; length *= 2) {
        const answer = this.#cache.peek(keyOf(length, Math.floor(start / (length * tilePoints)), tracks));
        if (!answer) continue;
        const points = mergePoints(answer.tracks.map((t) => t.points));
        return [{ bucketMs: answer.bucketMs, points: length === bucketMs ? points : points.filter((p) => p.timeMs >= start - length && p.timeMs < end + length) }];
      }
      return [];
    });
  }

  /** Episodes of a lane in the tiles that are there, each once. @param {number} fromMs @param {number} toMs @param {number} bucketMs @param {readonly number[]} tracks */
  episodes(fromMs, toMs, bucketMs, tracks) {
    /** @type {Map<number, AnalysisCurves["episodes"][number]>} */
    const found = new Map();
    for (const tile of this.#tiles(fromMs, toMs, bucketMs)) {
      for (const episode of this.#cache.peek(keyOf(bucketMs, tile, tracks))?.episodes ?? []) found.set(episode.episodeId, episode);
    }
    return [...found.values()];
  }

  /** @param {number} fromMs @param {number} toMs @param {number} bucketMs */
  #tiles(fromMs, toMs, bucketMs) {
    const tileMs = bucketMs * tilePoints;
    const first = Math.floor(Math.max(0, fromMs) / tileMs);
    const count = Math.ceil(toMs / tileMs) - first;
    return Array.from({ length: Math.max(0, count) }, (_, i) => first + i);
  }
}

/** @param {number} bucketMs @param {number} tile @param {readonly number[]} tracks */
function keyOf(bucketMs, tile, tracks) {
  return `${bucketMs}:${tile}:${tracks.join(",")}`;
}

/**
 * Points of several tracks of one person as one curve: means weighted by frames.
 * @param {readonly (readonly CurvePoint[])[]} tracks
 * @returns {readonly CurvePoint[]}
 */
export function mergePoints(tracks) {
  if (tracks.length <= 1) return tracks[0] ?? [];
  /** @type {Map<number, CurvePoint>} */
  const merged = new Map();
  for (const point of tracks.flat()) {
    const other = merged.get(point.timeMs);
    merged.set(point.timeMs, other === undefined ? point : both(other, point));
  }
  return [...merged.values()].toSorted((a, b) => a.timeMs - b.timeMs);
}

/** @param {CurvePoint} a @param {CurvePoint} b @returns {CurvePoint} */
function both(a, b) {
  const frames = a.frames + b.frames;
  return {
    timeMs: a.timeMs,
    frames,
    mean: a.mean.map((m, i) => (m * a.frames + (b.mean[i] ?? 0) * b.frames) / frames),
    min: a.min.map((m, i) => Math.min(m, b.min[i] ?? m)),
    max: a.max.map((m, i) => Math.max(m, b.max[i] ?? m)),
  };
}
