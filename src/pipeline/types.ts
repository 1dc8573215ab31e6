// The public face of the pipeline: what the server, the file analysis and the composition root see.

import type { Observable } from "rxjs";
import type { AnalysisSettings } from "../core/config.js";
import type { Engine } from "../core/engine.js";
import type { EpisodeEvent } from "../core/episode.js";
import type { AppError } from "../core/errors.js";
import type { Counters, Face, StreamStatus } from "../core/feed.js";
import type { Frame } from "../core/frame.js";
import type { DropReason, OpenSource, SourceInfo } from "../core/source.js";
import type { Logger } from "../core/logger.js";
import type { PaceController } from "./pace-controller.js";

/** Result of one analysed frame; boxes and landmarks in source pixels. */
export interface FrameResult {
  readonly seq: number;
  readonly epoch: number;
  readonly ptsMs: number;
  readonly receivedAtMs: number;
  /** As of the frame: a pushing client's number and capture time. */
  readonly frameId?: number;
  readonly capturedAtMs?: number;
  /** From `receivedAtMs` until the result was there. */
  readonly latencyMs: number;
  readonly width: number;
  readonly height: number;
  readonly faces: readonly Face[];
  /** Time that rises from result to result, also where `ptsMs` starts anew; what tracks and episodes are measured with. */
  readonly atMs: number;
  /** Ids of faces that are here or may still come back; all others are over. */
  readonly tracks: readonly number[];
}

/** A frame that was handed to the pipeline and got no result. */
export interface DroppedFrame {
  readonly seq: number;
  readonly frameId?: number;
  readonly reason: DropReason;
}

/** A picture of an analysed frame, encoded while somebody watches. */
export interface Preview {
  readonly seq: number;
  readonly epoch: number;
  readonly ptsMs: number;
  readonly jpeg: Uint8Array;
}

/** Encodes the larger picture of a borrowed frame as JPEG, off the main thread. */
export type EncodePreview = (frame: Frame) => Promise<Uint8Array>;

export interface ReconnectSettings {
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  readonly factor: number;
  readonly jitter: number;
}

/** What one stream is: source and settings, defaults filled in. */
export interface StreamSpec {
  readonly id: string;
  /** Address or absolute path, credentials included. Never logged or sent. */
  readonly source: string;
  /** True for cameras and live addresses (reconnect for ever); false for files (state `ended` at their end). */
  readonly live: boolean;
  readonly loop: boolean;
  /** True: every frame is analysed, and the source waits when the pool is dry. Absent: the newest frame wins. */
  readonly lossless?: boolean;
  readonly transport: "tcp" | "udp";
  readonly hwaccel?: string;
  readonly analysis: AnalysisSettings;
  readonly openTimeoutMs: number;
  readonly stallAfterMs: number;
  readonly stallTimeoutMs: number;
  readonly poolFrames: number;
  readonly reconnect: ReconnectSettings;
}

export interface StreamDeps {
  readonly openSource: OpenSource;
  readonly engine: Engine;
  readonly encodePreview: EncodePreview;
  readonly logger: Logger;
  /** Frames in the engine at a time, at most two fewer than the pool holds. Default 1; always 1 where faces are followed. */
  readonly concurrency?: number;
  /** Says which of its frames are analysed, so that streams share the engine; absent: all that the engine gets to. Never asked about lossless streams. */
  readonly pacing?: PaceController;
  /** For tests: 0 to 1. Default Math.random. */
  readonly random?: () => number;
}

/**
 * One supervised stream: opens its source, opens it again after failures, analyses the newest frame.
 * Made by `createStream`, which does not start it. Its observables replay nothing and complete when it was stopped.
 */
export interface Stream {
  /** As given or configured last, with the `thorough`, `detection`, `emotionsEveryMs` and `mirror` that the engine can do. */
  readonly spec: StreamSpec;
  readonly status: StreamStatus;
  /** A consistent copy: the conservation law holds in every one. */
  readonly counters: Counters;
  /** Last frame's seq, -1 before the first. */
  readonly lastSeq: number;
  /** Every change of `status`' state, reason or size; not the figures that change all the time. */
  readonly status$: Observable<StreamStatus>;
  /** Hot, in seq order. */
  readonly result$: Observable<FrameResult>;
  /** Hot. With `result$` each frame that the source handed over is told once. */
  readonly drop$: Observable<DroppedFrame>;
  /** Hot. What became known with a result comes just before it; all episodes end when the source closes. */
  readonly episode$: Observable<EpisodeEvent>;
  /** Hot, in seq order. Frames are encoded only while it has subscribers. */
  readonly preview$: Observable<Preview>;
  /** Before it the state is `connecting` and nothing is open. */
  start(): void;
  /** Closes the source and keeps the stream (state `paused`). Before `start`: it waits for `resume`. */
  pause(): void;
  /** Opens a paused, ended or failed stream anew. */
  resume(): void;
  /**
   * Takes other settings. What the decoder does (`maxFps`, sizes) and how faces are looked for (`detection`) opens a running source anew;
   * everything else counts from the next frame on, and tracks, baselines and episodes go on.
   */
  configure(analysis: AnalysisSettings): void;
  /** Begins the baselines of the faces in view anew, whatever `baseline.mode` says; of that face alone where one is named. Gives their tracks: none where nobody is in view. */
  restartBaseline(trackId?: number): readonly number[];
  /** Ends it for good (state `stopped`). Resolves when the decoder is gone and every frame is released. */
  stop(): Promise<void>;
}

/** Settings of one lossless run over a file. */
export interface FileRunOptions {
  /** Address or absolute path, credentials included. Never logged. */
  readonly url: string;
  readonly analysis: AnalysisSettings;
  readonly openTimeoutMs: number;
  /** Longest silence of the decoder while nobody makes it wait. Default 30 s. */
  readonly stallTimeoutMs?: number;
  /** Frame buffers, at least 2. Default: the engine's concurrency and 3 more; where faces are followed, six times that concurrency and 3 more. */
  readonly poolFrames?: number;
  /** For addresses of RTSP servers. Default `tcp`. */
  readonly transport?: "tcp" | "udp";
  readonly hwaccel?: string;
  /** Stops the run with `cancelled`. */
  readonly signal?: AbortSignal;
}

export interface FileRunDeps {
  readonly openSource: OpenSource;
  readonly engine: Engine;
  readonly logger: Logger;
}

/** A lossless run over a file, made by `runFile`. The decoder opens at once and waits for the subscriber of `result$`. */
export interface FileRun {
  /** Every frame's result, in order, to one subscriber. Unsubscribing stops the decoder. Errors with an AppError after the last good result. */
  readonly result$: Observable<FrameResult>;
  /** Known once the source is open; rejects with the AppError when it never opens. */
  readonly info: Promise<SourceInfo>;
  readonly counters: Counters;
  /** Resolves when the decoder is gone and all frames are released. `error` is what went wrong, if anything did. */
  readonly closed: Promise<{ readonly error?: AppError; readonly warnings: readonly string[] }>;
}
