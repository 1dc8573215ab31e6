// Ctrl-C and SIGTERM as an AbortSignal: the first asks for an orderly end, the second ends at once.

import { exitCodes } from "./exit-codes.js";

export interface Interrupt extends Disposable {
  readonly signal: AbortSignal;
}

export function onInterrupt(): Interrupt {
  const controller = new AbortController();
  const handle = () => {
    if (controller.signal.aborted) process.exit(exitCodes.interrupted);
    controller.abort();
  };
  process.on("SIGINT", handle);
  process.on("SIGTERM", handle);
  return {
    signal: controller.signal,
    [Symbol.dispose]() {
      process.off("SIGINT", handle);
      process.off("SIGTERM", handle);
    },
  };
}
