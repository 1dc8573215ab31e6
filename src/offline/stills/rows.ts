// Results of pictures as lines of JSON and as a table for people.

import { emotionNames } from "../../core/emotions.js";
import type { ErrorCode } from "../../core/errors.js";
import type { PrivacyDeclaration } from "../../core/privacy.js";
import type { StillResult } from "./predict.js";

/** One picture's result, or why it has none. */
export type PictureRow =
  | ({ readonly file: string } & StillResult)
  | { readonly file: string; readonly error: { readonly code: ErrorCode; readonly message: string } };

/** One line of JSON, without its end; with what the operator declared, if anything: there is no header. */
export function predictLine(row: PictureRow, privacy?: PrivacyDeclaration): string {
  if ("error" in row) return JSON.stringify({ file: row.file, error: row.error });
  const { file, width, height, faces } = row;
  return JSON.stringify({ file, width, height, faces, ...(privacy && { privacy }) });
}

const heads = ["picture", "face", "emotion", ...emotionNames, "score", "box"];

/** A table with a row for each face, and one for each picture without. Ends with a line end; no colours. */
export function predictTable(rows: readonly PictureRow[]): string {
  const lines = rows.flatMap(tableRows);
  const widths = heads.map((head, i) => Math.max(head.length, ...lines.map((l) => (l.cells[i] ?? "").length)));
  const right = (i: number) => i === 1 || (i > 2 && i < heads.length - 1);
  const format = (cells: readonly string[]) => cells.map((c, i) => (right(i) ? c.padStart(widths[i] ?? 0) : c.padEnd(widths[i] ?? 0))).join("  ").trimEnd();
  const text = [format(heads), widths.map((w) => "-".repeat(w)).join("  "), ...lines.map((l) => (l.note === undefined ? format(l.cells) : `${(l.cells[0] ?? "").padEnd(widths[0] ?? 0)}  ${l.note}`))];
  return `${text.join("\n")}\n`;
}

function tableRows(row: PictureRow): { readonly cells: string[]; readonly note?: string }[] {
  // Names may hold line ends and control characters, which would break the table.
  const name = row.file.replaceAll(/\p{Cc}/gu, "?");
  if ("error" in row) return [{ cells: [name], note: `${row.error.code}: ${row.error.message}` }];
  if (row.faces.length === 0) return [{ cells: [name], note: "no face" }];
  return row.faces.map((face, i) => {
    const { x, y, width, height } = face.box;
    const percent = emotionNames.map((n) => (face.emotions[n] * 100).toFixed(1));
    const box = [x, y, width, height].map((v) => Math.round(v)).join(",");
    return { cells: [i === 0 ? name : "", String(i + 1), `${face.label}${face.uncertain ? "?" : ""}`, ...percent, face.score.toFixed(3), box] };
  });
}
