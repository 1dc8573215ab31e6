// A fixed number of frame buffers in shared memory. It never grows: whoever finds it dry waits or drops.

import { AppError } from "../core/errors.js";

/** One buffer of the pool, lent out. `picture` and `large` are as their source says, without padding. */
export interface PoolBuffer {
  readonly picture: Uint8Array;
  readonly large: Uint8Array | undefined;
  /** Gives the buffer back. @throws AppError `internal` on a second call. */
  release(): void;
}

interface Slot {
  readonly picture: Uint8Array;
  readonly large: Uint8Array | undefined;
}

/** Fixed pool of frame buffers; each is made when it is first needed. */
export class FramePool {
  readonly size: number;
  /** Called after each release, when a buffer is free again. */
  onRelease: (() => void) | undefined;
  readonly #idle: Slot[] = [];
  #lent = 0;
  #pictureBytes = 0;
  #largeBytes = 0;

  constructor(size: number) {
    if (!Number.isInteger(size) || size < 1) throw new AppError("internal", `Expected a whole number of at least 1 for the pool's size, received ${size}.`);
    this.size = size;
  }

  /** Buffers that can be acquired now. */
  get free(): number {
    return this.size - this.#lent;
  }

  /** Sets the size of the buffers, once, before the first `acquire`. `largeBytes` 0: no second picture. */
  allocate(pictureBytes: number, largeBytes: number): void {
    if (this.#pictureBytes !== 0) throw new AppError("internal", "A frame pool was given its sizes twice.");
    this.#pictureBytes = pictureBytes;
    this.#largeBytes = largeBytes;
  }

  /** Lends a buffer, or `undefined` when the pool is dry. */
  acquire(): PoolBuffer | undefined {
    if (this.#lent === this.size) return undefined;
    const slot = this.#idle.pop() ?? { picture: sharedBytes(this.#pictureBytes), large: this.#largeBytes === 0 ? undefined : sharedBytes(this.#largeBytes) };
    this.#lent += 1;
    let released = false;
    return {
      picture: slot.picture,
      large: slot.large,
      release: () => {
        if (released) throw new AppError("internal", "A frame was released twice.");
        released = true;
        this.#lent -= 1;
        this.#idle.push(slot);
        this.onRelease?.();
      },
    };
  }
}

function sharedBytes(length: number): Uint8Array {
  return new Uint8Array(new SharedArrayBuffer(length));
}
