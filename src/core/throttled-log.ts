// Errors that may come with every frame: logged at most once a second, with the number that was left out in between.

import type { AppError } from "./errors.js";
import type { Logger } from "./logger.js";

const quietMs = 1000;

/** A function that logs an error with a fixed message, at most once a second. */
export function throttledWarn(logger: Logger, message: string): (error: AppError) => void {
  let lastMs = Number.NEGATIVE_INFINITY;
  let repeated = 0;
  return (error) => {
    const nowMs = performance.now();
    if (nowMs - lastMs < quietMs) {
      repeated += 1;
      return;
    }
    logger.warn({ code: error.code, reason: error.message, detail: error.detail, repeated }, message);
    lastMs = nowMs;
    repeated = 0;
  };
}
