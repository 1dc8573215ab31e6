// One worker thread: what is pending there, what it said, when it left. The pool decides what to do about it.

import { Worker, type TransferListItem } from "node:worker_threads";
import { AppError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { FromWorker, ToWorker, WireError } from "./worker-messages.js";

/** A request and who waits for its reply. */
export interface Job<Request, Reply> {
  readonly request: Request;
  readonly transfer: readonly TransferListItem[];
  resolve(reply: Reply): void;
  reject(error: AppError): void;
  /** Before either, where the worker lived to tell: what it took, milliseconds. */
  onWorked(ms: number): void;
}

export interface ThreadEvents<Ready> {
  onReady(info: Ready): void;
  /** A reply or a failure arrived: there is room for another request. */
  onSettled(): void;
  /** The thread is gone; `error` says why, as far as it told. All its jobs have been rejected. */
  onExit(error: AppError): void;
}

/** Node would let short-lived objects of each thread take 48 MB before it looks which are left. A worker makes few of them; its pixels and tensors are not among them. */
const maxYoungGenerationSizeMb = 6;

/** Starts at once. Answers come through the jobs, everything else through `events`. */
export class WorkerThread<Request, Reply, Ready> {
  readonly #worker: Worker;
  readonly #jobs = new Map<number, Job<Request, Reply>>();
  readonly #exited: Promise<void>;
  #nextId = 1;
  #ready = false;
  #finishing = false;
  #lastError: AppError | undefined;

  constructor(entry: URL, workerData: unknown, logger: Logger, events: ThreadEvents<Ready>) {
    // Libraries that print would otherwise write into this process's stdout, which belongs to results. Node's own options are
    // not inherited: some (--input-type, --test) make no sense to a worker and stop it.
    this.#worker = new Worker(entry, { workerData, stdout: true, stderr: true, execArgv: [], resourceLimits: { maxYoungGenerationSizeMb } });
    this.#worker.stdout.setEncoding("utf8").on("data", (text: string) => logger.debug({ text }, "worker output"));
    this.#worker.stderr.setEncoding("utf8").on("data", (text: string) => logger.warn({ text }, "worker error output"));
    this.#worker.on("message", (message: FromWorker<Ready, Reply>) => this.#receive(message, events));
    this.#worker.on("error", (error) => {
      this.#lastError = new AppError("engine_failed", "The inference worker ended with an error.", { cause: error, detail: String(error) });
    });
    // Whose reply it was cannot be told: the thread has to go, so that nobody waits for ever.
    this.#worker.on("messageerror", (error) => {
      this.#lastError = new AppError("engine_failed", "An answer of the inference worker could not be read.", { cause: error });
      this.finish();
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once("exit", (exitCode) => {
        this.#ready = false;
        const error = this.#lastError ?? new AppError("engine_failed", "The inference worker ended in the middle of its work.", { detail: `exit code ${exitCode}` });
        for (const job of this.#jobs.values()) job.reject(error);
        this.#jobs.clear();
        events.onExit(error);
        resolve();
      });
    });
  }

  /** Loaded, and neither asked to finish nor gone. */
  get ready(): boolean {
    return this.#ready && !this.#finishing;
  }

  /** Requests that it has and has not answered. */
  get load(): number {
    return this.#jobs.size;
  }

  post(job: Job<Request, Reply>): void {
    const id = this.#nextId++;
    this.#jobs.set(id, job);
    try {
      this.#send({ type: "run", id, request: job.request }, job.transfer);
    } catch (error) {
      this.#jobs.delete(id);
      job.reject(new AppError("engine_failed", "The picture could not be handed to the inference worker.", { cause: error, detail: String(error) }));
    }
  }

  /** Asks it to answer what it has and leave. Resolves when it is gone. */
  finish(): Promise<void> {
    if (!this.#finishing) {
      this.#finishing = true;
      this.#send({ type: "finish" }, []);
    }
    return this.#exited;
  }

  #send(message: ToWorker<Request>, transfer: readonly TransferListItem[]): void {
    this.#worker.postMessage(message, transfer);
  }

  #receive(message: FromWorker<Ready, Reply>, events: ThreadEvents<Ready>): void {
    if (message.type === "ready") {
      this.#ready = true;
      events.onReady(message.info);
      return;
    }
    if (message.type === "unable") {
      this.#lastError = toError(message.error);
      return;
    }
    const job = this.#jobs.get(message.id);
    this.#jobs.delete(message.id);
    job?.onWorked(message.workedMs);
    if (message.type === "reply") job?.resolve(message.reply);
    else job?.reject(toError(message.error));
    events.onSettled();
  }
}

function toError(wire: WireError): AppError {
  return new AppError(wire.code, wire.message, wire.detail === undefined ? {} : { detail: wire.detail });
}
