// What became of a file of a study.

import type { ErrorCode } from "../../core/errors.js";
import type { RefusedItem, StudyItem } from "./item.js";
import type { StudyRecord } from "./record.js";

export interface StudyOutcome {
  readonly entry: StudyItem | RefusedItem;
  /** `done` in this run, `kept` from an earlier one, `broken`: results reach up to a break of the source, `failed`: no results. */
  readonly state: "done" | "kept" | "broken" | "failed";
  /** Name of the folder of its results. */
  readonly folder?: string;
  /** Why it is `broken` or `failed`. */
  readonly error?: { readonly code: ErrorCode; readonly message: string };
  /** Present but for `failed`. */
  readonly record?: StudyRecord;
}
