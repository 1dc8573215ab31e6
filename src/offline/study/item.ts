// One file of a study, and what is known of it before it is opened.

import type { AppError } from "../../core/errors.js";

/** Columns of a manifest that every combined table has, behind `file`. */
export const studyColumns = ["participant", "session", "condition"] as const;

/** What is known of each file beside its name: a value for each of `columns`, `""` where there is none. */
export interface StudyItem {
  /** As the manifest or the command line names it. */
  readonly file: string;
  /** Absolute. */
  readonly path: string;
  /** Of the manifest as a spreadsheet counts: the header is row 1. */
  readonly row?: number;
  readonly values: readonly string[];
}

/** A row or a name that leads to no file. */
export interface RefusedItem extends Omit<StudyItem, "path"> {
  readonly error: AppError;
}

/** All files of a study, in the order in which they were named. */
export interface StudyList {
  /** Names of `values`: `participant`, `session`, `condition`, then the manifest's further columns. */
  readonly columns: readonly string[];
  readonly entries: readonly (StudyItem | RefusedItem)[];
}

/** Whether an entry can be analysed. */
export function isItem(entry: StudyItem | RefusedItem): entry is StudyItem {
  return "path" in entry;
}
