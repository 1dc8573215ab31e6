// Keeps one source running: opens it, waits and opens it again after failures, closes it on request. The only place that retries.

import { timer, type Observable, type Subscription } from "rxjs";
import { AppError, errorCodes, toAppError, type ErrorCode } from "../core/errors.js";
import { evenNowMs } from "../core/even-clock.js";
import type { StreamState } from "../core/feed.js";
import type { Frame } from "../core/frame.js";
import type { Logger } from "../core/logger.js";
import type { DropReason, OpenSource, SourceInfo, SourceOptions } from "../core/source.js";
import type { FrameLedger } from "./ledger.js";
import { outlook, retryDelayMs } from "./retry-policy.js";
import { SourceRun } from "./source-run.js";
import { nextState, type StreamEvent } from "./stream-state.js";
import type { StreamSpec } from "./types.js";

/** Live for so long, and the failures before are forgotten: a camera that dies after every first picture still meets growing waiting times. */
const steadyMs = 10_000;

export interface SupervisorDeps {
  readonly openSource: OpenSource;
  readonly random: () => number;
  readonly logger: Logger;
  readonly ledger: FrameLedger;
  /** The way of a run's frames; ends or fails after the last of them. */
  readonly process: (run: SourceRun) => Observable<unknown>;
  readonly onDrop: (frame: Frame, reason: DropReason) => void;
  /** State, reason or source may have changed. */
  readonly onChange: () => void;
}

export interface Reason {
  readonly code: ErrorCode;
  readonly message: string;
}

/** Supervises one stream. */
export class Supervisor {
  #spec: StreamSpec;
  readonly #deps: SupervisorDeps;
  readonly #runs = new Set<SourceRun>();
  #state: StreamState = "connecting";
  #started = false;
  #reason: Reason | undefined;
  #nextTryAtMs: number | undefined;
  #failures = 0;
  #info: SourceInfo | undefined;
  #lastSeq = -1;
  #run: SourceRun | undefined;
  #runFirst = { seq: 0, epoch: 0 };
  #work: Subscription | undefined;
  #retry: Subscription | undefined;
  #liveSinceMs: number | undefined;
  /** Rises with every wish to open or close; an older wish that comes true late is void. */
  #wish = 0;

  constructor(spec: StreamSpec, deps: SupervisorDeps) {
    this.#spec = spec;
    this.#deps = deps;
  }

  get state(): StreamState {
    return this.#state;
  }
  /** Why it is not live. */
  get reason(): Reason | undefined {
    return this.#reason;
  }
  /** Milliseconds since 1970, in state `reconnecting`. */
  get nextTryAtMs(): number | undefined {
    return this.#nextTryAtMs;
  }
  /** Attempts in a row that failed; 0 while it runs. */
  get attempt(): number {
    return this.#state === "live" || this.#state === "stalled" ? 0 : this.#failures;
  }
  /** Of the source as it was opened last. */
  get info(): SourceInfo | undefined {
    return this.#info;
  }
  /** -1 before the first frame. */
  get lastSeq(): number {
    return this.#lastSeq;
  }

