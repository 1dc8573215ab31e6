// Results as a table: what CSV and Parquet have in common. A row for each face; frames without a face and frames without a result
// have one row, so that gaps stay visible.

import type { FrameRecord, ResultWriter } from "./types.js";

/** `""` is a missing value, in every type. */
export type Cell = string | number | boolean;

export type ColumnType = "int32" | "float32" | "float64" | "string" | "boolean";

export interface TableColumn {
  readonly name: string;
  /** In Parquet; CSV has only text. */
  readonly type: ColumnType;
  /** Unit or range, for people; empty where there is none. */
  readonly unit: string;
  readonly meaning: string;
}

/** Which columns a table has, and how frames become its rows. */
export interface TableLayout {
  readonly columns: readonly TableColumn[];
  /** All rows of one frame, at least one. */
  frame(record: FrameRecord): readonly (readonly Cell[])[];
  /** The row of a frame that has no result. */
  missing(seq: number): readonly Cell[];
}

/** Sends the rows of each frame, in order, with those of missing frames before them. */
export function createRowsWriter(layout: TableLayout, write: (rows: readonly (readonly Cell[])[]) => Promise<void>): ResultWriter {
  let expectedSeq = 0;
  return {
    async frame(record) {
      for (; expectedSeq < record.seq; expectedSeq += 1) await write([layout.missing(expectedSeq)]);
      expectedSeq = record.seq + 1;
      await write(layout.frame(record));
    },
    finish: () => Promise.resolve(),
  };
}
