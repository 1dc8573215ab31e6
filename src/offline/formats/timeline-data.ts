// Emotions over time in bounded memory: bins that double their length whenever the film outgrows them.

import { emotionNames, type Emotion } from "../../core/emotions.js";
import type { FrameRecord } from "./types.js";

/** Most bins along the time axis; the picture has fewer columns. */
const maxBins = 2048;
const firstBinMs = 10;

interface Bin {
  frames: number;
  readonly sums: number[];
}

interface Track {
  frames: number;
  firstMs: number;
  lastMs: number;
  readonly sums: number[];
  bins: Map<number, Bin>;
}

/** One point of a track's curves: the middle of a bin and the mean of each emotion, in the order of the feed. */
export interface TimelinePoint {
  readonly bin: number;
  readonly timeMs: number;
  readonly means: readonly number[];
}

export interface TimelineTrack {
  readonly trackId: number;
  readonly frames: number;
  readonly firstMs: number;
  readonly lastMs: number;
  /** Emotion with the highest mean over the whole track, and that mean. */
  readonly label: Emotion;
  readonly mean: number;
  /** Pieces without a gap. */
  readonly segments: readonly (readonly TimelinePoint[])[];
}

export interface Timeline {
  readonly frames: number;
  readonly endMs: number;
  readonly binMs: number;
  /** Longest-seen tracks first. */
  readonly tracks: readonly TimelineTrack[];
}

/** Collects smoothed emotions of every track. */
export class TimelineCollector {
  readonly #tracks = new Map<number, Track>();
  #binMs = firstBinMs;
  #frames = 0;
  #endMs = 0;

  add(record: FrameRecord): void {
    const timeMs = Math.max(0, record.timeMs);
    this.#frames += 1;
    this.#endMs = timeMs;
    while (timeMs / this.#binMs >= maxBins) this.#halve();
    for (const face of record.faces) {
      const values = emotionNames.map((n) => face.smoothed[n]);
      const track = this.#tracks.get(face.trackId) ?? { frames: 0, firstMs: timeMs, lastMs: timeMs, sums: zeros(), bins: new Map<number, Bin>() };
      this.#tracks.set(face.trackId, track);
      track.frames += 1;
      track.lastMs = timeMs;
      addTo(track.sums, values);
      const index = Math.floor(timeMs / this.#binMs);
      const bin = track.bins.get(index) ?? { frames: 0, sums: zeros() };
      track.bins.set(index, bin);
      bin.frames += 1;
      addTo(bin.sums, values);
    }
  }

  /** @param gapMs Absences longer than this break the curve. */
  timeline(gapMs: number): Timeline {
    const tracks = [...this.#tracks].map(([trackId, track]) => this.#summary(trackId, track, Math.max(gapMs, 2 * this.#binMs)));
    return { frames: this.#frames, endMs: this.#endMs, binMs: this.#binMs, tracks: tracks.toSorted((a, b) => b.frames - a.frames || a.trackId - b.trackId) };
  }

  #summary(trackId: number, track: Track, gapMs: number): TimelineTrack {
    const segments: TimelinePoint[][] = [];
    let last: TimelinePoint | undefined;
    for (const [bin, { frames, sums }] of [...track.bins].toSorted((a, b) => a[0] - b[0])) {
      const point = { bin, timeMs: (bin + 0.5) * this.#binMs, means: sums.map((s) => s / frames) };
      if (last === undefined || point.timeMs - last.timeMs > gapMs) segments.push([]);
      segments.at(-1)?.push(point);
      last = point;
    }
    const top = track.sums.indexOf(Math.max(...track.sums));
    return {
      trackId,
      frames: track.frames,
      firstMs: track.firstMs,
      lastMs: track.lastMs,
      label: emotionNames[top] ?? "neutral",
      mean: (track.sums[top] ?? 0) / track.frames,
      segments,
    };
  }

  #halve(): void {
    this.#binMs *= 2;
    for (const track of this.#tracks.values()) {
      const merged = new Map<number, Bin>();
      for (const [index, bin] of track.bins) {
        const target = merged.get(index >> 1);
        if (target === undefined) merged.set(index >> 1, bin);
        else {
          target.frames += bin.frames;
          addTo(target.sums, bin.sums);
        }
      }
      track.bins = merged;
    }
  }
}

function zeros(): number[] {
  return emotionNames.map(() => 0);
}

function addTo(sums: number[], values: readonly number[]): void {
  for (const [i, value] of values.entries()) sums[i] = (sums[i] ?? 0) + value;
}
