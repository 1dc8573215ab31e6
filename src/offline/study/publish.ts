// What is about all files of a study: the combined tables and the quality report. They get their names when all of them are whole.

import { join } from "node:path";
import { AppError, toAppError } from "../../core/errors.js";
import type { PrivacyDeclaration } from "../../core/privacy.js";
import type { CsvColumnSet, ResultFormat } from "../../core/result-formats.js";
import { columnsOf } from "../formats/layouts.js";
import { OutputFile } from "../output-file.js";
import { combine, type CombinedPart } from "./combine.js";
import type { StudyList } from "./item.js";
import type { StudyOutcome } from "./outcome.js";
import { qualityCsv, qualityJson } from "./quality/report-data.js";
import { qualityHtml } from "./quality/report-html.js";

export interface PublishOptions {
  readonly outDir: string;
  readonly outcomes: readonly StudyOutcome[];
  readonly list: StudyList;
  readonly formats: readonly ResultFormat[];
  readonly columns: CsvColumnSet;
  readonly version: string;
  /** As it stands in the results of each file. */
  readonly privacy: PrivacyDeclaration | undefined;
  readonly signal?: AbortSignal;
}

/** Writes them and answers their paths. @throws AppError `cancelled`, `conflict`, `disk_full`, `write_failed` */
export async function publishStudy({ outDir, outcomes, list, formats, columns, version, privacy, signal }: PublishOptions): Promise<string[]> {
  const output = (name: string) => new OutputFile(join(outDir, name));
  const csv = output("combined.csv");
  const parquet = formats.includes("parquet") ? output("combined.parquet") : undefined;
  const report = [output("quality.html"), output("quality.json"), output("quality.csv")] as const;
  const all = [csv, ...(parquet === undefined ? [] : [parquet]), ...report];
  try {
    await combine(partsOf(outDir, outcomes), { headColumns: ["file", ...list.columns], columns: columnsOf(columns, privacy), csv, ...(parquet && { parquet }), generator: `emostream version ${version}`, ...(signal && { signal }) });
    const study = { version, columns: list.columns, outcomes };
    for (const [i, make] of [qualityHtml, qualityJson, qualityCsv].entries()) for (const piece of make(study)) await report[i]!.write(piece);
    for (const file of all) await file.complete();
    for (const file of all) await file.publish();
    return all.map(({ path }) => path);
  } catch (error) {
    for (const file of all) await file.discard();
    throw signal?.aborted === true ? new AppError("cancelled", "Interrupted. The same command goes on where this one stopped.", { cause: error }) : toAppError(error);
  }
}

function* partsOf(outDir: string, outcomes: readonly StudyOutcome[]): Generator<CombinedPart> {
  for (const { entry, folder, record } of outcomes) {
    const csv = record?.results.find(({ format }) => format === "csv");
    if (folder !== undefined && csv !== undefined) yield { file: entry.file, csvPath: join(outDir, folder, csv.name), head: [entry.file, ...entry.values] };
  }
}
