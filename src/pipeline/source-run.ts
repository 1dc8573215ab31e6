// One run of a source, from opening to the release of its last frame. The pipeline meets the frames of a source only
// through here: each is entered in the ledger, and given back exactly once, by `drop` or by `settle` and `release`.

import { Observable, type Subscriber } from "rxjs";
import { AppError, toAppError } from "../core/errors.js";
import type { Frame } from "../core/frame.js";
import type { DropReason, OpenSource, RunningSource, SourceEnd, SourceInfo, SourceOptions } from "../core/source.js";
import type { FrameLedger } from "./ledger.js";

export interface SourceRunHooks {
  onInfo?(info: SourceInfo): void;
  onStalled?(stalled: boolean): void;
  /** Before the frame goes on its way. */
  onFrame?(frame: Frame): void;
  /** It was handed over and gets no result; called before it goes back to its pool. */
  onDrop?(frame: Frame, reason: DropReason): void;
}

/** A source from before it is opened, with `open`, to its end. */
export class SourceRun {
  /** Settles when the decoder is gone; never rejects. */
  readonly end: Promise<SourceEnd>;
  /** Settles when the decoder is gone and every frame of this run has been given back. */
  readonly released: Promise<void>;
  /**
   * The frames, to one subscriber, who owns them; frames that come before it wait (the pool bounds them).
   * Completes or fails as the source does. Unsubscribing closes the source.
   */
  readonly frames$: Observable<Frame>;
  readonly #openSource: OpenSource;
  readonly #options: SourceOptions;
  readonly #ledger: FrameLedger;
  readonly #hooks: SourceRunHooks;
  readonly #early: Frame[] = [];
  #source: RunningSource | undefined;
  #subscriber: Subscriber<Frame> | undefined;
  #closing: DropReason | undefined;
  #ended: SourceEnd | undefined;
  #held = 0;
  #frames = 0;
  #tellEnd!: (end: SourceEnd) => void;
  #tellReleased!: () => void;

  constructor(openSource: OpenSource, options: SourceOptions, ledger: FrameLedger, hooks: SourceRunHooks = {}) {
    this.#openSource = openSource;
    this.#options = options;
    this.#ledger = ledger;
    this.#hooks = hooks;
    this.end = new Promise((resolve) => {
      this.#tellEnd = resolve;
    });
    this.released = new Promise((resolve) => {
      this.#tellReleased = resolve;
    });
    this.frames$ = new Observable((subscriber) => this.#attach(subscriber));
  }

  /** Opens the source, once. Apart from the constructor, because a source may call back before it is open. */
  open(): void {
    void this.#run().then((end) => this.#finish(end));
  }

  /** How the source ended; undefined while it runs. */
  get ended(): SourceEnd | undefined {
    return this.#ended;
  }

  /** True once a frame was handed over. */
  get played(): boolean {
    return this.#frames > 0;
  }

  /** Closes the source; frames without a result are dropped for this reason from now on. The first reason stays. */
  close(reason: "paused" | "stopped"): void {
    if (this.#closing !== undefined) return;
    this.#closing = reason;
    this.#source?.close();
    for (const frame of this.#early.splice(0)) this.drop(frame, reason);
  }

  /** Gives back a frame that gets no result. `stopped` becomes the reason of `close` where there is one. */
  drop(frame: Frame, reason: DropReason): void {
    const why = reason === "stopped" ? (this.#closing ?? reason) : reason;
    this.#ledger.dropped(frame, why);
    this.#hooks.onDrop?.(frame, why);
    this.release(frame);
  }

  /** Counts a frame as analysed with the result that `make` gives; the frame is still to be released. Where `make` throws, it is dropped. */
  settle<R>(frame: Frame, make: () => R): R {
    let result: R;
    try {
      result = make();
    } catch (error) {
      this.drop(frame, "engine_failed");
      throw error;
    }
    this.#ledger.analysed(frame);
    return result;
  }

  /** Gives a settled frame back to its pool. */
  release(frame: Frame): void {
    this.#held -= 1;
    frame.release();
    this.#settle();
  }

  async #run(): Promise<SourceEnd> {
    const nothing = { nextSeq: this.#options.firstSeq, epoch: this.#options.epoch, warnings: [] };
    if (this.#closing !== undefined) return { reason: "closed", ...nothing };
    try {
      const source = this.#openSource(this.#options, {
        onInfo: (info) => this.#hooks.onInfo?.(info),
        onDecoded: () => this.#ledger.decoded(),
        onDropped: (reason) => this.#ledger.lost(reason),
        onStalled: (stalled) => {
          if (!this.#isClosing) this.#hooks.onStalled?.(stalled);
        },
        onFrame: (frame) => this.#onFrame(frame),
      });
      this.#source = source;
      if (this.#isClosing) source.close();
      return await source.closed;
    } catch (error) {
      return { reason: "failed", error: toAppError(error), ...nothing };
    }
  }

  get #isClosing(): boolean {
    return this.#closing !== undefined;
  }

  #onFrame(frame: Frame): void {
    this.#ledger.taken(frame);
    this.#held += 1;
    this.#frames += 1;
    if (!this.#isClosing) this.#hooks.onFrame?.(frame);
    // Asked only now: who hears of the first frame may close the source for it.
    if (this.#isClosing || this.#subscriber?.closed === true) this.drop(frame, "stopped");
    else if (this.#subscriber === undefined) this.#early.push(frame);
    else this.#subscriber.next(frame);
  }

  #attach(subscriber: Subscriber<Frame>): () => void {
    if (this.#subscriber !== undefined) throw new AppError("internal", "Frames have one owner: a second subscriber is refused.");
    this.#subscriber = subscriber;
    while (this.#early.length > 0 && !subscriber.closed) subscriber.next(this.#early.shift()!);
    if (this.#ended !== undefined) this.#deliverEnd(this.#ended);
    return () => this.close("stopped");
  }

  #finish(end: SourceEnd): void {
    this.#ended = end;
    this.#ledger.closeArrivals(this.#closing ?? "stopped");
    this.#tellEnd(end);
    this.#deliverEnd(end);
    this.#settle();
  }

  #deliverEnd(end: SourceEnd): void {
    if (end.reason === "failed") this.#subscriber?.error(end.error ?? new AppError("internal", "The source failed without a reason."));
    else this.#subscriber?.complete();
  }

  #settle(): void {
    if (this.#ended !== undefined && this.#held === 0) this.#tellReleased();
  }
}
