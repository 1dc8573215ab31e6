// The quality report for programs: quality.json with everything, quality.csv with a row for each file.

import { emotionNames } from "../../../core/emotions.js";
import { csvRow } from "../../formats/csv.js";
import type { Cell, TableColumn } from "../../formats/table.js";
import { studyColumns } from "../item.js";
import type { StudyOutcome } from "../outcome.js";
import { checks, flagsOf, type Flag } from "./checks.js";
import { blurredBelow, turnedBeyond } from "./measures.js";

/** What a report is about. */
export interface ReportedStudy {
  /** Of Emostream. */
  readonly version: string;
  /** Names of the values of each entry. */
  readonly columns: readonly string[];
  readonly outcomes: readonly StudyOutcome[];
}

/** The columns of quality.csv, in order. */
export const qualityColumns: readonly TableColumn[] = [
  { name: "file", type: "string", unit: "", meaning: "As the manifest or the command line names it." },
  { name: "row", type: "int32", unit: "", meaning: "Row of the manifest; its header is row 1. Empty without one." },
  ...studyColumns.map((name) => ({ name, type: "string", unit: "", meaning: "As in the manifest." }) as const),
  { name: "folder", type: "string", unit: "", meaning: "Folder of its results." },
  { name: "state", type: "string", unit: "", meaning: "`done`; `broken`: the source breaks off and the results reach up to there; `failed`: no results, all cells behind `error` are empty." },
  { name: "error", type: "string", unit: "", meaning: "[Code](errors.md) of why it is broken or failed." },
  { name: "flags", type: "string", unit: "", meaning: "Names of the checks that make it worth a look, with spaces between." },
  { name: "duration_ms", type: "int32", unit: "ms", meaning: "From time 0 to the end of the last frame." },
  { name: "frames", type: "int32", unit: "", meaning: "Frames with a result." },
  { name: "analysed_share", type: "float32", unit: "0 to 1", meaning: "Those among all frames." },
  { name: "faces", type: "int32", unit: "", meaning: "Faces over all frames." },
  { name: "face_share", type: "float32", unit: "0 to 1", meaning: "Share of the frames that have a face." },
  { name: "several_share", type: "float32", unit: "0 to 1", meaning: "Share of the frames that have more than one." },
  { name: "most_faces", type: "int32", unit: "", meaning: "Most faces of one frame." },
  { name: "tracks", type: "int32", unit: "", meaning: "Faces as far as tracking tells them apart." },
  { name: "longest_gap_ms", type: "int32", unit: "ms", meaning: "Longest time without a face, also at start and end." },
  { name: "face_px_median", type: "int32", unit: "px", meaning: "Shorter side of the faces' boxes." },
  { name: "face_px_p10", type: "int32", unit: "px", meaning: "A tenth of the faces is not larger." },
  { name: "sharpness_median", type: "float32", unit: "0 or more", meaning: "As the column `sharpness` of the table." },
  { name: "sharpness_p10", type: "float32", unit: "0 or more", meaning: "A tenth of the faces is not sharper." },
  { name: "blurred_share", type: "float32", unit: "0 to 1", meaning: `Share of the faces with a sharpness below ${blurredBelow}.` },
  { name: "turned_share", type: "float32", unit: "0 to 1", meaning: `Share of the faces turned by more than ${turnedBeyond.yaw}° to a side or ${turnedBeyond.pitch}° up or down.` },
  { name: "uncertain_share", type: "float32", unit: "0 to 1", meaning: "Share of the faces that are uncertain." },
  ...emotionNames.map((name) => ({ name: `mean_${name}`, type: "float32", unit: "0 to 1", meaning: `Mean of \`${name}\` over all faces of the file.` }) as const),
];

/** quality.json, in pieces. */
export function* qualityJson({ version, columns, outcomes }: ReportedStudy): Generator<string> {
  const limits = Object.fromEntries(checks.map(({ name, limit }) => [name, limit]));
  const head = JSON.stringify({ v: 1, generator: `emostream ${version}`, limits, turnedBeyond, blurredBelow, emotions: emotionNames });
  yield `${head.slice(0, -1)},"files":[`;
  for (const [i, outcome] of outcomes.entries()) {
    const { entry, folder, error, record } = outcome;
    const values = Object.fromEntries(columns.map((name, c) => [name, entry.values[c] ?? ""]).filter(([, value]) => value !== ""));
    const line = { file: entry.file, ...(entry.row !== undefined && { row: entry.row }), values, ...(folder !== undefined && { folder }), state: stateOf(outcome), ...(error && { error }), flags: flagsOfOutcome(outcome), ...(record && { quality: record.quality }) };
    yield `${i === 0 ? "" : ","}\n${JSON.stringify(line)}`;
  }
  yield "\n]}\n";
}

/** quality.csv, in pieces. */
export function* qualityCsv({ columns, outcomes }: ReportedStudy): Generator<string> {
  yield csvRow(qualityColumns.map(({ name }) => name));
  for (const outcome of outcomes) yield csvRow(cellsOf(outcome, columns));
}

/** `kept` and `done` are one: a report is the same whichever run made the results. */
export function stateOf({ state }: StudyOutcome): "done" | "broken" | "failed" {
  return state === "kept" ? "done" : state;
}

/** What is worth a look about a file, failures first. */
export function flagsOfOutcome({ state, error, record }: StudyOutcome): Flag[] {
  return [...(error === undefined ? [] : [{ check: state, text: `${state === "broken" ? "breaks off" : "failed"}: ${error.message} (${error.code})` }]), ...(record === undefined ? [] : flagsOf(record.quality))];
}

function cellsOf(outcome: StudyOutcome, columns: readonly string[]): Cell[] {
  const { entry, folder, error, record } = outcome;
  const known = studyColumns.map((name) => entry.values[columns.indexOf(name)] ?? "");
  const head = [entry.file, entry.row ?? "", ...known, folder ?? "", stateOf(outcome), error?.code ?? "", flagsOfOutcome(outcome).map(({ check }) => check).join(" ")];
  if (record === undefined) return [...head, ...Array.from({ length: qualityColumns.length - head.length }, () => "")];
  const { frames, missing, durationMs, faces, withFace, withSeveral, mostFaces, tracks, longestGapMs, facePx, sharpness, blurred, turned, uncertain, emotions } = record.quality;
  return [
    ...head,
    durationMs,
    frames,
    share(frames, frames + missing),
    faces,
    share(withFace, frames),
    share(withSeveral, frames),
    mostFaces,
    tracks,
    longestGapMs,
    facePx?.median ?? "",
    facePx?.p10 ?? "",
    sharpness?.median ?? "",
    sharpness?.p10 ?? "",
    blurred ?? "",
    turned ?? "",
    uncertain ?? "",
    ...emotionNames.map((_, i) => emotions?.[i] ?? ""),
  ];
}

function share(part: number, whole: number): Cell {
  return whole === 0 ? "" : Math.round((part / whole) * 10_000) / 10_000;
}
