// Which faces of a frame are to be classified, where that is not done in every frame: those of new tracks, and those whose last time is long enough ago.

import type { DetectedFace } from "../core/engine.js";
import type { Frame } from "../core/frame.js";
import { scaleFace, toSource } from "./scale.js";
import { TrackClock } from "./track-clock.js";
import { Tracker } from "./tracker.js";

/** Containers round their times to a millisecond. */
const roundingMs = 1;

export interface CadenceSettings {
  readonly everyMs: number;
  readonly trackGapMs: number;
  /** See TrackClock. */
  readonly acrossEpochs: "wall-clock" | "break";
}

/**
 * Follows the faces of one stream with a tracker of its own, which is asked about the same boxes at the same times as the one that gives the ids,
 * and so tells them apart in the same way: a face that is new there is new here.
 */
export class EmotionCadence {
  readonly #everyMs: number;
  readonly #tracker: Tracker;
  readonly #clock: TrackClock;
  readonly #askedMs = new Map<number, number>();

  constructor({ everyMs, trackGapMs, acrossEpochs }: CadenceSettings) {
    this.#everyMs = everyMs;
    this.#tracker = new Tracker(trackGapMs);
    this.#clock = new TrackClock(acrossEpochs);
  }

  /** Indexes of the faces to classify now, and their tracks. Called once for each frame, in seq order, with all drawable faces that were found. */
  due(frame: Frame, faces: readonly DetectedFace[]): { readonly indexes: readonly number[]; readonly tracks: readonly number[] } {
    const { atMs, broken } = this.#clock.next(frame);
    if (broken) this.#tracker.clear();
    const ids = this.#tracker.update(faces.map((face) => scaleFace(face, toSource(frame)).box), atMs);
    const alive = new Set(this.#tracker.ids);
    for (const id of this.#askedMs.keys()) if (!alive.has(id)) this.#askedMs.delete(id);
    const indexes = ids.flatMap((id, i) => (atMs - (this.#askedMs.get(id) ?? Number.NEGATIVE_INFINITY) >= this.#everyMs - roundingMs ? [i] : []));
    const tracks = indexes.map((i) => ids[i]!);
    for (const id of tracks) this.#askedMs.set(id, atMs);
    return { indexes, tracks };
  }

  /** The engine did not classify them after all: they are due again in the next frame. */
  failed(tracks: readonly number[]): void {
    for (const id of tracks) this.#askedMs.delete(id);
  }
}
