// One supervised stream: the supervisor's frames through latestMap, the engine, tracking and smoothing, out as results and previews.

import { catchError, EMPTY, filter, Subject, tap, type Observable } from "rxjs";
import type { AnalysisSettings } from "../core/config.js";
import { settingsOf, uncertainBelowOf } from "../core/engine.js";
import type { EpisodeEvent } from "../core/episode.js";
import { AppError, toAppError } from "../core/errors.js";
import { systemTime } from "../core/even-clock.js";
import type { Counters, StreamStatus } from "../core/feed.js";
import type { Frame } from "../core/frame.js";
import { analyseFrame, type AnalysedFrame } from "./analyse-frame.js";
import { Episodes } from "./episodes.js";
import { FaceSequence, type SequenceSettings } from "./face-sequence.js";
import { createFindFaces, type FindFaces } from "./find-faces.js";
import { latestMap } from "./latest-map.js";
import { FrameLedger } from "./ledger.js";
import { losslessMap } from "./lossless-map.js";
import type { PacedStream } from "./paced-stream.js";
import { PreviewQueue } from "./preview-queue.js";
import { roundFps, roundLatencyMs } from "../core/round.js";
import { engineDropReason } from "../core/source.js";
import { throttledWarn } from "../core/throttled-log.js";
import { SlidingWindow } from "./sliding-window.js";
import type { SourceRun } from "./source-run.js";
import { StillPictures } from "./still-pictures.js";
import { Supervisor, type Reason } from "./supervisor.js";
import type { DroppedFrame, FrameResult, Preview, Stream, StreamDeps, StreamSpec } from "./types.js";

/** Makes a stream that `start` starts. Its observables are hot and complete when it was stopped. */
export function createStream(spec: StreamSpec, deps: StreamDeps): Stream {
  return new SupervisedStream(spec, deps);
}

class SupervisedStream implements Stream {
  readonly status$: Observable<StreamStatus>;
  readonly result$: Observable<FrameResult>;
  readonly drop$: Observable<DroppedFrame>;
  readonly episode$: Observable<EpisodeEvent>;
  readonly preview$: Observable<Preview>;
  readonly #deps: StreamDeps;
  #spec: StreamSpec;
  #concurrency: number;
  readonly #statuses = new Subject<StreamStatus>();
  readonly #results = new Subject<FrameResult>();
  readonly #drops = new Subject<DroppedFrame>();
  readonly #episodeEvents = new Subject<EpisodeEvent>();
  readonly #ledger = new FrameLedger();
  #stills: StillPictures | undefined;
  #findFaces: FindFaces;
  readonly #sequence: FaceSequence;
  readonly #episodes: Episodes;
  readonly #window = new SlidingWindow();
  readonly #pace: PacedStream | undefined;
  readonly #previews: PreviewQueue;
  readonly #supervisor: Supervisor;
  readonly #warnEngine: (error: AppError) => void;
  #engineReason: Reason | undefined;
  #stillFrames = 0;
  #told: string;
  #stopped: Promise<void> | undefined;

