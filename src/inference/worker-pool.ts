// A pool of worker threads that run one entry file. Requests wait in one queue and go to the worker with the least to do.
// Workers are asked to finish and leave by themselves: `terminate()` on a thread inside native inference aborts the process.

import type { ResourceLimits, TransferListItem } from "node:worker_threads";
import { AppError, type AppErrorOptions } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import { HungThreads } from "./hung-threads.js";
import { WorkerThread, type Job } from "./worker-thread.js";

export interface WorkerPoolOptions {
  /** Compiled JavaScript of the worker; it speaks the messages of worker-messages.ts (worker-serve.ts does). */
  readonly entry: URL;
  readonly workers: number;
  /** Handed to each worker as its `workerData`. */
  readonly workerData: unknown;
  readonly logger: Logger;
  /** A worker that is at one request for so long, or at loading for four times as long, counts as hung. */
  readonly hungAfterMs: number;
  /** Of JavaScript in each worker; one that reaches them ends. */
  readonly resourceLimits?: ResourceLimits;
  /** So many unexpected exits within `restartWindowMs` are made good by a new worker. */
  readonly maxRestarts?: number;
  readonly restartWindowMs?: number;
  /** How long `close` waits for workers that do not leave. */
  readonly closeGraceMs?: number;
}

/**
 * One that runs and one that waits at the worker, so that it does not idle while a message travels or the main thread is busy.
 * While a worker is still loading, nothing waits at the others: it may be free before they are.
 */
const requestsPerWorker = 2;

/** Waiting is counted in so many ticks, not by the clock: a process that was stopped for a while, or whose event loop was busy, takes nobody for hung. */
const ticksUntilHung = 10;

/** The first hung worker may be a picture's fault. Each costs a core and its memory until the process ends. */
const mostHung = 2;

/** A request over which so many workers ended is not given to another. */
const mostLosses = 2;

/** Runs requests on worker threads. Its queue is as long as its callers make it: each waits for its answer. */
export class WorkerPool<Request, Reply, Ready> {
  readonly #options: WorkerPoolOptions;
  readonly #threads = new Set<WorkerThread<Request, Reply, Ready>>();
  readonly #queue: Job<Request, Reply>[] = [];
  readonly #opened: Promise<Ready>;
  #settleOpened: { resolve(info: Ready): void; reject(error: AppError): void } | undefined;
  /** When threads left without having been asked, on the monotonic clock. */
  #exitTimesMs: number[] = [];
  readonly #hung = new HungThreads<WorkerThread<Request, Reply, Ready>>();
  readonly #broken: Promise<AppError>;
  #tellBroken!: (error: AppError) => void;
  #hangs = 0;
  readonly #ticking: NodeJS.Timeout;
  #closing: Promise<void> | undefined;
  #workedMs = 0;

