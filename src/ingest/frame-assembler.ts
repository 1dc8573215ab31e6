// Puts the payloads that FFmpeg sends into pool buffers and makes frames of them. Owns the counting of seq and epoch.

import { AppError } from "../core/errors.js";
import type { AnyPicture, Frame, PixelKind } from "../core/frame.js";
import { pictureBytes } from "../core/planar.js";
import type { DropReason } from "../core/source.js";
import { streamIds } from "./filter-graph.js";
import type { FramePool, PoolBuffer } from "./frame-pool.js";
import { wait, type NutSink } from "./nut-demuxer.js";
import type { StreamHeader } from "./nut-format.js";
import type { Size } from "./picture-size.js";
import { PooledFrame, type FrameSizes } from "./pooled-frame.js";
import { decodePts, maxEpochsOfOneRun } from "./pts-code.js";

export interface AssemblerOptions {
  readonly pool: FramePool;
  readonly backpressure: "wait" | "drop";
  readonly firstSeq: number;
  readonly epoch: number;
  readonly originSeconds: number;
  /** What FFmpeg was asked for. */
  readonly pixels: PixelKind;
}

/** As NUT names it. */
const fourccs = { rgb24: "RGB\u0018", yuv420p: "I420" } as const satisfies Record<AnyPicture["pixelFormat"], string>;

export interface AssemblerObserver {
  /** Sizes are known. The answer is the size of the source as shown, or `wait` while that is not known: then `resume` is called later. */
  onSizes(largest: Size): Size | typeof wait;
  onDecoded(): void;
  onFrame(frame: Frame): void;
  onDropped(reason: DropReason): void;
}

/** A NUT sink that hands over whole frames. */
export class FrameAssembler implements NutSink {
  readonly #options: AssemblerOptions;
  readonly #observer: AssemblerObserver;
  #sizes: FrameSizes | undefined;
  #source: Size | undefined;
  #nextSeq: number;
  #epoch: number;
  #lastPtsMs = Number.NEGATIVE_INFINITY;
  // the frame under way
  #open = false;
  #buffer: PoolBuffer | undefined;
  #codedPts = Number.NEGATIVE_INFINITY;
  #missing = 0;

  constructor(options: AssemblerOptions, observer: AssemblerObserver) {
    this.#options = options;
    this.#observer = observer;
    this.#nextSeq = options.firstSeq;
    this.#epoch = options.epoch;
  }

  /** Next seq to use. */
  get nextSeq(): number {
    return this.#nextSeq;
  }

  /** Epoch reached. */
  get epoch(): number {
    return this.#epoch;
  }

  /** Time of the newest frame; -Infinity before the first. */
  get lastPtsMs(): number {
    return this.#lastPtsMs;
  }

  onStreams(streams: readonly StreamHeader[]): void {
    const { pool, pixels } = this.#options;
    for (const stream of streams) {
      if (stream.fourcc !== fourccs[pixels.pixelFormat] || stream.timeBase.num * 1e6 !== stream.timeBase.den) throw new AppError("ffmpeg_failed", "FFmpeg's output is not what was asked for.", { detail: JSON.stringify(stream) });
    }
    const small = streams[streamIds.small]!;
    const large = streams[streamIds.large];
    const larger = large !== undefined && (large.width > small.width || large.height > small.height);
    this.#sizes = { small, large: larger ? large : undefined, pixels };
    pool.allocate(pictureBytes(small, pixels.pixelFormat), larger ? pictureBytes(large, pixels.pixelFormat) : 0);
  }

  onPayload(streamId: number, pts: number, size: number): Uint8Array | undefined | typeof wait {
    const sizes = this.#sizes!;
    if (this.#source === undefined) {
      const source = this.#observer.onSizes(sizes.large ?? sizes.small);
      if (source === wait) return wait;
      this.#source = source;
    }
    if (streamId === streamIds.tick || (streamId === streamIds.large && sizes.large === undefined)) return undefined;
    const expected = streamId === streamIds.small ? sizes.small : sizes.large!;
    const bytes = pictureBytes(expected, this.#options.pixels.pixelFormat);
    if (size !== bytes) throw sizeChanged(`payload of ${size} bytes, expected ${bytes}`);
    if (pts !== this.#codedPts) this.#begin(pts, sizes);
    if (this.#buffer === undefined && this.#open && this.#acquire() === wait) return wait;
    return streamId === streamIds.small ? this.#buffer?.picture : this.#buffer?.large;
  }

  onPayloadEnd(streamId: number): void {
    if (streamId === streamIds.tick || (streamId === streamIds.large && this.#sizes?.large === undefined)) return;
    this.#missing -= 1;
    if (this.#missing > 0) return;
    const buffer = this.#buffer;
    this.#open = false;
    this.#buffer = undefined;
    if (buffer === undefined) return;
    this.#observer.onFrame(new PooledFrame(buffer, { seq: this.#nextSeq - 1, ptsMs: this.#lastPtsMs, epoch: this.#epoch }, this.#source!, this.#sizes!));
  }

  /** Nothing more comes. A frame that is not complete counts as dropped. */
  end(): void {
    const buffer = this.#buffer;
    if (this.#open) this.#observer.onDropped("stopped");
    this.#open = false;
    this.#buffer = undefined;
    buffer?.release();
  }

  #begin(codedPts: number, sizes: FrameSizes): void {
    this.end(); // never happens with FFmpeg's split; keeps the count right if it did
    const { ptsMs, epoch } = decodePts(codedPts, this.#options.originSeconds);
    if (epoch > maxEpochsOfOneRun) throw new AppError("source_lost", "The source's clock jumps back again and again.");
    this.#codedPts = codedPts;
    this.#missing = sizes.large === undefined ? 1 : 2;
    this.#epoch = this.#options.epoch + epoch;
    this.#lastPtsMs = ptsMs;
    this.#nextSeq += 1;
    this.#open = true;
    this.#observer.onDecoded();
  }

  #acquire(): void | typeof wait {
    this.#buffer = this.#options.pool.acquire();
    if (this.#buffer !== undefined) return;
    if (this.#options.backpressure === "wait") return wait;
    this.#open = false;
    this.#observer.onDropped("pool_dry");
  }
}

/** A source of another size is opened anew: buffers, boxes and what is told of it hang on its size. */
export function sizeChanged(detail: string): AppError {
  return new AppError("source_lost", "The source changed its picture size.", { detail });
}
