// A source whose frames somebody hands in, as the server sees it; `src/ingest` implements it.

import type { AppError } from "./errors.js";
import type { PushFormat } from "./push.js";
import type { DropReason, OpenSource } from "./source.js";

/** What every frame of a pushed stream is. */
export interface PushedPicture {
  readonly format: PushFormat;
  /** As shown, pixels. */
  readonly width: number;
  readonly height: number;
}

/** One frame as it came in. */
export interface PushedFrame {
  readonly frameId: number;
  /** Milliseconds since 1970, by the client's clock. */
  readonly capturedAtMs: number;
  /** When the whole frame was there, as `Frame.receivedAtMs`. */
  readonly receivedAtMs: number;
  /** Encoded, or rgb24. The source's from now on. */
  readonly data: Uint8Array;
}

/** The fates of frames that do not reach the pipeline. Each frame meets one of them once, or is handed to the pipeline. */
export interface PushedSourceObserver {
  /** It is not what was declared, or cannot be decoded. Not counted as decoded. */
  onRefused(frameId: number, error: AppError): void;
  /** It counts as decoded and was dropped for this reason. */
  onDropped(frameId: number, reason: DropReason): void;
  /** The source was closed before it could be handed over. */
  onLeftOut(frameId: number): void;
}

/** Frames in from a client, out to the pipeline. Nothing is kept. */
export interface PushedSource {
  /** Opens the way into the pipeline; again after a pause. After `end` it ends at once. */
  readonly open: OpenSource;
  /** Takes a frame. False: nothing is open (paused, stopped), the frame was not taken. */
  push(frame: PushedFrame): boolean;
  /** No frame comes any more; those that wait are still handed over, then the source ends. Idempotent. */
  end(): void;
}

export type OpenPushedSource = (picture: PushedPicture, observer: PushedSourceObserver) => PushedSource;
