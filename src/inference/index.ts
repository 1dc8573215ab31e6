// The inference module: engines that find faces and emotions in pictures. README.md beside this file tells how it works.

import { availableParallelism } from "node:os";
import type { Engine } from "../core/engine.js";
import type { Logger } from "../core/logger.js";
import { createNoopEngine } from "./noop-engine.js";
import { createPooledEngine } from "./pooled-engine.js";

export interface EngineOptions {
  readonly name: "human" | "noop";
  /** Worker threads; 0: one a core. */
  readonly workers: number;
  /** Faces below this detector score are left out, 0 to 1. */
  readonly minScore: number;
  /** Most faces of one picture, largest first. */
  readonly maxFaces: number;
  readonly logger: Logger;
}

/**
 * Opens an engine; resolves when its first worker is ready.
 * @throws AppError `engine_unavailable`, `model_invalid`
 */
export async function createEngine({ name, workers, minScore, maxFaces, logger }: EngineOptions): Promise<Engine> {
  const threads = workers === 0 ? availableParallelism() : workers;
  if (name === "noop") return createNoopEngine(threads);
  return createPooledEngine({ settings: { name, minScore, maxFaces }, workers: threads, logger: logger.child({ component: "inference" }) });
}
