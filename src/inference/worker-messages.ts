// What travels between the main thread and a worker. Pixels never do: pictures are views over shared memory.

import type { ErrorCode } from "../core/errors.js";

/** An error as it crosses threads: classes do not survive the way, codes do. */
export interface WireError {
  readonly code: ErrorCode;
  readonly message: string;
  readonly detail?: string;
}

export type ToWorker<Request> =
  | { readonly type: "run"; readonly id: number; readonly request: Request }
  /** Finish what has begun, free everything and leave. */
  | { readonly type: "finish" };

/** `workedMs`: wall time that the request took in the worker. */
export type FromWorker<Ready, Reply> =
  | { readonly type: "ready"; readonly info: Ready }
  /** The worker could not start; it leaves by itself after this. */
  | { readonly type: "unable"; readonly error: WireError }
  | { readonly type: "reply"; readonly id: number; readonly reply: Reply; readonly workedMs: number }
  /** This request failed; the worker goes on. */
  | { readonly type: "failed"; readonly id: number; readonly error: WireError; readonly workedMs: number };
