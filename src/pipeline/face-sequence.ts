// The sequential part of the pipeline: faces of one frame after the other get track ids and smoothed emotions and leave as
// the feed writes them. Must see the frames in order.

import type { AnalysisSettings } from "../core/config.js";
import { normalise, topEmotion, uniformScores, type EmotionScores } from "../core/emotions.js";
import type { DetectedFace } from "../core/engine.js";
import { evenNowMs } from "../core/even-clock.js";
import { faceQuality } from "../core/face-quality.js";
import type { Face } from "../core/feed.js";
import type { Frame } from "../core/frame.js";
import { Baselines } from "./baseline.js";
import { roundBox, roundLandmarks, roundLatencyMs, roundProbability, roundPtsMs, roundScores } from "../core/round.js";
import { isDrawable, scaleFace, toSource } from "./scale.js";
import { smooth } from "./smoothing.js";
import { TrackClock } from "./track-clock.js";
import { Tracker } from "./tracker.js";
import type { FrameResult } from "./types.js";

/** What is known of a face's emotions, from the frame in which they were measured last. */
interface Measured {
  readonly emotions: EmotionScores;
  readonly smoothed: EmotionScores;
  readonly corrected?: EmotionScores | undefined;
  readonly atMs: number;
}

/** Of an analysis, with the threshold that is in force (`uncertainBelowOf`). */
export type SequenceSettings = Pick<AnalysisSettings, "smoothingMs" | "trackGapMs" | "baseline"> & { readonly uncertainBelow: number };

/** Tracks and smooths the faces of one stream. */
export class FaceSequence {
  #settings: SequenceSettings;
  readonly #tracker: Tracker;
  readonly #clock: TrackClock;
  readonly #baselines: Baselines;
  #measured = new Map<number, Measured>();
  #inView: { readonly trackIds: readonly number[]; readonly atMs: number } = { trackIds: [], atMs: 0 };

  /** @param acrossEpochs See TrackClock. */
  constructor(settings: SequenceSettings, acrossEpochs: "wall-clock" | "break") {
    this.#settings = settings;
    this.#tracker = new Tracker(settings.trackGapMs);
    this.#baselines = new Baselines(settings.baseline);
    this.#clock = new TrackClock(acrossEpochs);
  }

  /** Takes other settings, from the next frame on. Tracks go on. */
  configure(settings: SequenceSettings): void {
    this.#settings = settings;
    this.#tracker.gapMs = settings.trackGapMs;
    this.#baselines.configure(settings.baseline);
  }

  /** Begins the baselines of the faces of the last frame anew, or of that one of them; gives their tracks. */
  restartBaseline(trackId?: number): readonly number[] {
    const ids = this.#inView.trackIds.filter((id) => trackId === undefined || id === trackId);
    this.#baselines.restart(ids, this.#inView.atMs);
    return ids;
  }

  /** Nobody is in view any more, as no frame comes. */
  endView(): void {
    this.#inView = { ...this.#inView, trackIds: [] };
  }

  /** The result of a frame, from what the engine found in its `picture`. Only faces found in this frame are in it. */
  add(frame: Frame, found: readonly DetectedFace[]): FrameResult {
    const { atMs, broken } = this.#clock.next(frame);
    if (broken) this.#tracker.clear();
    const detected = found.filter(isDrawable).map((face) => scaleFace(face, toSource(frame)));
    const ids = this.#tracker.update(
      detected.map((face) => face.box),
      atMs,
    );
    const faces = detected.map((face, i) => this.#face(face, ids[i]!, atMs));
    this.#inView = { trackIds: ids, atMs };
    this.#forgetEndedTracks();
    return {
      seq: frame.seq,
      epoch: frame.epoch,
      ptsMs: roundPtsMs(frame.ptsMs),
      receivedAtMs: frame.receivedAtMs,
      ...(frame.frameId === undefined ? {} : { frameId: frame.frameId }),
      ...(frame.capturedAtMs === undefined ? {} : { capturedAtMs: frame.capturedAtMs }),
      latencyMs: roundLatencyMs(Math.max(0, evenNowMs() - frame.receivedAtMs)),
      width: frame.sourceWidth,
      height: frame.sourceHeight,
      faces,
      atMs,
      tracks: this.#tracker.ids,
    };
  }

  #face(face: DetectedFace, trackId: number, atMs: number): Face {
    const measured = this.#measure(face, trackId, atMs);
    // Nothing is known of a face that was never classified.
    const { emotions, smoothed, corrected } = measured ?? { emotions: uniformScores, smoothed: uniformScores };
    const carriedMs = measured === undefined ? 0 : atMs - measured.atMs;
    const { label, probability } = topEmotion(smoothed);
    return {
      trackId,
      box: roundBox(face.box),
      score: roundProbability(Math.min(1, Math.max(0, face.score))),
      landmarks: roundLandmarks(face.landmarks),
      emotions: roundScores(emotions),
      smoothed: roundScores(smoothed),
      ...(corrected && { corrected: roundScores(corrected) }),
      label,
      uncertain: probability < this.#settings.uncertainBelow,
      ...(carriedMs > 0 && { carriedMs: roundPtsMs(carriedMs) }),
      ...faceQuality(face),
    };
  }

  /** The face's emotions of this frame; without any, those it had last. Smoothing goes from measurement to measurement. */
  #measure({ emotions: scores }: DetectedFace, trackId: number, atMs: number): Measured | undefined {
    const before = this.#measured.get(trackId);
    if (scores === undefined) return before;
    const emotions = normalise(scores);
    const smoothed = before === undefined ? emotions : smooth(before.smoothed, emotions, atMs - before.atMs, this.#settings.smoothingMs);
    const measured = { emotions, smoothed, corrected: this.#baselines.correct(trackId, emotions, smoothed, atMs), atMs };
    this.#measured.set(trackId, measured);
    return measured;
  }

  #forgetEndedTracks(): void {
    const alive = new Set(this.#tracker.ids);
    for (const id of this.#measured.keys()) if (!alive.has(id)) this.#measured.delete(id);
    this.#baselines.keep(alive);
  }
}
