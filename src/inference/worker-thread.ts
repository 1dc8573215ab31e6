// One worker thread: what is pending there, what it said, when it left. The pool decides what to do about it.

// Before any worker.
import "./no-telemetry.js";
import { Worker, type ResourceLimits, type TransferListItem } from "node:worker_threads";
import { AppError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import type { FromWorker, ToWorker, WireError } from "./worker-messages.js";

/** Loading reads and compiles; it may take so many times as long as one request. */
const loadingPatience = 4;

/** A request and who waits for its reply. */
export interface Job<Request, Reply> {
  readonly request: Request;
  readonly transfer: readonly TransferListItem[];
  resolve(reply: Reply): void;
  reject(error: AppError): void;
  /** Before either, where the worker lived to tell: what it took, milliseconds. */
  onWorked(ms: number): void;
  /** Workers that ended over it. */
  losses: number;
}

export interface ThreadEvents<Ready> {
  onReady(info: Ready): void;
  /** A reply or a failure arrived: there is room for another request. */
  onSettled(): void;
  /** The thread is gone; `error` says why, as far as it told. */
  onExit(error: AppError): void;
}

export interface ThreadOptions {
  readonly entry: URL;
  readonly workerData: unknown;
  readonly resourceLimits: ResourceLimits;
  readonly logger: Logger;
}

/** Starts at once. Answers come through the jobs, everything else through `events`. */
export class WorkerThread<Request, Reply, Ready> {
  readonly #worker: Worker;
  readonly #jobs = new Map<number, Job<Request, Reply>>();
  readonly #exited: Promise<void>;
  #nextId = 1;
  #ready = false;
  #finishing = false;
  #ticks = 0;
  #lastError: AppError | undefined;

  constructor({ entry, workerData, resourceLimits, logger }: ThreadOptions, events: ThreadEvents<Ready>) {
    // Libraries that print would otherwise write into this process's stdout, which belongs to results. Node's own options are
    // not inherited: some (--input-type, --test) make no sense to a worker and stop it.
    this.#worker = new Worker(entry, { workerData, resourceLimits, stdout: true, stderr: true, execArgv: [] });
    this.#worker.stdout.setEncoding("utf8").on("data", (text: string) => logger.debug({ text }, "worker output"));
    this.#worker.stderr.setEncoding("utf8").on("data", (text: string) => logger.warn({ text }, "worker error output"));
    this.#worker.on("message", (message: FromWorker<Ready, Reply>) => this.#receive(message, events));
    this.#worker.on("error", (error) => {
      this.#lastError = new AppError("worker_lost", "The inference worker ended with an error.", { cause: error, detail: String(error) });
    });
    // Whose reply it was cannot be told: the thread has to go, so that nobody waits for ever.
    this.#worker.on("messageerror", (error) => {
      this.#lastError = new AppError("worker_lost", "An answer of the inference worker could not be read.", { cause: error });
      this.finish();
    });
    this.#exited = new Promise((resolve) => {
      this.#worker.once("exit", (exitCode) => {
        this.#ready = false;
        events.onExit(this.#lastError ?? new AppError("worker_lost", "The inference worker ended in the middle of its work.", { detail: `exit code ${exitCode}` }));
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
    if (this.#jobs.size === 0) this.#ticks = 0;
    this.#jobs.set(id, job);
    try {
      this.#send({ type: "run", id, request: job.request }, job.transfer);
    } catch (error) {
      this.#jobs.delete(id);
      job.reject(new AppError("engine_failed", "The picture could not be handed to the inference worker.", { cause: error, detail: String(error) }));
    }
  }

  /** A moment passed. Gives for how many of them it has been at one job; loading may take longer. */
  tick(): number {
    if (!this.#ready) return ++this.#ticks / loadingPatience;
    return this.#jobs.size > 0 ? ++this.#ticks : 0;
  }

  /** Takes away the jobs that it has not answered, in their order: the first is the one that it was at. */
  takeJobs(): Job<Request, Reply>[] {
    const jobs = [...this.#jobs.values()];
    this.#jobs.clear();
    return jobs;
  }

  /** It does not answer: lets the process end without it. Should it come back, it leaves; what it still says is not heard. */
  setAside(): void {
    void this.finish();
    this.#worker.unref();
    // Their readers hold the event loop, too, until the end of what is read.
    for (const output of [this.#worker.stdout, this.#worker.stderr]) output.push(null);
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
      this.#ticks = 0;
      events.onReady(message.info);
      return;
    }
    if (message.type === "unable") {
      this.#lastError = toError(message.error);
      return;
    }
    const job = this.#jobs.get(message.id);
    this.#jobs.delete(message.id);
    this.#ticks = 0;
    job?.onWorked(message.workedMs);
    if (message.type === "reply") job?.resolve(message.reply);
    else job?.reject(toError(message.error));
    events.onSettled();
  }
}

function toError(wire: WireError): AppError {
  return new AppError(wire.code, wire.message, wire.detail === undefined ? {} : { detail: wire.detail });
}
