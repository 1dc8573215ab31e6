// A run on disk: everything that the next step depends on. Random numbers are derived from seed and step, so these two are their state.

import { mkdir, readFile } from "node:fs/promises";
import { dirname } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { AppError, toAppError } from "../core/errors.js";
import { decodeArrays, encodeArrays } from "./array-file.js";
import type { OptimizerState } from "./net/optimizer.js";
import type { TrainingPlan } from "./plan.js";

const checkpointVersion = 1;

/** Figures of one epoch; `train` ones are running figures over augmented faces, `fold` ones use the averaged weights. */
export interface EpochRecord {
  readonly epoch: number;
  readonly step: number;
  readonly learningRate: number;
  readonly trainLoss: number;
  readonly trainAccuracy: number;
  readonly foldLoss: number;
  readonly foldAccuracy: number;
  readonly foldMeanRecall: number;
  readonly seconds: number;
  readonly imagesPerSecond: number;
}

/** Sums over the part of the present epoch that is done. */
export interface EpochSums {
  loss: number;
  correct: number;
  faces: number;
  seconds: number;
}

export interface Checkpoint<Plan = TrainingPlan, Epoch = EpochRecord, Sums = EpochSums> {
  readonly plan: Plan;
  /** Names the data: a resumed run on other data is refused. */
  readonly dataKey: string;
  readonly history: readonly Epoch[];
  readonly sums: Sums;
  readonly optimizer: OptimizerState;
}

/** Writes atomically: the file before stays whole until the new one is. @throws AppError `disk_full`, `write_failed` */
export async function writeCheckpoint<Plan, Epoch, Sums>(file: string, { optimizer, ...rest }: Checkpoint<Plan, Epoch, Sums>): Promise<void> {
  const header = { ...rest, version: checkpointVersion, step: optimizer.step };
  const bytes = encodeArrays(header, [optimizer.parameters, optimizer.average, optimizer.firstMoment, optimizer.secondMoment]);
  try {
    await mkdir(dirname(file), { recursive: true });
    await writeFileAtomic(file, bytes);
  } catch (error) {
    const known = toAppError(error);
    throw known.code === "internal" ? new AppError("write_failed", "The checkpoint could not be written; the one before is whole.", { cause: error }) : known;
  }
}

/** @throws AppError `not_found` when there is none, `corrupt` when it is damaged. */
export async function readCheckpoint<Plan = TrainingPlan, Epoch = EpochRecord, Sums = EpochSums>(file: string): Promise<Checkpoint<Plan, Epoch, Sums>> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new AppError("not_found", "Expected a checkpoint in the run's folder, there is none.", { cause: error, detail: file });
  }
  const { header, arrays } = decodeArrays(bytes);
  const { version, step, plan, dataKey, history, sums } = header as Omit<Checkpoint<Plan, Epoch, Sums>, "optimizer"> & { version: number; step: number };
  if (version !== checkpointVersion) throw new AppError("corrupt", `Expected a checkpoint of version ${checkpointVersion}, received ${version}.`);
  const [parameters, average, firstMoment, secondMoment] = arrays as [Float32Array, Float32Array, Float32Array, Float32Array];
  return { plan, dataKey, history, sums, optimizer: { step, parameters, average, firstMoment, secondMoment } };
}
