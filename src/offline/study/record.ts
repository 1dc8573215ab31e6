// What is kept of an analysed file beside its results: what they were made from and with, and what they say of themselves. A file is done
// when its record fits: the same source, settings and models, and every result as large as it was written.

import { readdir, readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { isErrorCode, toAppError, type ErrorCode } from "../../core/errors.js";
import { resultFormats, type ResultFormat } from "../../core/result-formats.js";
import { hashFile } from "../file-hash.js";
import { writeError } from "../output-file.js";
import { qualitySchema } from "./quality/measures.js";

/** Its name, in the folder of each file's results. */
export const recordFile = "emostream-analysis.json";

const recordSchema = z.object({
  v: z.literal(1),
  file: z.string().describe("As the manifest or the command line named it."),
  path: z.string().describe("From the folder of the study to the file."),
  source: z.object({ sizeBytes: z.int(), modifiedMs: z.number(), sha256: z.string() }),
  madeWith: z.record(z.string(), z.unknown()),
  results: z.array(z.object({ format: z.enum(resultFormats), name: z.string(), sizeBytes: z.int() })),
  error: z
    .object({ code: z.string().refine((code): code is ErrorCode => isErrorCode(code)), message: z.string() })
    .optional()
    .describe("Why the source broke off; the results reach up to there."),
  quality: qualitySchema,
});

export type StudyRecord = z.infer<typeof recordSchema>;

/** What results hang on beside the source; any difference makes them anew. */
export type MadeWith = StudyRecord["madeWith"];

/** Every file of a study has the same: reads the records of all folders, by folder. Damaged ones count as none. */
export async function readRecords(outDir: string): Promise<Map<string, StudyRecord>> {
  const entries = await readdir(outDir, { withFileTypes: true }).catch(() => []);
  const records = new Map<string, StudyRecord>();
  for (const entry of entries) {
    const record = entry.isDirectory() ? await readRecord(join(outDir, entry.name)) : undefined;
    if (record !== undefined) records.set(entry.name, record);
  }
  return records;
}

async function readRecord(folder: string): Promise<StudyRecord | undefined> {
  try {
    return recordSchema.parse(JSON.parse(await readFile(join(folder, recordFile), "utf8")));
  } catch {
    return undefined; // Not there, or not ours: the file is analysed again.
  }
}

/** Writes a record, so that a crash leaves the old or the new one. @throws AppError `disk_full`, `write_failed` */
export async function writeRecord(folder: string, record: StudyRecord): Promise<void> {
  await writeFileAtomic(join(folder, recordFile), `${JSON.stringify(record, null, 2)}\n`).catch((error: unknown) => {
    throw writeError(error);
  });
}

/**
 * Whether the results of a record can stand for an analysis that is asked for. What broke off because the file is damaged is not tried
 * again; what may have had another reason (a network drive, a time-out) is.
 */
export async function fits(record: StudyRecord, folder: string, path: string, wanted: { readonly madeWith: MadeWith; readonly formats: readonly ResultFormat[] }, signal?: AbortSignal): Promise<boolean> {
  if (record.error !== undefined && record.error.code !== "corrupt") return false;
  if (JSON.stringify(record.madeWith) !== JSON.stringify(wanted.madeWith)) return false;
  for (const format of wanted.formats) {
    const result = record.results.find((r) => r.format === format);
    if (result === undefined || (await sizeOf(join(folder, result.name))) !== result.sizeBytes) return false;
  }
  return sameSource(record.source, path, signal);
}

/** Size and time of change of a file, as they were before its analysis. @throws AppError `not_found`, ... */
export async function sourceState(path: string): Promise<{ readonly sizeBytes: number; readonly modifiedMs: number }> {
  try {
    const { size, mtimeMs } = await stat(path);
    return { sizeBytes: size, modifiedMs: mtimeMs };
  } catch (error) {
    throw toAppError(error);
  }
}

/** Removes half-written results that a killed run left, and results that the record no longer names. */
export async function tidy(folder: string, before: StudyRecord | undefined, after: StudyRecord | undefined): Promise<void> {
  const kept = new Set(after?.results.map(({ name }) => name));
  const stale = (before?.results ?? []).map(({ name }) => name).filter((name) => after !== undefined && !kept.has(name));
  const parts = (await readdir(folder).catch(() => [])).filter((name) => name.startsWith(".part-"));
  for (const name of [...parts, ...stale]) if (!/[/\\]/.test(name)) await rm(join(folder, name), { force: true });
}

/** Size of a file; undefined where there is none. Bytes. */
export async function sizeOf(path: string): Promise<number | undefined> {
  return stat(path).then(
    ({ size }) => size,
    () => undefined,
  );
}

/** By size and time; where only the time differs (a copy, a restored backup), by content. */
async function sameSource(source: StudyRecord["source"], path: string, signal?: AbortSignal): Promise<boolean> {
  const now = await sourceState(path).catch(() => undefined);
  if (now === undefined || now.sizeBytes !== source.sizeBytes) return false;
  if (now.modifiedMs === source.modifiedMs) return true;
  // Where it cannot be read the analysis will say what is wrong with it.
  const sha256 = await hashFile(path, signal).catch(() => undefined);
  return sha256 === source.sha256;
}