  constructor(spec: StreamSpec, deps: StreamDeps) {
    const logger = deps.logger.child({ component: "pipeline", streamId: spec.id });
    this.#deps = deps;
    this.#spec = inForce(spec, deps);
    this.#concurrency = concurrencyOf(this.#spec, deps);
    this.#pace = spec.lossless === true ? undefined : deps.pacing?.join();
    this.#stills = this.#stillPictures(spec.analysis);
    this.#findFaces = this.#finder(spec.analysis);
    this.#sequence = new FaceSequence(sequenceSettings(spec.analysis, deps), "wall-clock");
    this.#episodes = new Episodes(spec.analysis.episodes);
    this.#warnEngine = throttledWarn(logger, "frame not analysed");
    this.#previews = new PreviewQueue(deps.encodePreview, spec.poolFrames - mostAtOnce(spec, deps) - 2, throttledWarn(logger, "preview not encoded"));
    this.#supervisor = new Supervisor(spec, {
      openSource: deps.openSource,
      random: deps.random ?? Math.random,
      logger,
      ledger: this.#ledger,
      process: (run) => this.#process(run),
      onDrop: ({ seq, frameId }, reason) => this.#drops.next({ seq, ...(frameId === undefined ? {} : { frameId }), reason }),
      onChange: () => this.#tell(),
    });
    this.status$ = this.#statuses.asObservable();
    this.result$ = this.#results.asObservable();
    this.drop$ = this.#drops.asObservable();
    this.episode$ = this.#episodeEvents.asObservable();
    this.preview$ = this.#previews.preview$;
    this.#told = essence(this.status);
  }

  get status(): StreamStatus {
    const { state, reason, nextTryAtMs, attempt, info } = this.#supervisor;
    const why = reason ?? (state === "live" ? this.#engineReason : undefined);
    const nowMs = performance.now();
    const latencyMs = this.#window.medianLatencyMs(nowMs);
    const pace = state === "live" ? this.#pace?.pace(nowMs) : undefined;
    return {
      state,
      ...(why === undefined ? {} : { reason: why }),
      ...(nextTryAtMs === undefined ? {} : { nextTryAt: systemTime(nextTryAtMs) }),
      attempt,
      ...(info === undefined ? {} : { width: info.width, height: info.height }),
      ...(info?.codec === undefined ? {} : { codec: info.codec }),
      ...(info?.fps === undefined ? {} : { sourceFps: info.fps }),
      fps: roundFps(this.#window.fps(nowMs)),
      ...(latencyMs === undefined ? {} : { latencyMs: roundLatencyMs(latencyMs) }),
      ...(pace === undefined ? {} : { pace }),
      ...(this.#stillFrames === 0 ? {} : { stillFrames: this.#stillFrames }),
    };
  }

  get spec(): StreamSpec {
    return this.#spec;
  }

  get counters(): Counters {
    return this.#ledger.counters;
  }

  get lastSeq(): number {
    return this.#supervisor.lastSeq;
  }

  start(): void {
    this.#supervisor.start();
  }

  pause(): void {
    this.#supervisor.pause();
  }

  resume(): void {
    this.#supervisor.resume();
  }

  configure(analysis: AnalysisSettings): void {
    const before = this.#spec.analysis;
    this.#spec = inForce({ ...this.#spec, analysis }, this.#deps);
    // How many frames may be in the engine is settled when a source is opened.
    this.#concurrency = concurrencyOf(this.#spec, this.#deps);
    this.#stills = this.#stillPictures(analysis);
    this.#findFaces = this.#finder(analysis);
    this.#sequence.configure(sequenceSettings(analysis, this.#deps));
    this.#episodes.configure(analysis.episodes);
    this.#supervisor.configure(this.#spec, opensAnew.some((key) => this.#spec.analysis[key] !== before[key]));
  }

  #stillPictures({ motionGate, trackGapMs }: AnalysisSettings): StillPictures | undefined {
    return motionGate && this.#spec.lossless !== true ? new StillPictures(trackGapMs, () => (this.#stillFrames += 1)) : undefined;
  }

  #finder(analysis: AnalysisSettings): FindFaces {
    return createFindFaces(this.#deps.engine, analysis, { acrossEpochs: "wall-clock", ...(this.#stills && { stills: this.#stills }), onCost: ({ workedMs }) => this.#pace?.worked(workedMs) });
  }

  restartBaseline(trackId?: number): readonly number[] {
    return this.#sequence.restartBaseline(trackId);
  }

  stop(): Promise<void> {
    this.#stopped ??= this.#stop();
    return this.#stopped;
  }

  async #stop(): Promise<void> {
    this.#previews.close();
    await this.#supervisor.stop();
    this.#pace?.leave();
    this.#results.complete();
    this.#drops.complete();
    this.#episodeEvents.complete();
    this.#statuses.complete();
  }

  #process(run: SourceRun): Observable<AnalysedFrame> {
    const analyse = (frame: Frame) => this.#analyse(run, frame);
    const onDiscard = ({ frame }: AnalysedFrame) => run.drop(frame, "stopped");
    const map =
      this.#spec.lossless === true
        ? losslessMap(analyse, this.#concurrency, { onDrop: (frame) => run.drop(frame, "stopped"), onDiscard })
        : latestMap(analyse, (frame, why) => run.drop(frame, why), { concurrency: this.#concurrency, onDiscard });
    return run.frames$.pipe(
      filter((frame) => this.#isInPace(run, frame)),
      map,
      tap({ next: (analysed) => this.#emit(run, analysed), complete: () => this.#endEpisodes(), error: () => this.#endEpisodes(), unsubscribe: () => this.#endEpisodes() }),
    );
  }

  #isInPace(run: SourceRun, frame: Frame): boolean {
    const needsLook = this.#stills?.isStill(frame) !== true;
    const inPace = this.#pace?.offer(performance.now(), needsLook) ?? true;
    if (!inPace) run.drop(frame, "paced");
    return inPace;
  }

  #analyse(run: SourceRun, frame: Frame): Observable<AnalysedFrame> {
    return analyseFrame(this.#findFaces, frame, () => run.drop(frame, "stopped")).pipe(
      catchError((error: unknown) => {
        const known = toAppError(error);
        run.drop(frame, engineDropReason(known.code));
        this.#engineFailed(known);
        return EMPTY;
      }),
    );
  }

  #emit(run: SourceRun, { frame, found }: AnalysedFrame): void {
    const result = run.settle(frame, () => this.#sequence.add(frame, found));
    const nowMs = performance.now();
    this.#window.add(nowMs, result.latencyMs);
    this.#pace?.answered(result.latencyMs, nowMs);
    if (this.#engineReason !== undefined) {
      this.#engineReason = undefined;
      this.#tell();
    }
    this.#tellEpisodes(this.#episodes.add(result));
    this.#results.next(result);
    this.#previews.offer(frame, () => run.release(frame));
  }

  /** Nobody knows when the next frame comes, if ever: whoever acts on an episode learns that it is over. */
  #endEpisodes(): void {
    this.#sequence.endView();
    this.#tellEpisodes(this.#episodes.end());
  }

  #tellEpisodes(events: readonly EpisodeEvent[]): void {
    for (const event of events) this.#episodeEvents.next(event);
  }

  #engineFailed(error: AppError): void {
    this.#warnEngine(error);
    this.#engineReason = { code: error.code, message: error.message };
    this.#tell();
  }

  #tell(): void {
    const status = this.status;
    const now = essence(status);
    if (now === this.#told) return;
    this.#told = now;
    this.#statuses.next(status);
  }
}

