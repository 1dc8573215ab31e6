// The sets of columns by name.

import type { CsvColumnSet } from "../../core/result-formats.js";
import { csvColumns, csvLayout } from "./csv.js";
import { pyFeatColumns, pyFeatLayout } from "./csv-py-feat.js";
import type { TableColumn, TableLayout } from "./table.js";

/** How frames of a film of that name become rows. */
export function layoutOf(columns: CsvColumnSet, input: string): TableLayout {
  return columns === "py-feat" ? pyFeatLayout(input) : csvLayout;
}

/** The columns of a set, in order. */
export function columnsOf(columns: CsvColumnSet): readonly TableColumn[] {
  return columns === "py-feat" ? pyFeatColumns : csvColumns;
}
