// Apache Parquet: the same table as the CSV with types, for pandas, R's arrow, DuckDB and Polars. The encoding is hyparquet-writer's.
// Rows are held for one row group, so memory does not grow with the film (but for the footer: some entries a row group).

import { ByteWriter, ParquetWriter } from "hyparquet-writer";
import { createRowsWriter, type Cell, type ColumnType, type TableColumn, type TableLayout } from "./table.js";
import type { ResultWriter } from "./types.js";

/** Rows that are held and written together: some minutes of film, tens of megabytes. */
const rowGroupRows = 32_768;

/** Where bytes go. Resolves when there is room for more. */
export type WriteBytes = (bytes: Uint8Array) => Promise<void>;

type Value = string | number | boolean | null;

const physical = {
  int32: { type: "INT32" },
  float32: { type: "FLOAT" },
  float64: { type: "DOUBLE" },
  boolean: { type: "BOOLEAN" },
  // Both names of "this is text": readers older than logical types know only the first.
  string: { type: "BYTE_ARRAY", converted_type: "UTF8", logical_type: { type: "STRING" } },
} as const satisfies Record<ColumnType, object>;

/** A Parquet file being written. Every column may have missing values. */
export class ParquetTable {
  readonly #columns: readonly TableColumn[];
  readonly #parquet: ParquetWriter;
  readonly #rowGroupRows: number;
  #held: Value[][];

  /** @param generator For the file's `created_by`, such as `emostream version 1.2.3`. */
  constructor(write: WriteBytes, columns: readonly TableColumn[], generator: string, rows = rowGroupRows) {
    this.#columns = columns;
    this.#rowGroupRows = rows;
    this.#held = columns.map(() => []);
    const schema = [{ name: "schema", num_children: columns.length }, ...columns.map(({ name, type }) => ({ name, ...physical[type], repetition_type: "OPTIONAL" as const }))];
    this.#parquet = new ParquetWriter({ writer: new SinkWriter(write), schema, createdBy: generator });
  }

  /** Adds a row: a cell for each column, `""` for a missing value. True when `flush` is due. */
  add(cells: readonly Cell[]): boolean {
    const held = this.#held;
    for (let i = 0; i < held.length; i += 1) {
      const cell = cells[i] ?? "";
      held[i]!.push(cell === "" ? null : cell);
    }
    return held[0]!.length >= this.#rowGroupRows;
  }

  /** Writes the rest and the footer. */
  async finish(): Promise<void> {
    await this.flush();
    await this.#parquet.finish();
  }

  /** Writes the rows that are held as a row group. */
  async flush(): Promise<void> {
    const rows = this.#held[0]!.length;
    if (rows === 0) return;
    const columnData = this.#columns.map(({ name }, i) => ({ name, data: this.#held[i]! }));
    this.#held = this.#columns.map(() => []);
    await this.#parquet.write({ columnData, rowGroupSize: rows });
  }
}

/** Writes a Parquet file of that layout. */
export function createParquetWriter(write: WriteBytes, layout: TableLayout, generator: string): ResultWriter {
  const table = new ParquetTable(write, layout.columns, generator);
  const { frame } = createRowsWriter(layout, async (rows) => {
    for (const row of rows) if (table.add(row)) await table.flush();
  });
  return { frame, finish: () => table.finish() };
}

const numberCell = (text: string): Cell => (text === "" ? "" : Number(text));

/** A cell of each type out of its text in a CSV file. */
export const parquetCell = {
  int32: numberCell,
  float32: numberCell,
  float64: numberCell,
  boolean: (text) => (text === "" ? "" : text === "true"),
  string: (text) => text,
} as const satisfies Record<ColumnType, (text: string) => Cell>;

/** Collects bytes and sends them on whenever a row group is whole. */
class SinkWriter extends ByteWriter {
  readonly #write: WriteBytes;

  constructor(write: WriteBytes) {
    super();
    this.#write = write;
  }

  async flush(): Promise<void> {
    const bytes = this.getBytes().slice();
    this.index = 0;
    await this.#write(bytes);
  }

  override finish(): Promise<void> {
    return this.flush();
  }
}
