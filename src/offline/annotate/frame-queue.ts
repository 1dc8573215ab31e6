// A lossless source as an async iterator. The source's pool bounds the queue: it waits when all buffers are here.

import type { AppError } from "../../core/errors.js";
import type { Frame } from "../../core/frame.js";
import type { OpenSource, RunningSource, SourceEnd, SourceOptions } from "../../core/source.js";

/** Opens a source and hands its frames on one at a time. The taker owns each frame. */
export class FrameQueue {
  readonly #source: RunningSource;
  readonly #frames: Frame[] = [];
  #end: SourceEnd | undefined;
  #closing = false;
  #wake: () => void = () => undefined;

  constructor(openSource: OpenSource, options: SourceOptions) {
    this.#source = openSource(options, {
      onInfo: () => undefined,
      onDecoded: () => undefined,
      onFrame: (frame) => {
        if (this.#closing) frame.release();
        else this.#frames.push(frame);
        this.#wake();
      },
      onDropped: () => undefined,
      onStalled: () => undefined,
    });
    void this.#watch();
  }

  async #watch(): Promise<void> {
    this.#end = await this.#source.closed;
    this.#wake();
  }

  /** The next frame; undefined after the last. */
  async next(): Promise<Frame | undefined> {
    while (this.#frames.length === 0 && this.#end === undefined) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    return this.#frames.shift();
  }

  /** Why the source ended before its end, after the last frame. */
  get error(): AppError | undefined {
    return this.#end?.error;
  }

  /** Gives back what was not taken, closes the source and waits until it is gone. */
  async close(): Promise<void> {
    this.#closing = true;
    this.#source.close();
    for (const frame of this.#frames.splice(0)) frame.release();
    await this.#source.closed;
    for (const frame of this.#frames.splice(0)) frame.release();
    this.#wake();
  }
}
