// CSV as RFC 4180 describes it: CRLF line ends, a header row, quotes only where needed. A row for each face; frames without
// a face and frames without a result have one row with their status, so that gaps stay visible.

import { emotionNames } from "../../core/emotions.js";
import type { Face } from "../../core/feed.js";
import { declarationText, type PrivacyDeclaration } from "../../core/privacy.js";
import type { FrameRecord, ResultWriter, WriteText } from "./types.js";

type Cell = string | number | boolean;

/** Which columns a CSV file has. */
export interface CsvLayout {
  readonly columns: readonly string[];
  /** All rows of one frame, at least one. */
  frame(record: FrameRecord): readonly (readonly Cell[])[];
  /** The row of a frame that has no result. */
  missing(seq: number): readonly Cell[];
}

/** What a row stands for. */
export const csvStatuses = {
  face: "One face of a frame.",
  no_face: "A frame in which no face was found.",
  not_analysed: "A frame that has no result (the engine failed on it); its time is not known.",
} as const;

/** Column names and what they hold, in order. */
export const csvColumns: readonly (readonly [name: string, meaning: string])[] = [
  ["seq", "Number of the frame, from 0."],
  ["epoch", "Rises when pts_ms starts anew."],
  ["pts_ms", "Time of the frame in the file's own clock, milliseconds."],
  ["status", "`face`, `no_face` or `not_analysed`."],
  ["face", "Number of the face within its frame, from 0."],
  ["track_id", "The same face keeps its id."],
  ["x", "Left edge of the box, pixels of the source picture."],
  ["y", "Top edge of the box."],
  ["width", "Width of the box."],
  ["height", "Height of the box."],
  ["score", "Confidence of the detector, 0 to 1."],
  ["label", "Most probable emotion of the smoothed probabilities."],
  ["uncertain", "`true` when that probability is below the threshold of certainty, else `false`."],
  ...emotionNames.map((n) => [n, `Probability of ${n} in this frame, 0 to 1.`] as const),
  ...emotionNames.map((n) => [`smoothed_${n}`, `The same, smoothed along the track.`] as const),
  ...["left_eye", "right_eye", "nose", "left_mouth", "right_mouth"].flatMap((p) => [
    [`${p}_x`, "Landmark, pixels; left and right of the picture."] as const,
    [`${p}_y`, "Landmark, pixels."] as const,
  ]),
  ["yaw", "Where the head is turned, degrees: positive to the picture's right. A coarse estimate from the landmarks; empty where they make no face."],
  ["pitch", "The same: positive up."],
  ["roll", "The same: positive tilted clockwise in the picture."],
  ["sharpness", "Fine detail of the face as the emotion model sees it: near 0 is blurred or far away. Empty where another emotion model than ours is in use, and with carried_ms."],
  ...emotionNames.map((n) => [`corrected_${n}`, `smoothed_${n} less the track's baseline (analysis.baseline), -1 to 1. Empty without one and before it is known.`] as const),
  ["carried_ms", "So many milliseconds ago the emotions were measured (analysis.emotionsEveryMs). Empty: in this frame."],
];

const emptyFaceCells = Array.from({ length: csvColumns.length - 4 }, () => "");

/** Column added to either layout where something was declared. CSV has no header but its columns, and rows are often cut out of their file. */
export const declaredColumn = ["declared", "Purpose, setting and exception that the operator declared (`privacy` in the configuration); only then."] as const;

/** A layout with the declaration in each row. */
export function declaredLayout(layout: CsvLayout, privacy: PrivacyDeclaration): CsvLayout {
  const text = declarationText(privacy);
  return {
    columns: [...layout.columns, declaredColumn[0]],
    frame: (record) => layout.frame(record).map((row) => [...row, text]),
    missing: (seq) => [...layout.missing(seq), text],
  };
}

/** Our own columns. */
export const csvLayout: CsvLayout = {
  columns: csvColumns.map(([name]) => name),
  frame(record) {
    const start = [record.seq, record.epoch, record.ptsMs];
    if (record.faces.length === 0) return [[...start, "no_face", ...emptyFaceCells]];
    return record.faces.map((face, i) => [...start, "face", i, ...faceCells(face)]);
  },
  missing: (seq) => [seq, "", "", "not_analysed", ...emptyFaceCells],
};

/** A cell as RFC 4180 wants it. */
export function csvCell(value: Cell): string {
  const text = String(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A row with its end of line. */
export function csvRow(cells: readonly Cell[]): string {
  return `${cells.map(csvCell).join(",")}\r\n`;
}

function faceCells(face: Face): Cell[] {
  const { box } = face;
  return [
    face.trackId,
    box.x,
    box.y,
    box.width,
    box.height,
    face.score,
    face.label,
    face.uncertain,
    ...emotionNames.map((n) => face.emotions[n]),
    ...emotionNames.map((n) => face.smoothed[n]),
    ...face.landmarks.flat(),
    face.pose?.yaw ?? "",
    face.pose?.pitch ?? "",
    face.pose?.roll ?? "",
    face.sharpness ?? "",
    ...emotionNames.map((n) => face.corrected?.[n] ?? ""),
    face.carriedMs ?? "",
  ];
}

/** Writes CSV. */
export async function createCsvWriter(write: WriteText, layout: CsvLayout = csvLayout): Promise<ResultWriter> {
  let expectedSeq = 0;
  await write(csvRow(layout.columns));
  return {
    async frame(record) {
      for (; expectedSeq < record.seq; expectedSeq += 1) await write(csvRow(layout.missing(expectedSeq)));
      expectedSeq = record.seq + 1;
      await write(layout.frame(record).map(csvRow).join(""));
    },
    finish: () => Promise.resolve(),
  };
}
