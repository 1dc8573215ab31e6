// Pictures for those who watch: encoded only while somebody does, one at a time, the newest first. Results never wait for them.

import { Subject, type Observable } from "rxjs";
import { toAppError, type AppError } from "../core/errors.js";
import type { Frame } from "../core/frame.js";
import { roundPtsMs } from "../core/round.js";
import type { EncodePreview, Preview } from "./types.js";

interface Waiting {
  readonly frame: Frame;
  readonly release: () => void;
}

/** Encodes frames whose result is out. Holds at most one frame in work and, where the pool is large enough, one that waits. */
export class PreviewQueue {
  readonly preview$: Observable<Preview>;
  readonly #previews = new Subject<Preview>();
  readonly #encode: EncodePreview;
  readonly #mayWait: boolean;
  readonly #onError: (error: AppError) => void;
  #busy = false;
  #waiting: Waiting | undefined;

  /** @param maxHeld Most frames held at a time: 1 or 2. */
  constructor(encode: EncodePreview, maxHeld: number, onError: (error: AppError) => void) {
    this.#encode = encode;
    this.#mayWait = maxHeld > 1;
    this.#onError = onError;
    this.preview$ = this.#previews.asObservable();
  }

  /** Takes the frame over; `release` is called once, at once where no picture is made of it. */
  offer(frame: Frame, release: () => void): void {
    if (!this.#previews.observed || (this.#busy && !this.#mayWait)) {
      release();
      return;
    }
    if (this.#busy) {
      this.#waiting?.release();
      this.#waiting = { frame, release };
      return;
    }
    this.#busy = true;
    void this.#work({ frame, release });
  }

  /** No pictures from now on; the one in work is thrown away when it is done. */
  close(): void {
    this.#previews.complete();
    this.#waiting?.release();
    this.#waiting = undefined;
  }

  async #work(first: Waiting): Promise<void> {
    let next: Waiting | undefined = first;
    while (next !== undefined) {
      const { frame, release }: Waiting = next;
      const jpeg = await this.#encoded(frame);
      release();
      if (jpeg !== undefined) this.#previews.next({ seq: frame.seq, epoch: frame.epoch, ptsMs: roundPtsMs(frame.ptsMs), jpeg });
      next = this.#waiting;
      this.#waiting = undefined;
      if (next !== undefined && !this.#previews.observed) {
        next.release();
        next = undefined;
      }
    }
    this.#busy = false;
  }

  async #encoded(frame: Frame): Promise<Uint8Array | undefined> {
    try {
      return await this.#encode(frame);
    } catch (error) {
      this.#onError(toAppError(error));
      return undefined;
    }
  }
}
