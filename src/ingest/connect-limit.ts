// A power cut brings fifty cameras down at once, and fifty decoders that all open at once starve each other and the streams that
// live. So only so many sources connect at a time; the others wait their turn, first come, first served. A source that gives pictures
// holds no place any more.

import type { OpenSource, RunningSource, SourceEnd, SourceObserver, SourceOptions } from "../core/source.js";

/** Opens at most `maxConnecting` sources at a time. A place is held from the opening to the first decoded frame or to the end. */
export function limitConnecting(openSource: OpenSource, maxConnecting: number): OpenSource {
  const queue = new TurnQueue(maxConnecting);
  return (options, observer) => new WaitingSource(openSource, options, observer, queue);
}

/** Places, and who waits for one, in order. */
class TurnQueue {
  readonly #waiting = new Set<() => void>();
  #free: number;

  constructor(places: number) {
    this.#free = places;
  }

  /** Calls `onTurn` when there is a place, at once where there is one. The place is the caller's until `leave`. */
  enter(onTurn: () => void): void {
    if (this.#free === 0) {
      this.#waiting.add(onTurn);
      return;
    }
    this.#free -= 1;
    onTurn();
  }

  /** No longer wants a turn. False when it has had it. */
  giveUp(onTurn: () => void): boolean {
    return this.#waiting.delete(onTurn);
  }

  leave(): void {
    const [next] = this.#waiting;
    if (next === undefined) {
      this.#free += 1;
      return;
    }
    this.#waiting.delete(next);
    next();
  }
}

/** A source that opens when its turn comes; its deadlines begin then. */
class WaitingSource implements RunningSource {
  readonly closed: Promise<SourceEnd>;
  readonly #openSource: OpenSource;
  readonly #options: SourceOptions;
  readonly #observer: SourceObserver;
  readonly #queue: TurnQueue;
  #source: RunningSource | undefined;
  #holdsPlace = false;
  #settle!: (end: SourceEnd | Promise<SourceEnd>) => void;
  readonly #onTurn = () => this.#open();

  constructor(openSource: OpenSource, options: SourceOptions, observer: SourceObserver, queue: TurnQueue) {
    this.#openSource = openSource;
    this.#options = options;
    this.#observer = observer;
    this.#queue = queue;
    this.closed = new Promise((resolve) => {
      this.#settle = resolve;
    });
    queue.enter(this.#onTurn);
  }

  get pool(): RunningSource["pool"] {
    return this.#source?.pool ?? { free: this.#options.poolFrames, size: this.#options.poolFrames };
  }

  close(): void {
    this.#source?.close();
    if (this.#queue.giveUp(this.#onTurn)) this.#settle({ reason: "closed", nextSeq: this.#options.firstSeq, epoch: this.#options.epoch, warnings: [] });
  }

  #open(): void {
    this.#holdsPlace = true;
    const source = this.#openSource(this.#options, {
      onInfo: (info) => this.#observer.onInfo(info),
      onDecoded: () => {
        this.#leave();
        this.#observer.onDecoded();
      },
      onFrame: (frame) => this.#observer.onFrame(frame),
      onDropped: (reason) => this.#observer.onDropped(reason),
      onStalled: (stalled) => this.#observer.onStalled(stalled),
    });
    this.#source = source;
    // Told after the place is free: who hears of the end may open the next source at once.
    this.#settle(source.closed.finally(() => this.#leave()));
  }

  #leave(): void {
    if (!this.#holdsPlace) return;
    this.#holdsPlace = false;
    this.#queue.leave();
  }
}
