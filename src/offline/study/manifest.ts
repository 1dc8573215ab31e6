// A manifest: a CSV table with a row for each file of a study, as spreadsheets write it (RFC 4180; also `;` and tabs, a BOM, CRLF).
//
// The bytes are parsed as Latin-1 and each cell is decoded as UTF-8 by itself. Separators and quotes are ASCII and never part of another
// UTF-8 character, so this cuts at the same places, and a wrong byte costs its row and not the table.

import { resolve } from "node:path";
import { CsvError, parse } from "csv-parse/sync";
import { AppError } from "../../core/errors.js";
import { studyColumns, type RefusedItem, type StudyItem, type StudyList } from "./item.js";

/** Larger ones are no list of videos. Bytes. */
export const maxManifestBytes = 67_108_864;

const fileColumn = "file";
const separators = [",", ";", "\t"];

/**
 * Reads a manifest; `file` is relative to `folder`. Whether the files are there is not looked at.
 * @param taken Names of columns that combined tables have anyway
 * @throws AppError `manifest_invalid` where no row can be read: another encoding, no `file` column, a column twice or of a taken name, broken quotes
 */
export function readManifest(bytes: Buffer, folder: string, taken: Iterable<string>): StudyList {
  const records = recordsOf(bytes);
  const header = (records[0] ?? []).map((cell) => {
    const name = utf8(cell);
    if (name === undefined) throw invalid("Expected UTF-8 in the header of the manifest. Save the table as “CSV UTF-8”.");
    return name.trim();
  });
  const rows = records.slice(1);
  checkHeader(header, rows, taken);
  const own = new Set<string>([fileColumn, ...studyColumns]);
  const columns = [...studyColumns, ...header.filter((name) => name !== "" && !own.has(name))];
  const entries = rows.flatMap((cells, i) => (isBlank(cells) ? [] : [entryOf(cells, i + 2, header, columns, folder)]));
  if (entries.length === 0) throw invalid("Expected at least one row below the manifest's header, received none.");
  return { columns, entries };
}

function recordsOf(bytes: Buffer): string[][] {
  if (bytes.length > maxManifestBytes) throw invalid(`Expected a manifest of at most ${maxManifestBytes} bytes, received ${bytes.length}.`);
  const mark = bytes.subarray(0, 2).toString("hex");
  if (mark === "fffe" || mark === "feff") throw invalid("Expected UTF-8, received a manifest in UTF-16. Save the table as “CSV UTF-8”.");
  const text = (bytes.subarray(0, 3).toString("hex") === "efbbbf" ? bytes.subarray(3) : bytes).toString("latin1");
  if (isBlank([text])) throw invalid("Expected a table with a header row, received an empty manifest.");
  // The separator is the one that makes a column called `file`; else `,`, so that errors speak of the usual one.
  const headerLine = /^[^\r\n]*/.exec(text)![0];
  const separator = separators.find((s) => headerLine.split(s).some((cell) => unquoted(cell) === fileColumn)) ?? ",";
  try {
    return parse(text, { delimiter: separator, relax_column_count: true, bom: false });
  } catch (error) {
    if (!(error instanceof CsvError)) throw error;
    throw invalid(`Expected RFC 4180 in the manifest, received broken quotes at line ${String(error["lines"] ?? "?")}: text beside a quoted cell, or a quote that is never closed.`, error);
  }
}

function checkHeader(header: readonly string[], rows: readonly (readonly string[])[], taken: Iterable<string>): void {
  if (!header.includes(fileColumn)) throw invalid(`Expected a column ${fileColumn} in the manifest, received ${header.map((name) => JSON.stringify(name)).join(", ")}.`);
  // As data bases compare: R and pandas tell `Score` from `score`, SQL does not.
  const names = header.map((name) => name.toLowerCase());
  const twice = header.find((name, i) => name !== "" && names.indexOf(names[i]!) < i);
  if (twice !== undefined) throw invalid(`Expected each column of the manifest once, received ${JSON.stringify(twice)} twice.`);
  const ours = new Set([...taken].map((name) => name.toLowerCase()));
  const clash = header.find((_, i) => ours.has(names[i]!));
  if (clash !== undefined) throw invalid(`Expected another name for the manifest's column ${JSON.stringify(clash)}: the results have a column of that name.`);
  const unnamed = header.findIndex((name, i) => name === "" && rows.some((cells) => (cells[i] ?? "") !== ""));
  if (unnamed >= 0) throw invalid(`Expected a name for column ${unnamed + 1} of the manifest, received none.`);
}

function entryOf(cells: readonly string[], row: number, header: readonly string[], columns: readonly string[], folder: string): StudyItem | RefusedItem {
  const decoded = cells.map(utf8);
  const valueOf = (name: string) => decoded[header.indexOf(name)] ?? "";
  const known = { file: valueOf(fileColumn), row, values: columns.map(valueOf) };
  const refuse = (message: string): RefusedItem => ({ ...known, error: invalid(message) });
  const wrong = decoded.indexOf(undefined);
  if (wrong >= 0) return refuse(`Expected UTF-8 in column ${header[wrong] ?? wrong + 1}, received other bytes. Save the table as “CSV UTF-8”.`);
  if (cells.length !== header.length) return refuse(`Expected ${header.length} cells, received ${cells.length}.`);
  if (known.file === "") return refuse(`Expected the name of a file, received an empty cell.`);
  if (known.file.includes("\0")) return refuse("Expected the name of a file, received one with a zero byte.");
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(known.file)) return refuse("Expected a file on this machine, received an address.");
  return { ...known, path: resolve(folder, known.file) };
}

/** Text of a cell; undefined where its bytes are no UTF-8. */
function utf8(latin1: string): string | undefined {
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(Buffer.from(latin1, "latin1"));
  } catch {
    return undefined; // The caller names row and column.
  }
}

function isBlank(cells: readonly string[]): boolean {
  return cells.every((cell) => cell.trim() === "");
}

function unquoted(cell: string): string {
  return cell.trim().replaceAll(/^"|"$/g, "").trim();
}

function invalid(message: string, cause?: unknown): AppError {
  return new AppError("manifest_invalid", message, cause === undefined ? {} : { cause });
}
