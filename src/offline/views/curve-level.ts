// Curves at one zoom: for each stretch of time and each track the mean, least and greatest of every emotion. Only the stretch that is being
// filled is in memory; records are sorted by stretch.

import { emotionNames } from "../../core/emotions.js";
import { readSteps, toSteps } from "./face-record.js";
import type { RecordLayout } from "./sorted-file.js";

/** Lengths of stretches that are kept, milliseconds. Eight to one: an answer reads at most eight times what it gives. */
export const levelsMs = [100, 800, 6400, 51_200] as const;

/** Emotions of one track in one stretch, in the order of the feed. */
export interface Bucket {
  frames: number;
  readonly sums: number[];
  readonly least: number[];
  readonly greatest: number[];
}

const at = { bucket: 0, trackId: 4, frames: 8, mean: 12, least: 26, greatest: 40 } as const;

/** Sorted by the number of the stretch, which begins at number times length. */
export const curveLayout: RecordLayout = { size: 56, key: (record) => record.readUInt32LE(at.bucket) };

/** Collects frames in order into the stretches of one level. */
export class CurveLevel {
  readonly #lengthMs: number;
  readonly #write: (fill: (record: Buffer) => void) => Promise<void>;
  #bucket = 0;
  readonly #tracks = new Map<number, Bucket>();

  /** @param write one record */
  constructor(lengthMs: number, write: (fill: (record: Buffer) => void) => Promise<void>) {
    this.#lengthMs = lengthMs;
    this.#write = write;
  }

  /** @param faces of one frame: track and probabilities in the order of the feed */
  async add(timeMs: number, faces: readonly { readonly trackId: number; readonly values: readonly number[] }[]): Promise<void> {
    const bucket = bucketOf(timeMs, this.#lengthMs);
    if (bucket !== this.#bucket) await this.finish();
    this.#bucket = bucket;
    for (const { trackId, values } of faces) addTo(bucketFor(this.#tracks, trackId), 1, values, values, values);
  }

  /** Writes the stretch that is open. */
  async finish(): Promise<void> {
    for (const [trackId, { frames, sums, least, greatest }] of [...this.#tracks].toSorted((a, b) => a[0] - b[0])) {
      await this.#write((record) => {
        record.writeUInt32LE(this.#bucket, at.bucket);
        record.writeUInt32LE(trackId, at.trackId);
        record.writeUInt32LE(frames, at.frames);
        for (const i of emotionNames.keys()) {
          record.writeUInt16LE(toSteps((sums[i] ?? 0) / frames), at.mean + 2 * i);
          record.writeUInt16LE(toSteps(least[i] ?? 0), at.least + 2 * i);
          record.writeUInt16LE(toSteps(greatest[i] ?? 0), at.greatest + 2 * i);
        }
      });
    }
    this.#tracks.clear();
  }
}

/** Number of the stretch that a time lies in. What a container puts before its start counts to the first. */
export function bucketOf(timeMs: number, lengthMs: number): number {
  return Math.max(0, Math.floor(timeMs / lengthMs));
}

/** The bucket of a track, made when missing. */
export function bucketFor(tracks: Map<number, Bucket>, trackId: number): Bucket {
  const found = tracks.get(trackId) ?? { frames: 0, sums: emotionNames.map(() => 0), least: emotionNames.map(() => 1), greatest: emotionNames.map(() => 0) };
  tracks.set(trackId, found);
  return found;
}

/** Adds so many frames with these means and bounds. */
export function addTo(target: Bucket, frames: number, means: readonly number[], least: readonly number[], greatest: readonly number[]): void {
  target.frames += frames;
  for (const i of emotionNames.keys()) {
    target.sums[i] = (target.sums[i] ?? 0) + (means[i] ?? 0) * frames;
    target.least[i] = Math.min(target.least[i] ?? 1, least[i] ?? 1);
    target.greatest[i] = Math.max(target.greatest[i] ?? 0, greatest[i] ?? 0);
  }
}

/** Reads one record. */
export function readCurve(record: Buffer): { bucket: number; trackId: number; frames: number; means: number[]; least: number[]; greatest: number[] } {
  return {
    bucket: record.readUInt32LE(at.bucket),
    trackId: record.readUInt32LE(at.trackId),
    frames: record.readUInt32LE(at.frames),
    means: readSteps(record, at.mean),
    least: readSteps(record, at.least),
    greatest: readSteps(record, at.greatest),
  };
}
