// One analysis as it lies on disk: `info.json` in a folder of its own, beside its results.

import { readdir, readFile, rm, stat } from "node:fs/promises";
import { basename, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import type { Logger } from "../../core/logger.js";
import { writeError } from "../output-file.js";
import { analysisInfoSchema, resultFormatSchema, type CreateAnalysis } from "../../server/services.js";
import { analysisOverrideSchema } from "../../server/schemas.js";
import { sweepUploads, uploadFolder } from "../../server/upload.js";

const recordVersion = 1;
const infoFile = "info.json";
/** A film with which the process ended so often (out of memory, a crash in a decoder) is not begun again. */
const mostAttempts = 3;

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
  attempts: z.int().min(0).default(0).describe("Starts that no orderly end followed, the present one included."),
  createdAt: analysisInfoSchema.shape.createdAt,
  finishedAt: analysisInfoSchema.shape.finishedAt,
});

export type AnalysisRecord = z.infer<typeof analysisRecordSchema>;

/** The record of an analysis that waits for its turn. */
export function newRecord(id: string, { path, name, settings, formats, deleteFileWhenRemoved }: CreateAnalysis, nowMs: number): AnalysisRecord {
  return {
    version: recordVersion,
    id,
    name,
    path,
    settings,
    formats: [...new Set(formats)],
    deleteFileWhenRemoved,
    state: "queued",
    frames: 0,
    reason: undefined,
    results: [],
    attempts: 0,
    createdAt: new Date(nowMs).toISOString(),
  };
}

/** Writes a record so that a crash leaves the old or the new one. @throws AppError `disk_full`, `write_failed` */
export async function writeRecord(folder: string, record: AnalysisRecord): Promise<void> {
  try {
    await writeFileAtomic(join(folder, infoFile), `${JSON.stringify(record, null, 2)}\n`, { mode: 0o600 });
  } catch (error) {
    throw writeError(error);
  }
}

/**
 * Reads all records of a work folder (`readRecords`) and removes uploads that belong to none of them; with `onlyQueued` also those of analyses that are over.
 * @throws AppError `write_failed`, ...
 */
export async function openRecords(workDir: string, onlyQueued: boolean, logger: Logger): Promise<AnalysisRecord[]> {
  const { records, damaged } = await readRecords(workDir, logger);
  // A damaged record may name any upload.
  if (damaged && !onlyQueued) return records;
  const kept = new Set(records.filter(({ state }) => !onlyQueued || state === "queued").map(({ path }) => basename(path)));
  await sweepUploads(workDir, kept, (upload) => logger.info({ upload }, "an upload without an analysis is removed"));
  return records;
}

/**
 * Reads all records below a folder, oldest first. Analyses that an earlier process left running or waiting are `queued`, or `failed`
 * (`interrupted`) after three starts that ended the process. What a killed process left half written is removed. Folders with a damaged
 * record are left alone and told to the log; `damaged` says whether there are any.
 */
async function readRecords(workDir: string, logger: Logger): Promise<{ readonly records: AnalysisRecord[]; readonly damaged: boolean }> {
  const records: AnalysisRecord[] = [];
  let damaged = false;
  for (const entry of await readdir(workDir, { withFileTypes: true })) {
    const folder = join(workDir, entry.name);
    if (!entry.isDirectory() || folder === uploadFolder(workDir)) continue;
    const record = await readRecord(folder, logger);
    if (record === "none") {
      // Killed between making the folder and writing the record. A folder with anything else in it is somebody's own.
      const names = await readdir(folder);
      if (names.every(isHalfWritten)) await rm(folder, { recursive: true, force: true });
    } else if (record === "damaged" || record.id !== entry.name) damaged = true;
    else records.push(await settle(folder, record, logger));
  }
  return { records: records.toSorted((a, b) => a.createdAt.localeCompare(b.createdAt) || a.id.localeCompare(b.id)), damaged };
}

async function readRecord(folder: string, logger: Logger): Promise<AnalysisRecord | "none" | "damaged"> {
  let text: string;
  try {
    text = await readFile(join(folder, infoFile), "utf8");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return "none";
    logger.warn({ folder, err: error }, "analysis record cannot be read");
    return "damaged";
  }
  try {
    return analysisRecordSchema.parse(JSON.parse(text));
  } catch (error) {
    logger.warn({ folder, err: error }, "analysis record is damaged and left alone");
    return "damaged";
  }
}

async function settle(folder: string, record: AnalysisRecord, logger: Logger): Promise<AnalysisRecord> {
  const names = await readdir(folder);
  for (const name of names.filter(isHalfWritten)) await rm(join(folder, name), { force: true });
  if (record.state !== "queued" && record.state !== "running") return { ...record, results: record.results.filter(({ file }) => names.includes(file)) };
  if (record.attempts < mostAttempts) return { ...record, state: "queued", frames: 0, results: [] };
  const reason = { code: "interrupted" as const, message: `The server ended ${record.attempts} times in the middle of this analysis. It is not begun again.` };
  const failed: AnalysisRecord = { ...record, state: "failed", frames: 0, results: [], reason, finishedAt: new Date().toISOString() };
  logger.error({ analysis: record.id, attempts: record.attempts }, "the server ended several times in the middle of this analysis; it is not begun again");
  await writeRecord(folder, failed);
  return failed;
}

/** Results under their temporary names, and records that were being replaced (write-file-atomic's `name.number`). */
function isHalfWritten(name: string): boolean {
  return name.startsWith(".part-") || /^(?:info|subjects)\.json\.\d+$/.test(name);
}

/** Size of a result. Bytes. */
export async function resultBytes(path: string): Promise<number> {
  return (await stat(path)).size;
}