  /** Starts the first worker; wait for `opened`. Loading is heavy: all at once, the first picture would wait for all of them. */
  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#opened = new Promise((resolve, reject) => {
      this.#settleOpened = { resolve, reject };
    });
    this.#broken = new Promise((resolve) => {
      this.#tellBroken = resolve;
    });
    this.#ticking = setInterval(() => this.#tick(), options.hungAfterMs / ticksUntilHung).unref();
    this.#start();
  }

  /** Settles when so many workers hang that the process has to end: only that frees their cores and memory. */
  get broken(): Promise<AppError> {
    return this.#broken;
  }

  /**
   * Resolves with what the first worker told about itself as soon as it is ready; the others start then, and join in when
   * they are ready. Rejects with the first worker's error when it could not start.
   */
  get opened(): Promise<Ready> {
    return this.#opened;
  }

  /** What the workers have worked on requests so far, milliseconds of wall time of one worker. */
  get workedMs(): number {
    return this.#workedMs;
  }

  /**
   * Runs one request; resolves with its reply. `onWorked` is told before that what it took of a worker's time, milliseconds, unless the worker died over it.
   * Where a worker ends over it, it is given to another, once, unless something was transferred: that went with the worker.
   * @throws AppError the worker's own; `worker_lost`, `poisonous`, `worker_hung` as their codes say; `engine_unavailable` when no worker is left; `shutting_down`
   */
  run(request: Request, transfer: readonly TransferListItem[] = [], onWorked?: (ms: number) => void): Promise<Reply> {
    if (this.#closing !== undefined) return Promise.reject(shuttingDown());
    this.#replenish();
    if (this.#threads.size === 0) return Promise.reject(unavailable());
    return new Promise((resolve, reject) => {
      const worked = (ms: number): void => {
        this.#workedMs += ms;
        onWorked?.(ms);
      };
      this.#queue.push({ request, transfer, resolve, reject, onWorked: worked, losses: 0 });
      this.#dispatch();
    });
  }

  /** Rejects what still waits in the queue, lets the workers answer what they have, and resolves when all are gone but those that hang. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      for (const job of this.#queue.splice(0)) job.reject(shuttingDown());
      let graceOver!: NodeJS.Timeout;
      const grace = new Promise((resolve) => {
        graceOver = setTimeout(resolve, this.#options.closeGraceMs ?? 8000);
      });
      await Promise.race([grace, Promise.all([...this.#threads].map((thread) => thread.finish()))]);
      clearTimeout(graceOver);
      clearInterval(this.#ticking);
      for (const thread of this.#threads) this.#setAside(thread);
    })();
    return this.#closing;
  }

  #start(): void {
    const thread: WorkerThread<Request, Reply, Ready> = new WorkerThread({ resourceLimits: {}, ...this.#options }, {
      onReady: (info) => {
        if (!this.#threads.has(thread)) return;
        this.#settleOpened?.resolve(info);
        this.#settleOpened = undefined;
        if (this.#closing === undefined) this.#replenish();
        this.#dispatch();
      },
      onSettled: () => this.#dispatch(),
      onExit: (error) => {
        if (this.#hung.delete(thread)) return;
        this.#threads.delete(thread);
        this.#lost(thread, error);
      },
    });
    this.#threads.add(thread);
  }

  #lost(thread: WorkerThread<Request, Reply, Ready>, error: AppError): void {
    this.#exitTimesMs.push(performance.now());
    if (this.#closing === undefined && this.#failedToOpen(error)) return;
    const jobs = thread.takeJobs();
    if (jobs[0] !== undefined) jobs[0].losses += 1;
    this.#queue.unshift(...jobs.filter((job) => this.#mayGoOn(job, error)));
    if (this.#closing !== undefined) return;
    this.#options.logger.error({ err: error, detail: error.detail }, "inference worker ended unexpectedly");
    this.#goOn();
  }

  #failedToOpen(error: AppError): boolean {
    const settle = this.#settleOpened;
    this.#settleOpened = undefined;
    settle?.reject(neverStarted(error));
    return settle !== undefined;
  }

  #goOn(): void {
    this.#replenish();
    if (this.#threads.size === 0) for (const job of this.#queue.splice(0)) job.reject(job.losses === 0 ? unavailable() : lostForGood());
    this.#dispatch();
  }

  #tick(): void {
    for (const thread of this.#threads) if (thread.tick() > ticksUntilHung) this.#setAside(thread);
  }

  /** Of the jobs of a worker that does not answer, the one that it is at fails, the others go to other workers. */
  #setAside(thread: WorkerThread<Request, Reply, Ready>): void {
    const error = new AppError("worker_hung", `No answer of the inference engine within ${this.#options.hungAfterMs} ms.`);
    this.#threads.delete(thread);
    this.#hung.add(thread);
    this.#hangs += 1;
    const [culprit, ...waiting] = thread.takeJobs();
    thread.setAside();
    culprit?.reject(error);
    this.#queue.unshift(...waiting.filter((job) => this.#mayGoOn(job, error)));
    this.#options.logger.error({ err: error, hangs: this.#hangs }, "inference worker hangs and was set aside");
    if (this.#closing !== undefined || this.#failedToOpen(error)) return;
    if (this.#hangs >= mostHung) this.#tellBroken(error);
    this.#goOn();
  }

  /** Rejects a job that cannot be given to another worker. */
  #mayGoOn(job: Job<Request, Reply>, cause: AppError): boolean {
    if (job.losses >= mostLosses) job.reject(new AppError("poisonous", "The inference worker ended over this picture, and so did another.", because(cause)));
    else if (this.#closing !== undefined) job.reject(shuttingDown());
    else if (job.transfer.length > 0) job.reject(lostForGood(cause));
    else return true;
    return false;
  }

  /** Starts the workers that are still to come, and others for those that were lost, as far as the restart limit allows. */
  #replenish(): void {
    const { workers, maxRestarts = 10, restartWindowMs = 60_000 } = this.#options;
    if (this.#threads.size === workers || this.#settleOpened !== undefined || this.#hangs >= mostHung) return;
    const since = performance.now() - restartWindowMs;
    this.#exitTimesMs = this.#exitTimesMs.filter((time) => time > since);
    if (this.#exitTimesMs.length > maxRestarts) return;
    while (this.#threads.size < workers) this.#start();
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const ready = [...this.#threads].filter((thread) => thread.ready);
      const room = ready.length === this.#threads.size ? requestsPerWorker : 1;
      let idlest: WorkerThread<Request, Reply, Ready> | undefined;
      for (const thread of ready) if (thread.load < (idlest?.load ?? room)) idlest = thread;
      if (idlest === undefined) return;
      idlest.post(this.#queue.shift()!);
    }
  }
}

function shuttingDown(): AppError {
  return new AppError("shutting_down", "The inference engine is closing.");
}

function lostForGood(cause?: AppError): AppError {
  return new AppError("worker_lost", "The inference worker ended, and no other could take this picture over.", cause && because(cause));
}

/** Its words for the log. */
function because(cause: AppError): AppErrorOptions {
  return { cause, ...(cause.detail === undefined ? {} : { detail: cause.detail }) };
}

/** As the worker itself says, where it says more than that it ended. */
function neverStarted(error: AppError): AppError {
  if (error.code !== "worker_lost" && error.code !== "worker_hung") return error;
  return new AppError("engine_unavailable", "The inference engine could not be started.", because(error));
}

function unavailable(): AppError {
  return new AppError("engine_unavailable", "The inference workers ended too often; no new one is started for a while.");
}
