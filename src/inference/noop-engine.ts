// An engine that finds nothing, for measuring everything around it.

import type { DetectedFace, Engine } from "../core/engine.js";
import { AppError } from "../core/errors.js";
import { packageVersion } from "../core/package-info.js";
import { checkInput } from "./check-input.js";

/** Answers every picture with no faces, without a worker. Pictures are checked as other engines do. */
export function createNoopEngine(concurrency: number): Engine {
  let closed = false;
  return {
    info: { name: "noop", version: packageVersion(), models: [] },
    concurrency,
    async analyze(batch) {
      if (closed) throw new AppError("shutting_down", "The inference engine is closing.");
      return batch.map((input): readonly DetectedFace[] => {
        checkInput(input);
        return [];
      });
    },
    async close() {
      closed = true;
    },
  };
}
