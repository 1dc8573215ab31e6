// Gives faces ids that stay with them from frame to frame: through short gaps, past each other, at any frame rate.
// Pure bookkeeping over boxes and times: the same input gives the same ids.

import type { Box } from "../core/geometry.js";
import { assign } from "./assignment.js";
import { observe, predict, startMotion, type Motion } from "./motion.js";
import { maxTrackCost, trackCost } from "./track-cost.js";

interface Track {
  readonly id: number;
  motion: Motion;
}

/** Weight of the newest interval in the typical one, and the most that one interval may count, in typical ones. */
const intervalShare = 0.2;
const intervalOutlier = 4;
/** A frame rate may be so low that the next frame comes after the allowed gap; up to this interval faces are still joined. */
const longestIntervalMs = 12_000;
/** A face of the frame before may be missing from time to time without its interval counting as a gap. */
const intervalSlack = 1.5;

/** Tracks of one stream. Ids count up from 1 and are never used again. */
export class Tracker {
  #gapMs: number;
  #tracks: Track[] = [];
  #lastId = 0;
  #lastMs: number | undefined;
  #intervalMs: number | undefined;

  /** @param gapMs A face that comes back within this time keeps its id. Frames that come more rarely than that are joined one to the next. */
  constructor(gapMs: number) {
    this.#gapMs = gapMs;
  }

  /** Another gap, from the next frame on. */
  set gapMs(gapMs: number) {
    this.#gapMs = gapMs;
  }

  /** Ids of the faces seen at a time, in the order of the boxes. Times rise from call to call. */
  update(boxes: readonly Box[], atMs: number): number[] {
    this.#measureInterval(atMs);
    const keepMs = Math.max(this.#gapMs, intervalSlack * (this.#intervalMs ?? 0));
    const seenBeforeMs = this.#lastMs;
    this.#lastMs = atMs;
    this.#tracks = this.#tracks.filter((track) => atMs - track.motion.seenMs <= keepMs);

    const known = this.#tracks.map((track) => {
      const unseenMs = atMs - track.motion.seenMs;
      return { track, unseenMs, expected: predict(track.motion, atMs), absence: track.motion.seenMs === seenBeforeMs ? 0 : unseenMs / keepMs };
    });
    const costs = boxes.map((box) => known.map((k) => trackCost(k.expected, box, k.unseenMs, k.absence)));
    const chosen = assign(costs);
    return boxes.map((box, i) => {
      const k = chosen[i]!;
      const track = known[k]?.track;
      if (track === undefined || costs[i]![k]! >= maxTrackCost) return this.#begin(box, atMs);
      track.motion = observe(track.motion, box, atMs);
      return track.id;
    });
  }

  /** Ids that may still come back. */
  get ids(): number[] {
    return this.#tracks.map((track) => track.id);
  }

  /** Ends all tracks; ids go on counting. */
  clear(): void {
    this.#tracks = [];
    this.#lastMs = undefined;
  }

  #begin(box: Box, atMs: number): number {
    this.#lastId += 1;
    this.#tracks.push({ id: this.#lastId, motion: startMotion(box, atMs) });
    return this.#lastId;
  }

  #measureInterval(atMs: number): void {
    if (this.#lastMs === undefined) return;
    const dtMs = atMs - this.#lastMs;
    if (this.#intervalMs === undefined) this.#intervalMs = Math.min(dtMs, longestIntervalMs);
    else this.#intervalMs += intervalShare * (Math.min(dtMs, intervalOutlier * this.#intervalMs, longestIntervalMs) - this.#intervalMs);
  }
}
