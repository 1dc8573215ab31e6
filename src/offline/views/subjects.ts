// Who is who: tracks that are the same person, under a name. Kept beside the results; the results themselves stay as they were written.

import { createReadStream } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { createInterface } from "node:readline";
import writeFileAtomic from "write-file-atomic";
import { AppError, toAppError, type Issue } from "../../core/errors.js";
import { subjectsSchema, type Subject } from "../../server/analysis-views.js";
import { csvCell, csvColumns } from "../formats/csv.js";
import { writeError } from "../output-file.js";

const trackColumn = csvColumns.findIndex(({ name }) => name === "track_id");
const pieceChars = 65_536;

/** Path in an analysis' folder. */
const subjectsPath = (folder: string): string => join(folder, "subjects.json");

/** Subjects of an analysis; none where none were named. */
export async function readSubjects(folder: string): Promise<readonly Subject[]> {
  try {
    return subjectsSchema.parse(JSON.parse(await readFile(subjectsPath(folder), "utf8"))).subjects;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return [];
    throw toAppError(error);
  }
}

/**
 * Replaces the subjects of an analysis; a crash leaves the old or the new ones.
 * @throws AppError `invalid_request`, `disk_full`, `write_failed`
 */
export async function writeSubjects(folder: string, subjects: readonly Subject[], known: ReadonlySet<number>): Promise<void> {
  const issues = issuesOf(subjects, known);
  if (issues.length > 0) throw new AppError("invalid_request", `The subjects do not fit: ${issues[0]?.path}: ${issues[0]?.message}`, { issues });
  await writeFileAtomic(subjectsPath(folder), `${JSON.stringify({ subjects }, null, 2)}\n`, { mode: 0o600 }).catch((error: unknown) => {
    throw writeError(error);
  });
}

/** What does not fit together in a list of subjects. */
export function issuesOf(subjects: readonly Subject[], known: ReadonlySet<number>): readonly Issue[] {
  const issues: Issue[] = [];
  const names = new Set<string>();
  const taken = new Set<number>();
  for (const [i, { name, trackIds }] of subjects.entries()) {
    if (names.has(name)) issues.push({ path: `subjects.${i}.name`, message: `expected names that differ, received ${JSON.stringify(name)} twice` });
    names.add(name);
    for (const [j, id] of trackIds.entries()) {
      const path = `subjects.${i}.trackIds.${j}`;
      if (!known.has(id)) issues.push({ path, message: `expected a track of this analysis, received ${id}` });
      else if (taken.has(id)) issues.push({ path, message: `expected each track once, received ${id} twice` });
      taken.add(id);
    }
  }
  return issues;
}

/** A CSV result with a last column `subject`: the name, or nothing where the track has none. Pieces of about 64 KiB. */
export async function* csvWithSubjects(csvPath: string, subjects: readonly Subject[]): AsyncGenerator<string> {
  const cells = new Map(subjects.flatMap(({ name, trackIds }) => trackIds.map((id) => [String(id), csvCell(name)] as const)));
  // The cells of our own columns hold no line breaks and, before the track, no commas.
  const lines = createInterface({ input: createReadStream(csvPath), crlfDelay: Number.POSITIVE_INFINITY });
  let piece = "";
  let isHead = true;
  try {
    for await (const line of lines) {
      piece += `${line},${isHead ? "subject" : (cells.get(line.split(",", trackColumn + 1)[trackColumn] ?? "") ?? "")}\r\n`;
      isHead = false;
      if (piece.length < pieceChars) continue;
      yield piece;
      piece = "";
    }
    if (piece !== "") yield piece;
  } finally {
    lines.close();
  }
}
