// What a source of frames is, as the pipeline sees it; `src/ingest` implements it with FFmpeg.

import type { AppError, ErrorCode } from "./errors.js";
import type { AnyPicture, Frame } from "./frame.js";

/** What is known of a source once its first frame is there. */
export interface SourceInfo {
  /** Size as shown: rotation and pixel aspect ratio applied. */
  readonly width: number;
  readonly height: number;
  /** Names as FFmpeg writes them. */
  readonly codec?: string;
  readonly container?: string;
  readonly fps?: number;
  readonly durationMs?: number;
  /** Only where the container states it. */
  readonly frameCount?: number;
  /** True for cameras and live addresses, false for files. */
  readonly live: boolean;
}

/** How to open a source. */
export interface SourceOptions {
  /** Address or absolute file path, credentials included. Never logged. */
  readonly url: string;
  readonly transport: "tcp" | "udp";
  /** Longest side of `Frame.picture`; the source is never enlarged. */
  readonly maxSide: number;
  /** Longest side of `Frame.large`; 0: no second picture. */
  readonly largeMaxSide: number;
  /** `yuv420p`: planar pictures of a file that holds such, which saves a conversion and half of the bytes; all others come as rgb24 all the same. Default rgb24. */
  readonly pixelFormat?: AnyPicture["pixelFormat"];
  /** At most so many frames a second leave FFmpeg; absent: all. */
  readonly maxFps?: number;
  /** Play a file at its own speed (`-re`) instead of as fast as possible. */
  readonly realtime: boolean;
  /** Start a file again when it ends, for ever (pts go on increasing). */
  readonly loop: boolean;
  /** FFmpeg's `-hwaccel` value; absent: software. */
  readonly hwaccel?: string;
  /** Deadline for the first frame. */
  readonly openTimeoutMs: number;
  /** Longest silence between frames of a live source before it counts as stalled (state only). */
  readonly stallAfterMs: number;
  /** Longest silence before the source is given up with `stalled`. */
  readonly stallTimeoutMs: number;
  /** Number of buffers in the frame pool of this source. */
  readonly poolFrames: number;
  /** What to do when the pool is dry: wait (files) or drop the frame and count it (live). */
  readonly backpressure: "wait" | "drop";
  /** First `seq` and `epoch`, so that they go on over a reconnect. */
  readonly firstSeq: number;
  readonly epoch: number;
}

/** What a source tells while it runs. Calls are synchronous; `onFrame` hands over ownership of the frame. */
export interface SourceObserver {
  onInfo(info: SourceInfo): void;
  /** A frame was decoded (before the pool is asked for a buffer), for the conservation law. */
  onDecoded(): void;
  onFrame(frame: Frame): void;
  /** A decoded frame was dropped before anybody owned it. */
  onDropped(reason: DropReason): void;
  /** No frame since `stallAfterMs` (true), and frames again (false). */
  onStalled(stalled: boolean): void;
}

/** How a source ended. `error` is absent after an orderly end (`ended`) or a close on request (`closed`). */
export interface SourceEnd {
  readonly reason: "ended" | "closed" | "failed";
  readonly error?: AppError;
  /** Next `seq` to use, and the epoch that was reached. */
  readonly nextSeq: number;
  readonly epoch: number;
  /** Decoder complaints worth telling (at most a few lines, redacted). */
  readonly warnings: readonly string[];
}

/** A running source. It runs once. */
export interface RunningSource {
  /** Begins an orderly stop. Idempotent. Frames already handed over stay valid until released. */
  close(): void;
  /** Settles when the decoder process is gone; never rejects. */
  readonly closed: Promise<SourceEnd>;
  /** Buffers of the pool that are free, and all of them. After `closed` and the last release both are equal. */
  readonly pool: { readonly free: number; readonly size: number };
}

export type OpenSource = (options: SourceOptions, observer: SourceObserver) => RunningSource;

/** Why a decoded frame was not analysed. */
export const dropReasons = ["pool_dry", "superseded", "paced", "engine_failed", "worker_lost", "worker_hung", "poisonous", "stopped", "paused"] as const;
export type DropReason = (typeof dropReasons)[number];

/** The reason for a frame on which the engine failed with `code`. */
export function engineDropReason(code: ErrorCode): DropReason {
  return code === "worker_lost" || code === "worker_hung" || code === "poisonous" ? code : "engine_failed";
}
