// One table over all files of a study: the rows of each file's CSV behind what the study knows of the file. In pieces, so memory does not
// grow with the study.

import { AppError } from "../../core/errors.js";
import { csvCell, csvRow } from "../formats/csv.js";
import { parquetCell, ParquetTable } from "../formats/parquet.js";
import type { TableColumn } from "../formats/table.js";
import type { OutputFile } from "../output-file.js";
import { ChangedCsv, readRows, RowCutter } from "./read-rows.js";

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
  const { headColumns, columns, csv, parquet, generator, signal } = options;
  const head = headColumns.map((name): TableColumn => ({ name, type: "string", unit: "", meaning: "" }));
  const table = parquet && new ParquetTable((bytes) => parquet.append(bytes), [...head, ...columns], generator);
  const cellOf = columns.map(({ type }) => parquetCell[type]);
  await csv.write(csvRow([...headColumns, ...columns.map(({ name }) => name)]));
  for (const part of parts) {
    const before = part.head.length === 0 ? "" : `${part.head.map(csvCell).join(",")},`;
    for await (const rows of rowsOf(part, columns, signal)) {
      // The rows stand in the combined table as they stand in the file's.
      await csv.write(rows.map(({ text }) => `${before}${text}\r\n`).join(""));
      if (table) for (const { cells } of rows) if (table.add([...part.head, ...cells.map((cell, i) => cellOf[i]!(cell))])) await table.flush();
    }
  }
  await table?.finish();
}

/** The rows behind the header, all of them whole. */
async function* rowsOf({ file, csvPath }: CombinedPart, columns: readonly TableColumn[], signal: AbortSignal | undefined): AsyncGenerator<readonly { readonly text: string; readonly cells: readonly string[] }[]> {
  const changed = (cause?: unknown) => new AppError("conflict", `Expected the results of ${file} as they were written, received a changed CSV. Run again with --again.`, { cause });
  const header = csvRow(columns.map(({ name }) => name)).trimEnd();
  const cutter = new RowCutter();
  let first = true;
  try {
    for await (const texts of readRows(csvPath, signal)) {
      if (first && texts[0] !== header) throw new ChangedCsv("other columns");
      const rows = (first ? texts.slice(1) : texts).map((text) => ({ text, cells: cutter.cells(text) }));
      first = false;
      if (rows.some(({ cells }) => cells.length !== columns.length)) throw new ChangedCsv("a row of another length");
      yield rows;
    }
  } catch (error) {
    throw error instanceof ChangedCsv || (error as NodeJS.ErrnoException).code === "ENOENT" ? changed(error) : error;
  }
  if (first) throw changed();
}
