// One analysis as it lies on disk: `info.json` in a folder of its own, beside its results.

import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import type { Logger } from "../../core/logger.js";
import { writeError } from "../output-file.js";
import { analysisInfoSchema, resultFormatSchema } from "../../server/services.js";
import { analysisOverrideSchema } from "../../server/schemas.js";

const recordVersion = 1;
const infoFile = "info.json";

/** What is kept of an analysis. Progress is not: an interrupted analysis starts again. */
export const analysisRecordSchema = z.object({
  version: z.literal(recordVersion),
  id: analysisInfoSchema.shape.id,
  name: z.string(),
  path: z.string().describe("Absolute path of the file to analyse. Never sent."),
  settings: analysisOverrideSchema,
  formats: z.array(resultFormatSchema),
  deleteFileWhenRemoved: z.boolean(),
  state: analysisInfoSchema.shape.state,
  frames: analysisInfoSchema.shape.frames,
  reason: analysisInfoSchema.shape.reason,
  results: analysisInfoSchema.shape.results,
  createdAt: analysisInfoSchema.shape.createdAt,
});

export type AnalysisRecord = z.infer<typeof analysisRecordSchema>;

/** Version of records written now. */
export const currentRecordVersion = recordVersion;

/** Writes a record so that a crash leaves the old or the new one. @throws AppError `disk_full`, `write_failed` */
export async function writeRecord(folder: string, record: AnalysisRecord): Promise<void> {
  try {
    await writeFileAtomic(join(folder, infoFile), `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    throw writeError(error);
  }
}

/**
 * Reads all records below a folder, oldest first. Analyses that an earlier process left running or waiting are `queued`; their
 * half-written results are removed. Folders with a damaged record are left alone and told to the log.
 */
export async function readRecords(workDir: string, logger: Logger): Promise<AnalysisRecord[]> {
  const records: AnalysisRecord[] = [];
  for (const entry of await readdir(workDir, { withFileTypes: true })) {
    if (!entry.isDirectory()) continue;
    const record = await readRecord(join(workDir, entry.name), logger);
    if (record === undefined || record.id !== entry.name) continue;
    records.push(await settle(join(workDir, entry.name), record));
  }
  return records.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id));
}

async function readRecord(folder: string, logger: Logger): Promise<AnalysisRecord | undefined> {
  let text: string;
  try {
    text = await readFile(join(folder, infoFile), "utf8");
  } catch (error) {
    // A folder without a record is no analysis (uploads lie beside them).
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") logger.warn({ folder, err: error }, "analysis record cannot be read");
    return undefined;
  }
  try {
    return analysisRecordSchema.parse(JSON.parse(text));
  } catch (error) {
    logger.warn({ folder, err: error }, "analysis record is damaged and left alone");
    return undefined;
  }
}

async function settle(folder: string, record: AnalysisRecord): Promise<AnalysisRecord> {
  const names = await readdir(folder);
  for (const name of names) if (name.startsWith(".part-")) await rm(join(folder, name), { force: true });
  if (record.state === "queued" || record.state === "running") return { ...record, state: "queued", frames: 0, results: [] };
  return { ...record, results: record.results.filter(({ file }) => names.includes(file)) };
}

/** Size of a result. Bytes. */
export async function resultBytes(path: string): Promise<number> {
  return (await stat(path)).size;
}