/** Settings that only an opened source takes. */
const opensAnew = ["maxFps", "maxSide", "largeMaxSide", "detection"] as const satisfies readonly (keyof AnalysisSettings)[];

function inForce(spec: StreamSpec, { engine }: StreamDeps): StreamSpec {
  return { ...spec, analysis: settingsOf(spec.analysis, engine.info) };
}

/** In work, one that waits and one that the decoder fills: that is what the pool must hold at least. */
function concurrencyOf({ analysis, poolFrames }: StreamSpec, deps: StreamDeps): number {
  return analysis.detection === "tracked" ? 1 : mostAtOnce({ poolFrames }, deps);
}

/** With any settings. */
function mostAtOnce({ poolFrames }: Pick<StreamSpec, "poolFrames">, { concurrency = 1 }: StreamDeps): number {
  return Math.max(1, Math.min(concurrency, poolFrames - 2));
}

function sequenceSettings(analysis: AnalysisSettings, { engine }: StreamDeps): SequenceSettings {
  return { ...analysis, uncertainBelow: uncertainBelowOf(analysis, engine.info) };
}

/** What of a status is worth a message: everything but the figures that change all the time. */
function essence({ fps: _fps, latencyMs: _latencyMs, pace: _pace, stillFrames: _stillFrames, ...rest }: StreamStatus): string {
  return JSON.stringify(rest);
}
