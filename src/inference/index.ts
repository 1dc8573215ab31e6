// The inference module: engines that find faces and emotions in pictures. README.md beside this file tells how it works.

import { availableParallelism } from "node:os";
import type { Precision } from "../core/config.js";
import type { Engine } from "../core/engine.js";
import type { Logger } from "../core/logger.js";
import type { Prior } from "../core/prior.js";
import type { DetectorSettings } from "./analyzer.js";
import { createNoopEngine } from "./noop-engine.js";
import { createPooledEngine } from "./pooled-engine.js";

export interface EngineOptions {
  readonly name: "emostream" | "human" | "noop";
  /** Worker threads; 0: one a core. */
  readonly workers: number;
  /** No answer about a picture for so long: the worker is set aside and replaced, milliseconds. */
  readonly hungAfterMs: number;
  /** Faces below this detector score are left out, 0 to 1; absent: as the detector says. */
  readonly minScore?: number | undefined;
  /** Most faces of one picture, largest first. */
  readonly maxFaces: number;
  /** Of the cascade, for `emostream`. */
  readonly detector?: DetectorSettings;
  /** Folder of an emotion CNN (manifest.json and its ONNX file) to use instead of the engine's own emotion model. */
  readonly emotionModelDir?: string;
  /** Of that model; absent: as its manifest says. */
  readonly prior?: Prior | undefined;
  /** Of our own nets; absent: fp32. */
  readonly precision?: Precision;
  readonly logger: Logger;
}

/**
 * Opens an engine; resolves when its first worker is ready.
 * @throws AppError `engine_unavailable`, `model_invalid`
 */
export async function createEngine({ name, workers, hungAfterMs, minScore, maxFaces, detector, emotionModelDir, prior, precision, logger }: EngineOptions): Promise<Engine> {
  const threads = workers === 0 ? availableParallelism() : workers;
  if (name === "noop") return createNoopEngine(threads);
  const settings = { name, maxFaces, ...(minScore === undefined ? {} : { minScore }), ...(detector === undefined ? {} : { detector }), ...(emotionModelDir === undefined ? {} : { emotionModelDir }), ...(prior === undefined ? {} : { prior }), ...(precision === undefined ? {} : { precision }) };
  return createPooledEngine({ settings, workers: threads, hungAfterMs, logger: logger.child({ component: "inference" }) });
}
