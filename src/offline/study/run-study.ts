// Many files, one after the other: each into a folder of its own, then one table and one report over all of them. What an earlier run
// finished is kept, what fails does not stop the rest.

import { mkdir, realpath, rmdir } from "node:fs/promises";
import { basename, join, relative, resolve, sep } from "node:path";
import type { Engine } from "../../core/engine.js";
import { AppError, toAppError } from "../../core/errors.js";
import { declarationOf } from "../../core/privacy.js";
import type { ResultFormat } from "../../core/result-formats.js";
import { analyzeFile, type AnalyzeFileOptions } from "../analyze-file.js";
import { writeError } from "../output-file.js";
import type { AnalysisProgress } from "../progress.js";
import { settingsInForce } from "../settings-in-force.js";
import { FolderNames } from "./folders.js";
import { isItem, type StudyItem, type StudyList } from "./item.js";
import type { StudyOutcome } from "./outcome.js";
import { publishStudy } from "./publish.js";
import { QualityMeter } from "./quality/measures.js";
import { fits, readRecords, sizeOf, sourceState, tidy, writeRecord, type MadeWith, type StudyRecord } from "./record.js";

/** What a study needs beside what each of its files does. `csv` is always among its formats: the combined table is made of it. */
export interface StudyOptions extends Omit<AnalyzeFileOptions, "input" | "name" | "baseName" | "engine" | "onProgress" | "onRecord"> {
  readonly engine: Engine;
  readonly list: StudyList;
  /** Settings of the engine that change results. */
  readonly engineSettings: Readonly<Record<string, unknown>>;
  /** Analyse also what is done. */
  readonly again: boolean;
  readonly onProgress?: (index: number, progress: AnalysisProgress) => void;
  /** After every file, in the order of the list. */
  readonly onOutcome?: (index: number, outcome: StudyOutcome) => void;
}

export interface StudyResult {
  /** In the order of the list. */
  readonly outcomes: readonly StudyOutcome[];
  /** Absolute paths of what is about all files. */
  readonly files: readonly string[];
}

/**
 * Analyses what is not done yet, then writes `combined.csv`, `combined.parquet` where asked for, and the quality report. Failures of single files are
 * outcomes.
 * @throws AppError `cancelled`, `disk_full`; `write_failed`, `conflict` for what is about all files
 */
export async function runStudy(options: StudyOptions): Promise<StudyResult> {
  const { list, signal } = options;
  const outDir = await mkdir(resolve(options.outDir), { recursive: true })
    .then(() => realpath(options.outDir))
    .catch((error: unknown) => {
      throw writeError(error);
    });
  const formats: ResultFormat[] = [...new Set<ResultFormat>([...options.formats, "csv"])];
  const madeWith = madeWithOf(options);
  const places = await placesOf(list, outDir);
  const outcomes: StudyOutcome[] = [];
  for (const [index, entry] of list.entries.entries()) {
    if (signal?.aborted === true) throw interrupted();
    const place = places.get(entry);
    const outcome: StudyOutcome = isItem(entry) && place !== undefined ? await oneFile(entry, place, { ...options, outDir, formats }, madeWith, index) : failed(entry, "error" in entry ? entry.error : new AppError("internal", "A file without a folder."));
    outcomes.push(outcome);
    options.onOutcome?.(index, outcome);
  }
  const files = await publishStudy({ outDir, outcomes, list, formats, columns: options.csvColumns ?? "emostream", version: options.version, privacy: declarationOf(options.privacy), ...(signal && { signal }) });
  return { outcomes, files };
}

/** Where a file's results go, and what is there. */
interface Place {
  readonly name: string;
  readonly record?: StudyRecord;
}