  start(): void {
    if (this.#state === "paused") this.resume();
    if (this.#started || this.#state !== "connecting") return;
    this.#started = true;
    this.#open();
  }

  pause(): void {
    if (nextState(this.#state, "pause") === this.#state) return;
    this.#close("paused");
    this.#enter("pause");
  }

  /** Opens a paused, ended or failed stream anew. */
  resume(): void {
    if (nextState(this.#state, "resume") === this.#state) return;
    this.#started = true;
    this.#failures = 0;
    this.#enter("resume");
    this.#open();
  }

  /** Takes another spec of the same source. `reopen`: opens a source that runs or is to run anew with it; else it counts from the next opening on. */
  configure(spec: StreamSpec, reopen: boolean): void {
    this.#spec = spec;
    if (!reopen || !this.#started || !["connecting", "live", "stalled", "reconnecting"].includes(this.#state)) return;
    this.#close("stopped");
    this.#enter("reopen");
    this.#open();
  }

  /** Resolves when no decoder and no frame of any run is left. */
  async stop(): Promise<void> {
    this.#close("stopped");
    this.#enter("stop");
    await Promise.all([...this.#runs].map((run) => run.released));
  }

  #open(): void {
    this.#wish += 1;
    const wish = this.#wish;
    const former = this.#run;
    if (former !== undefined && former.ended === undefined) {
      // One connection to a camera at a time, and the numbers of frames go on where the former run left off.
      void this.#openAfter(former, wish);
      return;
    }
    if (former?.ended !== undefined) {
      const { nextSeq, epoch } = former.ended;
      this.#runFirst = { seq: nextSeq, epoch: nextSeq > this.#runFirst.seq ? epoch + 1 : epoch };
    }
    this.#liveSinceMs = undefined;
    const run = new SourceRun(this.#deps.openSource, this.#sourceOptions(), this.#deps.ledger, {
      onInfo: (info) => {
        this.#info = info;
        this.#deps.onChange();
      },
      onStalled: (stalled) => this.#enter(stalled ? "silent" : "frame", stalled ? reasonOf("stalled") : undefined),
      onDrop: this.#deps.onDrop,
      onFrame: (frame) => {
        this.#lastSeq = frame.seq;
        this.#liveSinceMs ??= performance.now();
        if (this.#state !== "live") this.#enter("frame");
      },
    });
    this.#run = run;
    this.#runs.add(run);
    void run.released.then(() => this.#runs.delete(run));
    this.#work = this.#deps.process(run).subscribe({
      error: (error: unknown) => this.#over(run, toAppError(error)),
      complete: () => this.#over(run, undefined),
    });
    run.open();
  }

  async #openAfter(former: SourceRun, wish: number): Promise<void> {
    await former.end;
    if (wish === this.#wish) this.#open();
  }

  #close(reason: "paused" | "stopped"): void {
    this.#wish += 1;
    this.#retry?.unsubscribe();
    this.#run?.close(reason);
    this.#work?.unsubscribe();
  }

  /** The run is over and its frames are through. */
  #over(run: SourceRun, error: AppError | undefined): void {
    if (error === undefined && !this.#spec.live) {
      this.#enter("over");
      return;
    }
    const failure = error ?? new AppError("source_lost", "The source ended the stream.");
    const prospect = outlook(failure.code, { live: this.#spec.live, loop: this.#spec.loop, played: run.played });
    if (prospect === "hopeless") {
      this.#failures += 1;
      this.#enter("hopeless", failure);
      return;
    }
    const steady = this.#liveSinceMs !== undefined && performance.now() - this.#liveSinceMs >= steadyMs;
    this.#failures = steady ? 0 : this.#failures + 1;
    const failures = prospect === "retry_slowly" ? Number.POSITIVE_INFINITY : this.#failures;
    const delayMs = retryDelayMs(this.#spec.reconnect, failures, this.#deps.random());
    this.#nextTryAtMs = evenNowMs() + delayMs;
    this.#enter("lost", failure);
    this.#retry = timer(delayMs).subscribe(() => {
      this.#nextTryAtMs = undefined;
      // The reason stays until pictures come: it is still why there are none.
      this.#enter("open", this.#reason);
      this.#open();
    });
  }

  /** Goes where the table says; a state that is entered or stays takes the reason given. */
  #enter(event: StreamEvent, reason?: Reason): void {
    const state = nextState(this.#state, event);
    if (state === this.#state) return;
    const from = this.#state;
    this.#state = state;
    this.#reason = reason === undefined ? undefined : { code: reason.code, message: reason.message };
    if (state !== "reconnecting") this.#nextTryAtMs = undefined;
    const detail = reason instanceof AppError ? reason.detail : undefined;
    this.#deps.logger.info({ from, state, code: reason?.code, detail, attempt: this.attempt, nextTryAtMs: this.#nextTryAtMs }, "stream state");
    this.#deps.onChange();
  }

  #sourceOptions(): SourceOptions {
    const { source, transport, live, loop, lossless, analysis, hwaccel, openTimeoutMs, stallAfterMs, stallTimeoutMs, poolFrames } = this.#spec;
    return {
      url: source,
      transport,
      maxSide: analysis.maxSide,
      largeMaxSide: analysis.largeMaxSide,
      ...(analysis.maxFps === undefined ? {} : { maxFps: analysis.maxFps }),
      realtime: !live,
      loop: loop && !live,
      ...(hwaccel === undefined ? {} : { hwaccel }),
      openTimeoutMs,
      stallAfterMs,
      stallTimeoutMs,
      poolFrames,
      backpressure: lossless === true ? "wait" : "drop",
      firstSeq: this.#runFirst.seq,
      epoch: this.#runFirst.epoch,
    };
  }
}

function reasonOf(code: ErrorCode): Reason {
  return { code, message: errorCodes[code] };
}
