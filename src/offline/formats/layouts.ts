// The sets of columns by name.

import type { PrivacyDeclaration } from "../../core/privacy.js";
import type { CsvColumnSet } from "../../core/result-formats.js";
import { csvColumns, csvLayout, declaredColumn, declaredLayout } from "./csv.js";
import { pyFeatColumns, pyFeatLayout } from "./csv-py-feat.js";
import type { TableColumn, TableLayout } from "./table.js";

/** How frames of a film of that name become rows; with what the operator declared, if anything, in each. */
export function layoutOf(columns: CsvColumnSet, input: string, privacy?: PrivacyDeclaration): TableLayout {
  const layout = columns === "py-feat" ? pyFeatLayout(input) : csvLayout;
  return privacy === undefined ? layout : declaredLayout(layout, privacy);
}

/** The columns of a set, in order, as `layoutOf` has them. */
export function columnsOf(columns: CsvColumnSet, privacy?: PrivacyDeclaration): readonly TableColumn[] {
  const own = columns === "py-feat" ? pyFeatColumns : csvColumns;
  return privacy === undefined ? own : [...own, declaredColumn];
}
