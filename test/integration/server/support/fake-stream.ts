// A Stream whose results, pictures and states the test makes.

import { Subject } from "rxjs";
import type { Counters, Face, StreamState, StreamStatus } from "../../../../src/core/feed.js";
import type { AnalysisSettings } from "../../../../src/core/config.js";
import type { EpisodeEvent } from "../../../../src/core/episode.js";
import type { DroppedFrame, FrameResult, Preview, Stream, StreamSpec } from "../../../../src/pipeline/types.js";

const scores = { anger: 0.01, disgust: 0, fear: 0.01, happiness: 0.9, sadness: 0.02, surprise: 0.03, neutral: 0.03 };

export const face: Face = {
  trackId: 1,
  box: { x: 10, y: 20, width: 30.5, height: 31 },
  score: 0.99,
  landmarks: [
    [15, 30],
    [30, 30],
    [22, 38],
    [17, 44],
    [28, 44],
  ],
  emotions: scores,
  smoothed: scores,
  label: "happiness",
  uncertain: false,
};

export class FakeStream implements Stream {
  spec: StreamSpec;
  readonly status$ = new Subject<StreamStatus>();
  readonly result$ = new Subject<FrameResult>();
  readonly drop$ = new Subject<DroppedFrame>();
  readonly episode$ = new Subject<EpisodeEvent>();
  readonly preview$ = new Subject<Preview>();
  readonly calls: string[] = [];
  /** Tracks of the last frame. */
  inView: number[] = [];
  lastSeq = -1;
  status: StreamStatus = { state: "connecting", attempt: 0, fps: 0 };
  dropped = { pool_dry: 0, superseded: 0, paced: 0, engine_failed: 0, worker_lost: 0, worker_hung: 0, poisonous: 0, stopped: 0, paused: 0 };
  inFlight = 0;
  analysed = 0;
  /** Set to keep `stop` waiting. */
  stopping: Promise<void> = Promise.resolve();

  constructor(spec: StreamSpec) {
    this.spec = spec;
  }

  get counters(): Counters {
    const { dropped, inFlight, analysed } = this;
    const sum = Object.values(dropped).reduce((a, b) => a + b, 0);
    return { decoded: analysed + inFlight + sum, analysed, inFlight, dropped: { ...dropped } };
  }

  start(): void {
    this.calls.push("start");
    this.enter("connecting");
  }
  pause(): void {
    this.calls.push("pause");
    this.enter("paused");
  }
  resume(): void {
    this.calls.push("resume");
    this.enter("connecting");
  }
  configure(analysis: AnalysisSettings): void {
    this.calls.push("configure");
    this.spec = { ...this.spec, analysis };
  }
  restartBaseline(trackId?: number): readonly number[] {
    this.calls.push(`baseline ${trackId ?? "all"}`);
    return this.inView.filter((id) => trackId === undefined || id === trackId);
  }
  async stop(): Promise<void> {
    this.calls.push("stop");
    await this.stopping;
    this.enter("stopped");
    this.result$.complete();
    this.episode$.complete();
    this.status$.complete();
  }

  enter(state: StreamState, more: Partial<StreamStatus> = {}): void {
    this.status = { ...this.status, ...more, state };
    this.status$.next(this.status);
  }

  /** One analysed frame with the next seq. */
  emitResult(faces: readonly Face[] = [face]): number {
    const seq = ++this.lastSeq;
    this.analysed++;
    this.result$.next({ seq, epoch: 0, ptsMs: seq * 40, receivedAtMs: Date.now(), latencyMs: 12.5, width: 640, height: 360, faces, atMs: seq * 40, tracks: faces.map((f) => f.trackId) });
    return seq;
  }

  /** An event that became known with the next result. */
  emitEpisode(event: Partial<EpisodeEvent> = {}): void {
    this.episode$.next({ event: "onset", episodeId: 1, trackId: 1, emotion: "happiness", seq: Math.max(0, this.lastSeq), epoch: 0, ptsMs: 40 * Math.max(0, this.lastSeq), raw: 0.9, smoothed: 0.61, sinceOnsetMs: 0, ...event });
  }

  emitPreview(seq: number, jpeg: Uint8Array = new Uint8Array([0xff, 0xd8, seq & 255, 0xff, 0xd9])): void {
    this.preview$.next({ seq, epoch: 0, ptsMs: seq * 40, jpeg });
  }

  /** A result and its picture. */
  emitFrame(jpeg?: Uint8Array): number {
    const seq = this.emitResult();
    this.emitPreview(seq, jpeg);
    return seq;
  }
}
