// One run of a pushed source: frames wait here for their turn, are decoded one at a time and in order, and leave in pool buffers.
// How many wait is the server's business (credits); in the mode that drops it is one.

import { toAppError } from "../core/errors.js";
import { pictureBytes } from "../core/planar.js";
import type { PushedFrame, PushedPicture, PushedSourceObserver } from "../core/pushed-source.js";
import type { DropReason, RunningSource, SourceEnd, SourceObserver, SourceOptions } from "../core/source.js";
import { FramePool, type PoolBuffer } from "./frame-pool.js";
import { fitSize } from "./picture-size.js";
import { PooledFrame, type FrameSizes } from "./pooled-frame.js";
import { decodePushed, type DecodedPixels } from "./pushed-decode.js";
import { copyToShared } from "./shared-copy.js";

/** FFmpeg's names of what the formats hold. */
const codecs = { jpeg: "mjpeg", webp: "webp", raw: "rawvideo" } as const;

/** From `open` to the hand-over of its last frame. */
export class PushedRun implements RunningSource {
  readonly closed: Promise<SourceEnd>;
  readonly #picture: PushedPicture;
  readonly #options: SourceOptions;
  readonly #pipeline: SourceObserver;
  readonly #client: PushedSourceObserver;
  readonly #sizes: FrameSizes;
  readonly #pool: FramePool;
  readonly #waiting: PushedFrame[] = [];
  #ending: "ended" | "closed" | undefined;
  #working = false;
  #wake: (() => void) | undefined;
  #silence: NodeJS.Timeout | undefined;
  #nextSeq: number;
  #epoch: number;
  #firstMs: number | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #tellClosed!: (end: SourceEnd) => void;

  constructor(picture: PushedPicture, options: SourceOptions, pipeline: SourceObserver, client: PushedSourceObserver) {
    this.#picture = picture;
    this.#options = options;
    this.#pipeline = pipeline;
    this.#client = client;
    this.#nextSeq = options.firstSeq;
    this.#epoch = options.epoch;
    const small = fitSize(picture, options.maxSide);
    const large = fitSize(picture, options.largeMaxSide);
    this.#sizes = { small, large: options.largeMaxSide > options.maxSide && large.width > small.width ? large : undefined };
    this.#pool = new FramePool(options.poolFrames);
    this.#pool.allocate(pictureBytes(small, "rgb24"), this.#sizes.large === undefined ? 0 : pictureBytes(this.#sizes.large, "rgb24"));
    this.#pool.onRelease = () => this.#wake?.();
    this.closed = new Promise((resolve) => {
      this.#tellClosed = resolve;
    });
    pipeline.onInfo({ width: picture.width, height: picture.height, codec: codecs[picture.format], live: true });
  }

  get pool(): { readonly free: number; readonly size: number } {
    return this.#pool;
  }

  /** False once it is closing. */
  get takes(): boolean {
    return this.#ending === undefined;
  }

  push(frame: PushedFrame): void {
    if (this.#options.backpressure === "drop") {
      for (const older of this.#waiting.splice(0)) {
        this.#decoded();
        this.#tellDropped(older, "superseded");
      }
    }
    this.#waiting.push(frame);
    this.#heard();
    void this.#work();
  }

  /** Hands over what waits, then ends. */
  end(): void {
    this.#close("ended");
  }

  /** Leaves out what waits. */
  close(): void {
    this.#close("closed");
  }

  #close(how: "ended" | "closed"): void {
    if (this.#ending === "closed" || this.#ending === how) return;
    this.#ending = how;
    clearTimeout(this.#silence);
    this.#wake?.();
    void this.#work();
  }

  /** The only place that hands over; one at a time, so that frames leave in the order they came. */
  async #work(): Promise<void> {
    if (this.#working) return;
    this.#working = true;
    // Whoever closes it is still telling why; the frames that are left out are answered after that.
    if (this.#ending !== undefined) await Promise.resolve();
    for (let frame = this.#waiting.shift(); frame !== undefined; frame = this.#waiting.shift()) {
      if (this.#ending === "closed") this.#client.onLeftOut(frame.frameId);
      else await this.#take(frame);
    }
    this.#working = false;
    if (this.#ending !== undefined) this.#tellClosed({ reason: this.#ending, nextSeq: this.#nextSeq, epoch: this.#epoch, warnings: [] });
  }

  async #take(frame: PushedFrame): Promise<void> {
    let pixels: DecodedPixels;
    try {
      pixels = await decodePushed(frame.data, this.#picture, this.#sizes);
    } catch (error) {
      this.#client.onRefused(frame.frameId, toAppError(error));
      return;
    }
    const seq = this.#decoded();
    const buffer = await this.#buffer();
    if (buffer === "dry") {
      this.#tellDropped(frame, "pool_dry");
      return;
    }
    if (buffer === "closed") {
      // The pipeline counts what was decoded and never came, for the reason it closes this run for.
      this.#client.onLeftOut(frame.frameId);
      return;
    }
    copyToShared(buffer.picture, 0, pixels.small);
    if (pixels.large !== undefined && buffer.large !== undefined) copyToShared(buffer.large, 0, pixels.large);
    this.#handOver(frame, seq, buffer);
  }

  async #buffer(): Promise<PoolBuffer | "dry" | "closed"> {
    for (;;) {
      if (this.#ending === "closed") return "closed";
      const buffer = this.#pool.acquire();
      if (buffer !== undefined) return buffer;
      if (this.#options.backpressure === "drop") return "dry";
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
      this.#wake = undefined;
    }
  }

  #handOver({ frameId, capturedAtMs, receivedAtMs }: PushedFrame, seq: number, buffer: PoolBuffer): void {
    this.#firstMs ??= capturedAtMs;
    // Times rise strictly within an epoch; a clock that was set back begins a new one.
    if (capturedAtMs <= this.#lastMs) this.#epoch += 1;
    this.#lastMs = capturedAtMs;
    const place = { seq, ptsMs: capturedAtMs - this.#firstMs, epoch: this.#epoch };
    this.#pipeline.onFrame(new PooledFrame(buffer, place, this.#picture, this.#sizes, { receivedAtMs, frameId, capturedAtMs }));
  }

  /** Counts a frame, and gives its seq. */
  #decoded(): number {
    this.#pipeline.onDecoded();
    return this.#nextSeq++;
  }

  #tellDropped({ frameId }: PushedFrame, reason: DropReason): void {
    this.#pipeline.onDropped(reason);
    this.#client.onDropped(frameId, reason);
  }

  /** A client that sends nothing for a while is shown as stalled, and never given up: its connection tells when it is gone. */
  #heard(): void {
    clearTimeout(this.#silence);
    this.#silence = setTimeout(() => {
      // While frames of its are on their way here, it is the server that is slow.
      if (this.#working || this.#pool.free < this.#pool.size) this.#heard();
      else this.#pipeline.onStalled(true);
    }, this.#options.stallAfterMs);
    this.#silence.unref();
  }
}
