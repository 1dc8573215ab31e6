// The worker's side of the pool: start once, answer requests one after the other, leave when asked.

import { parentPort } from "node:worker_threads";
import { toAppError } from "../core/errors.js";
import type { FromWorker, ToWorker, WireError } from "./worker-messages.js";

/** What a worker does once it has loaded. */
export interface Service<Request, Reply, Ready> {
  readonly info: Ready;
  run(request: Request): Promise<Reply>;
  close(): Promise<void>;
}

/**
 * Loads the service and serves requests in their order of arrival, one at a time. An error that `run` throws fails that
 * request only; one that nobody catches ends the thread, and the pool replaces it. Ends with nothing left that keeps the thread alive, so it exits by itself.
 */
export async function serve<Request, Reply, Ready>(load: () => Promise<Service<Request, Reply, Ready>>): Promise<void> {
  const port = parentPort;
  if (port === null) throw new Error("expected to run in a worker thread");
  const send = (message: FromWorker<Ready, Reply>): void => port.postMessage(message);

  let service: Service<Request, Reply, Ready>;
  try {
    service = await load();
  } catch (error) {
    send({ type: "unable", error: toWire(error, "engine_unavailable") });
    port.close();
    return;
  }

  let last: Promise<void> = Promise.resolve();
  port.on("message", (message: ToWorker<Request>) => {
    last = last.then(() => (message.type === "run" ? answer(message.id, message.request) : leave()));
  });
  send({ type: "ready", info: service.info });

  async function answer(id: number, request: Request): Promise<void> {
    const startedMs = performance.now();
    try {
      const reply = await service.run(request);
      send({ type: "reply", id, reply, workedMs: performance.now() - startedMs });
    } catch (error) {
      send({ type: "failed", id, error: toWire(error, "engine_failed"), workedMs: performance.now() - startedMs });
    }
  }

  async function leave(): Promise<void> {
    await service.close();
    port?.close();
  }
}

function toWire(error: unknown, otherwise: "engine_failed" | "engine_unavailable"): WireError {
  const known = toAppError(error);
  const text = error instanceof Error ? error.message : String(error);
  const detail = error instanceof Error && error.stack !== undefined ? error.stack : text;
  // What is not an AppError is a library's own words: they go to the log, not to the public.
  if (known.code !== "internal") return { code: known.code, message: known.message, detail: known.detail ?? detail };
  const message = otherwise === "engine_failed" ? "The inference engine failed on this picture." : "The inference engine could not be started.";
  return { code: otherwise, message, detail };
}
