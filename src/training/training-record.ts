// What a model's card says of its training beyond the manifest, in `training.json` beside the model: the run itself may be long gone when the card is written anew.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { AppError } from "../core/errors.js";

const fileName = "training.json";
const count = z.number().int().min(0);

const trainingRecordSchema = z.strictObject({
  /** What reports, as evaluations name it. */
  reportedOn: z.string(),
  epochsPlanned: count,
  batchSize: count,
  peakRate: z.number(),
  mixup: z.number(),
  /** Epochs on smaller pictures, and their side. */
  smallEpochs: count,
  smallSize: count,
  /** Spent in steps. */
  minutes: count,
  /** Training faces of each emotion, in the order of the labels. */
  balance: z.array(count),
  /** Of groups with more than one face, see data/split.ts. */
  duplicates: z.strictObject({ withinTrain: count, leftOut: count, inReport: count }),
  /** Licence and consent notes found beside the data. */
  notes: z.array(z.string()),
});

/** What a card says of the training beyond the manifest. */
export type TrainingRecord = z.infer<typeof trainingRecordSchema>;

/** @throws AppError `write_failed`, `disk_full` */
export async function writeTrainingRecord(folder: string, record: TrainingRecord): Promise<void> {
  await writeFileAtomic(join(folder, fileName), `${JSON.stringify(trainingRecordSchema.parse(record), null, 1)}\n`);
}

/** @throws AppError `model_invalid` when it is not there, or not as an export wrote it */
export async function readTrainingRecord(folder: string): Promise<TrainingRecord> {
  const path = join(folder, fileName);
  try {
    return trainingRecordSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (error) {
    throw new AppError("model_invalid", `Expected ${fileName} beside the model, as its export wrote it.`, { detail: path, cause: error });
  }
}
