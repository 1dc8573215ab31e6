// A frame in a pool's buffer.

import { evenNowMs } from "../core/even-clock.js";
import type { AnyPicture, Frame, PixelKind } from "../core/frame.js";
import type { PoolBuffer } from "./frame-pool.js";
import type { Size } from "./picture-size.js";

/** Sizes of the two pictures of a source's frames, and what their bytes are. */
export interface FrameSizes {
  readonly small: Size;
  /** Absent where it would be no larger. */
  readonly large: Size | undefined;
  /** Absent: rgb24. */
  readonly pixels?: PixelKind;
}

/** Where a frame stands in its stream. */
export interface FramePlace {
  readonly seq: number;
  readonly ptsMs: number;
  readonly epoch: number;
}

/** What only frames of a pushing client know. */
export interface PushedOrigin {
  readonly receivedAtMs: number;
  readonly frameId: number;
  readonly capturedAtMs: number;
}

/** Owns its buffer until `release`. */
export class PooledFrame implements Frame {
  readonly seq: number;
  readonly ptsMs: number;
  readonly epoch: number;
  readonly receivedAtMs: number;
  readonly frameId?: number;
  readonly capturedAtMs?: number;
  readonly sourceWidth: number;
  readonly sourceHeight: number;
  readonly picture: AnyPicture;
  readonly large?: AnyPicture;
  readonly #buffer: PoolBuffer;

  /** @param origin Absent: received now. */
  constructor(buffer: PoolBuffer, { seq, ptsMs, epoch }: FramePlace, source: Size, sizes: FrameSizes, origin?: PushedOrigin) {
    this.#buffer = buffer;
    this.seq = seq;
    this.ptsMs = ptsMs;
    this.epoch = epoch;
    this.receivedAtMs = origin?.receivedAtMs ?? evenNowMs();
    if (origin !== undefined) {
      this.frameId = origin.frameId;
      this.capturedAtMs = origin.capturedAtMs;
    }
    this.sourceWidth = source.width;
    this.sourceHeight = source.height;
    const { small, large, pixels = { pixelFormat: "rgb24" } } = sizes;
    this.picture = { width: small.width, height: small.height, ...pixels, data: buffer.picture };
    if (large !== undefined && buffer.large !== undefined) this.large = { width: large.width, height: large.height, ...pixels, data: buffer.large };
  }

  release(): void {
    this.#buffer.release();
  }
}
