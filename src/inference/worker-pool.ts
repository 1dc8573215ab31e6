// A pool of worker threads that run one entry file. Requests wait in one queue and go to the worker with the least to do.
// Workers are asked to finish and leave by themselves: `terminate()` on a thread inside native inference aborts the process.

import type { TransferListItem } from "node:worker_threads";
import { AppError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import { WorkerThread, type Job } from "./worker-thread.js";

export interface WorkerPoolOptions {
  /** Compiled JavaScript of the worker; it speaks the messages of worker-messages.ts (worker-serve.ts does). */
  readonly entry: URL;
  readonly workers: number;
  /** Handed to each worker as its `workerData`. */
  readonly workerData: unknown;
  readonly logger: Logger;
  /** So many unexpected exits within `restartWindowMs` are made good by a new worker. */
  readonly maxRestarts?: number;
  readonly restartWindowMs?: number;
}

/**
 * One that runs and one that waits at the worker, so that it does not idle while a message travels or the main thread is busy.
 * While a worker is still loading, nothing waits at the others: it may be free before they are.
 */
const requestsPerWorker = 2;

/** Runs requests on worker threads. Its queue is as long as its callers make it: each waits for its answer. */
export class WorkerPool<Request, Reply, Ready> {
  readonly #options: WorkerPoolOptions;
  readonly #threads = new Set<WorkerThread<Request, Reply, Ready>>();
  readonly #queue: Job<Request, Reply>[] = [];
  readonly #opened: Promise<Ready>;
  #settleOpened: { resolve(info: Ready): void; reject(error: AppError): void } | undefined;
  /** When threads left without having been asked, on the monotonic clock. */
  #exitTimesMs: number[] = [];
  #closing: Promise<void> | undefined;
  #workedMs = 0;

  /** Starts the first worker; wait for `opened`. Loading is heavy: all at once, the first picture would wait for all of them. */
  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    this.#opened = new Promise((resolve, reject) => {
      this.#settleOpened = { resolve, reject };
    });
    this.#start();
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
   * @throws AppError the worker's own, `engine_failed` when the worker died over it, `engine_unavailable` when no worker
   * is left, `shutting_down`
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
      this.#queue.push({ request, transfer, resolve, reject, onWorked: worked });
      this.#dispatch();
    });
  }

  /** Rejects what still waits in the queue, lets the workers answer what they have, and resolves when all are gone. Idempotent. */
  close(): Promise<void> {
    this.#closing ??= (async () => {
      for (const job of this.#queue.splice(0)) job.reject(shuttingDown());
      await Promise.all([...this.#threads].map((thread) => thread.finish()));
    })();
    return this.#closing;
  }

  #start(): void {
    const { entry, workerData, logger } = this.#options;
    const thread: WorkerThread<Request, Reply, Ready> = new WorkerThread(entry, workerData, logger, {
      onReady: (info) => {
        this.#settleOpened?.resolve(info);
        this.#settleOpened = undefined;
        if (this.#closing === undefined) this.#replenish();
        this.#dispatch();
      },
      onSettled: () => this.#dispatch(),
      onExit: (error) => {
        this.#threads.delete(thread);
        if (this.#closing === undefined) this.#lost(error);
      },
    });
    this.#threads.add(thread);
  }

  #lost(error: AppError): void {
    this.#exitTimesMs.push(performance.now());
    if (this.#settleOpened !== undefined) {
      this.#settleOpened.reject(error.code === "engine_failed" ? neverStarted(error) : error);
      this.#settleOpened = undefined;
      return;
    }
    this.#options.logger.error({ err: error, detail: error.detail }, "inference worker ended unexpectedly");
    this.#replenish();
    if (this.#threads.size === 0) for (const job of this.#queue.splice(0)) job.reject(unavailable());
  }

  /** Starts the workers that are still to come, and others for those that were lost, as far as the restart limit allows. */
  #replenish(): void {
    const { workers, maxRestarts = 5, restartWindowMs = 60_000 } = this.#options;
    if (this.#threads.size === workers || this.#settleOpened !== undefined) return;
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

function neverStarted(error: AppError): AppError {
  return new AppError("engine_unavailable", "The inference engine could not be started.", { cause: error, ...(error.detail === undefined ? {} : { detail: error.detail }) });
}

function unavailable(): AppError {
  return new AppError("engine_unavailable", "The inference workers ended too often; no new one is started for a while.");
}
