// Rows of a CSV that this program wrote, fast: a study has millions of them, and a CSV parser's way of handing out one row at a time costs
// several times what the rows themselves do. Rows end in CRLF and hold no line breaks; cells with quotes are left to the parser.

import { createReadStream } from "node:fs";
import { CsvError } from "csv-parse";
import { parse } from "csv-parse/sync";

/** Read at a time. */
const chunkBytes = 256 * 1024;
/** Longer than any row of ours. */
const longestRow = 1024 * 1024;

/** Thrown for a file that is not as it was written. */
export class ChangedCsv extends Error {}

/** Rows of a file in pieces, as they stand there without their line ends. @throws ChangedCsv; what reading throws */
export async function* readRows(path: string, signal?: AbortSignal): AsyncGenerator<readonly string[]> {
  let rest = "";
  for await (const chunk of createReadStream(path, { encoding: "utf8", highWaterMark: chunkBytes, ...(signal && { signal }) }) as AsyncIterable<string>) {
    const rows = (rest + chunk).split("\r\n");
    rest = rows.pop() ?? "";
    if (rest.length > longestRow) throw new ChangedCsv(`a row of more than ${longestRow} characters`);
    if (rows.length > 0) yield rows;
  }
  if (rest !== "") throw new ChangedCsv("the last row has no end");
}

/** Cuts rows into cells. Only the declaration may need quotes; it is last and the same in every row, so what it means is remembered. */
export class RowCutter {
  #quoted = "";
  #cells: readonly string[] = [];

  /** @throws ChangedCsv */
  cells(row: string): readonly string[] {
    const quote = row.indexOf('"');
    if (quote < 0) return row.split(",");
    const quoted = row.slice(quote);
    if (quoted !== this.#quoted) {
      this.#cells = parsed(quoted);
      this.#quoted = quoted;
    }
    if (quote === 0) return this.#cells;
    if (row[quote - 1] !== ",") throw new ChangedCsv("a quote in the middle of a cell");
    return [...row.slice(0, quote - 1).split(","), ...this.#cells];
  }
}

function parsed(text: string): readonly string[] {
  try {
    return parse(text)[0] ?? [];
  } catch (error) {
    throw error instanceof CsvError ? new ChangedCsv(error.message) : error;
  }
}
