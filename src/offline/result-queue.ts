// Turns the pushed results of a run into an async iterator without letting them pile up: while too many wait to be written, the
// engine is held back, and with it the decoder, whose frame pool runs dry.

import type { Observable } from "rxjs";
import type { Engine } from "../core/engine.js";

const maxWaiting = 64;

/** A gate that is shut while the writers are behind. */
export class Gate {
  #open = true;
  readonly #waiting: (() => void)[] = [];

  set(open: boolean): void {
    this.#open = open;
    if (open) for (const go of this.#waiting.splice(0)) go();
  }

  async pass(): Promise<void> {
    while (!this.#open) await new Promise<void>((resolve) => this.#waiting.push(resolve));
  }
}

/** The same engine, answering only while the gate is open. Closing it stays with the owner of the original. */
export function gatedEngine(engine: Engine, gate: Gate): Engine {
  return {
    info: engine.info,
    concurrency: engine.concurrency,
    async analyze(batch) {
      await gate.pass();
      return engine.analyze(batch);
    },
    close: () => Promise.resolve(),
  };
}

/** Values in order; the observable's error is thrown after the last value. Leaving the loop early unsubscribes. */
export async function* drain<T>(source$: Observable<T>, gate: Gate, signal?: AbortSignal): AsyncGenerator<T, void> {
  const values: T[] = [];
  let over = false;
  let failure: { readonly error: unknown } | undefined;
  let wake: (() => void) | undefined;
  const end = (error?: { readonly error: unknown }) => {
    over = true;
    failure ??= error;
    wake?.();
  };
  const onAbort = () => end({ error: signal?.reason });
  signal?.addEventListener("abort", onAbort, { once: true });
  const subscription = source$.subscribe({
    next: (value) => {
      values.push(value);
      if (values.length >= maxWaiting) gate.set(false);
      wake?.();
    },
    error: (error: unknown) => end({ error }),
    complete: () => end(),
  });
  if (signal?.aborted === true) onAbort();
  try {
    for (;;) {
      const value = signal?.aborted === true ? undefined : values.shift();
      if (value !== undefined) {
        if (values.length < maxWaiting / 2) gate.set(true);
        yield value;
      } else if (over) {
        if (failure !== undefined) throw failure.error;
        return;
      } else {
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
      }
    }
  } finally {
    signal?.removeEventListener("abort", onAbort);
    subscription.unsubscribe();
    gate.set(true);
  }
}
