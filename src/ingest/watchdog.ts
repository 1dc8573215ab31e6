// Silence has limits: until the first frame, and for everything behind a network or a device between frames. A dead UDP camera brings no end of file.

export interface WatchdogLimits {
  readonly openTimeoutMs: number;
  readonly stallAfterMs: number;
  readonly stallTimeoutMs: number;
  /** False (local files): only the first frame has a deadline. */
  readonly live: boolean;
}

export interface WatchdogObserver {
  onOpenTimeout(): void;
  onStalled(stalled: boolean): void;
  onStallTimeout(): void;
}

/** Starts when it is made; `stop` ends it. */
export class Watchdog {
  readonly #limits: WatchdogLimits;
  readonly #observer: WatchdogObserver;
  #timer: NodeJS.Timeout | undefined;
  #lastMs = performance.now();
  #opened = false;
  #stalled = false;
  #held = false;
  #stopped = false;

  constructor(limits: WatchdogLimits, observer: WatchdogObserver) {
    this.#limits = limits;
    this.#observer = observer;
    this.#arm(limits.openTimeoutMs);
  }

  /** A frame arrived. */
  frame(): void {
    if (this.#stopped) return;
    this.#lastMs = performance.now();
    if (!this.#opened) {
      this.#opened = true;
      clearTimeout(this.#timer);
      if (this.#limits.live) this.#arm(this.#limits.stallAfterMs);
    }
    if (this.#stalled) {
      this.#stalled = false;
      this.#observer.onStalled(false);
    }
  }

  /** While the reader itself holds the source back, silence is not the source's. */
  hold(held: boolean): void {
    this.#held = held;
    if (!held) this.#lastMs = performance.now();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  #arm(delayMs: number): void {
    clearTimeout(this.#timer);
    // after a blocked event loop timers come before I/O: let waiting data in first, then judge
    this.#timer = setTimeout(() => setImmediate(() => this.#judge()), Math.max(1, delayMs));
  }

  #judge(): void {
    if (this.#stopped) return;
    const silentMs = this.#held ? 0 : performance.now() - this.#lastMs;
    const { openTimeoutMs, stallAfterMs, stallTimeoutMs, live } = this.#limits;
    if (!this.#opened) {
      if (silentMs >= openTimeoutMs) this.#observer.onOpenTimeout();
      else this.#arm(openTimeoutMs - silentMs);
      return;
    }
    if (!live) return;
    if (silentMs >= stallTimeoutMs) {
      this.#observer.onStallTimeout();
      return;
    }
    if (silentMs >= stallAfterMs && !this.#stalled) {
      this.#stalled = true;
      this.#observer.onStalled(true);
    }
    this.#arm((this.#stalled ? stallTimeoutMs : Math.min(stallAfterMs, stallTimeoutMs)) - silentMs);
  }
}
