// An engine whose pictures are analysed in worker threads.

import type { DetectedFace, Engine, EngineInfo, EngineInput } from "../core/engine.js";
import type { AnyPicture } from "../core/frame.js";
import type { Logger } from "../core/logger.js";
import type { AnalyzerSettings } from "./analyzer.js";
import { checkInput } from "./check-input.js";
import { workerEntry } from "./worker-location.js";
import { WorkerPool } from "./worker-pool.js";

/**
 * Pixels and models lie outside of V8's heap; what is left there is a few MiB with our own engine, and some tens with Human. A leak ends one worker, and not the process.
 * Node would let short-lived objects of each thread take 48 MB before it looks which are left; a worker makes few of them.
 */
const resourceLimits = { maxOldGenerationSizeMb: 512, maxYoungGenerationSizeMb: 6 };

export interface PooledEngineOptions {
  readonly settings: AnalyzerSettings;
  readonly workers: number;
  /** See WorkerPool. */
  readonly hungAfterMs: number;
  readonly logger: Logger;
}

/**
 * Starts the workers and resolves when the first can analyse.
 * @throws AppError `engine_unavailable`, `model_invalid`
 */
export async function createPooledEngine({ settings, workers, hungAfterMs, logger }: PooledEngineOptions): Promise<Engine> {
  const pool = new WorkerPool<readonly EngineInput[], readonly (readonly DetectedFace[])[], EngineInfo>({ entry: workerEntry(), workers, workerData: settings, hungAfterMs, resourceLimits, logger });
  let info: EngineInfo;
  try {
    info = await pool.opened;
  } catch (error) {
    await pool.close();
    throw error;
  }
  return {
    info,
    concurrency: workers,
    broken: pool.broken,
    get workedMs() {
      return pool.workedMs;
    },
    async analyze(batch, onCost) {
      if (batch.length === 0) return [];
      for (const input of batch) checkInput(input);
      const transfer: ArrayBuffer[] = [];
      const requests = batch.map((input) => ({
        ...input,
        picture: portable(input.picture, transfer),
        ...(input.large === undefined ? {} : { large: portable(input.large, transfer) }),
      }));
      return pool.run(requests, transfer, onCost && ((workedMs) => onCost({ workedMs })));
    },
    close: () => pool.close(),
  };
}

/** Shared memory travels as a reference. Other pixels are copied once and the copy is handed over: posting a view would clone its whole buffer. */
function portable(picture: AnyPicture, transfer: ArrayBuffer[]): AnyPicture {
  if (picture.data.buffer instanceof SharedArrayBuffer) return picture;
  const data = new Uint8Array(picture.data);
  transfer.push(data.buffer);
  return { ...picture, data };
}
