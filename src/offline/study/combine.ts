// One table over all files of a study: the rows of each file's CSV behind what the study knows of the file. Row by row, so memory does not
// grow with the study.

import { createReadStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { CsvError, parse } from "csv-parse";
import { AppError } from "../../core/errors.js";
import { csvRow } from "../formats/csv.js";
import { parquetCell, ParquetTable } from "../formats/parquet.js";
import type { TableColumn } from "../formats/table.js";
import type { OutputFile } from "../output-file.js";

/** The results of one file. */
export interface CombinedPart {
  /** For messages. */
  readonly file: string;
  /** Its CSV, as this program wrote it. */
  readonly csvPath: string;
  /** Cells before those of the CSV. */
  readonly head: readonly string[];
}

export interface CombineOptions {
  /** Names of the cells before those of the CSVs. */
  readonly headColumns: readonly string[];
  /** Of each CSV. */
  readonly columns: readonly TableColumn[];
  readonly csv: OutputFile;
  readonly parquet?: OutputFile;
  /** For the Parquet file. */
  readonly generator: string;
  readonly signal?: AbortSignal;
}

/** Writes the combined tables; the caller publishes them. @throws AppError `conflict` for a CSV that somebody changed, `disk_full`, `write_failed` */
export async function combine(parts: Iterable<CombinedPart>, options: CombineOptions): Promise<void> {
  const { headColumns, columns, csv, parquet, generator } = options;
  const head = headColumns.map((name): TableColumn => ({ name, type: "string", unit: "", meaning: "" }));
  const table = parquet && new ParquetTable((bytes) => parquet.append(bytes), [...head, ...columns], generator);
  await csv.write(csvRow([...headColumns, ...columns.map(({ name }) => name)]));
  for (const part of parts) {
    await eachRow(part, columns, options.signal, async (cells) => {
      await csv.write(csvRow([...part.head, ...cells]));
      await table?.row([...part.head, ...cells.map((cell, i) => parquetCell(cell, columns[i]!.type))]);
    });
  }
  await table?.finish();
}

async function eachRow({ file, csvPath }: CombinedPart, columns: readonly TableColumn[], signal: AbortSignal | undefined, take: (cells: readonly string[]) => Promise<void>): Promise<void> {
  const changed = (cause?: unknown) => new AppError("conflict", `Expected the results of ${file} as they were written, received a changed CSV. Run again with --again.`, { cause });
  const expected = columns.map(({ name }) => name).join(",");
  let first = true;
  const read = async (rows: AsyncIterable<string[]>) => {
    for await (const cells of rows) {
      if (!first) await take(cells);
      else if (cells.join(",") !== expected) throw changed();
      first = false;
    }
  };
  try {
    await pipeline(createReadStream(csvPath), parse(), read, { ...(signal && { signal }) });
  } catch (error) {
    throw error instanceof CsvError || (error as NodeJS.ErrnoException).code === "ENOENT" ? changed(error) : error;
  }
  if (first) throw changed();
}