/** Every file keeps the folder that it has: the one whose record names the file, else whose record has its name (a study that moved). */
async function placesOf({ entries }: StudyList, outDir: string): Promise<Map<object, Place>> {
  const records = await readRecords(outDir);
  const free = new Set(records.keys());
  const places = new Map<object, Place>();
  const items = entries.filter(isItem);
  const claim = (item: StudyItem, names: readonly string[] | undefined) => {
    const name = names?.find((n) => free.has(n));
    if (name === undefined || places.has(item)) return;
    free.delete(name);
    places.set(item, { name, record: records.get(name)! });
  };
  const byPath = grouped(records, ({ path }) => path);
  const byFile = grouped(records, ({ file }) => file);
  for (const item of items) claim(item, byPath.get(pathFrom(outDir, item)));
  for (const item of items) claim(item, byFile.get(item.file));
  const names = new FolderNames(records.keys());
  for (const item of items) if (!places.has(item)) places.set(item, { name: names.take(basename(item.file)) });
  return places;
}

/** Names of folders by something that their records say. */
function grouped(records: ReadonlyMap<string, StudyRecord>, key: (record: StudyRecord) => string): Map<string, string[]> {
  const groups = new Map<string, string[]>();
  for (const [name, record] of records) groups.set(key(record), [...(groups.get(key(record)) ?? []), name]);
  return groups;
}

async function oneFile(item: StudyItem, { name, record }: Place, options: StudyOptions, madeWith: MadeWith, index: number): Promise<StudyOutcome> {
  const { outDir, formats, signal, again, onProgress } = options;
  const folder = join(outDir, name);
  try {
    if (record !== undefined && !again && (await fits(record, folder, item.path, { madeWith, formats }, signal))) return { entry: item, folder: name, state: record.error === undefined ? "kept" : "broken", record, ...(record.error && { error: record.error }) };
    if (signal?.aborted === true) throw interrupted();
    await tidy(folder, undefined, undefined);
    const before = await sourceState(item.path);
    const meter = new QualityMeter();
    const done = await analyzeFile({
      ...options,
      input: item.path,
      name: basename(item.file),
      baseName: name,
      outDir: folder,
      mediaPath: pathFrom(folder, item),
      onProgress: (progress) => onProgress?.(index, progress),
      onRecord: (frame) => meter.add(frame),
    });
    const results = await Promise.all(done.files.map(async ({ format, path }) => ({ format, name: basename(path), sizeBytes: (await sizeOf(path)) ?? -1 })));
    const error = done.error && withoutPath(done.error, item);
    const now: StudyRecord = { v: 1, file: item.file, path: pathFrom(outDir, item), source: { ...before, sha256: done.source.sha256 ?? "" }, madeWith, results, ...(error && { error }), quality: meter.result() };
    await tidy(folder, record, now);
    await writeRecord(folder, now);
    return { entry: item, folder: name, state: error === undefined ? "done" : "broken", record: now, ...(error && { error }) };
  } catch (error) {
    const known = toAppError(error);
    if (signal?.aborted === true) throw interrupted(error);
    // Nothing could be written for the files after it either.
    if (known.code === "disk_full") throw known;
    // A folder of its own is for results; without any it need not be there.
    await rmdir(folder).catch(() => undefined);
    return failed(item, withoutPath(known, item));
  }
}

function interrupted(cause?: unknown): AppError {
  return new AppError("cancelled", "Interrupted. The same command goes on where this one stopped.", { cause });
}

/** The error with the file named as the study names it, so that reports hold no path that the study does not. */
function withoutPath({ code, message }: AppError, { path, file }: StudyItem): NonNullable<StudyOutcome["error"]> {
  return { code, message: message.replaceAll(path, file) };
}

function failed(entry: StudyOutcome["entry"], { code, message }: Pick<AppError, "code" | "message">): StudyOutcome {
  return { entry, state: "failed", error: { code, message } };
}

/** Relative, so that a study may move as a whole, and with `/` everywhere. */
function pathFrom(folder: string, { path }: StudyItem): string {
  return relative(folder, path).split(sep).join("/");
}

function madeWithOf({ version, engine, engineSettings, settings, privacy, csvColumns = "emostream" }: StudyOptions): MadeWith {
  const { name, version: engineVersion, models, emotion } = engine.info;
  // Through JSON, as it comes back from a record.
  return JSON.parse(JSON.stringify({ emostream: version, engine: { name, version: engineVersion, ...engineSettings }, models, emotion, analysis: settingsInForce(settings, engine.info), columns: csvColumns, privacy: declarationOf(privacy) })) as MadeWith;
}
