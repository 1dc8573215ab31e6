// CSV as RFC 4180 describes it: CRLF line ends, a header row, quotes only where needed. A row for each face; frames without
// a face and frames without a result have one row with their status, so that gaps stay visible.

import { emotionNames } from "../../core/emotions.js";
import type { Face } from "../../core/feed.js";
import { declarationText, type PrivacyDeclaration } from "../../core/privacy.js";
import { roundPtsMs } from "../../core/round.js";
import { createRowsWriter, type Cell, type TableColumn, type TableLayout } from "./table.js";
import type { ResultWriter, WriteText } from "./types.js";

/** What a row stands for. */
export const csvStatuses = {
  face: "One face of a frame.",
  no_face: "A frame in which no face was found.",
  not_analysed: "A frame that has no result (the engine failed on it); its time is not known.",
} as const;

/** Our own columns, in order. `docs/formats.md` says when a cell is empty. */
export const csvColumns: readonly TableColumn[] = [
  { name: "seq", type: "int32", unit: "", meaning: "Number of the frame, from 0." },
  { name: "epoch", type: "int32", unit: "", meaning: "Rises when pts_ms starts anew (a jump backwards in the file)." },
  { name: "pts_ms", type: "float64", unit: "ms", meaning: "Time of the frame in the file's own clock, which may start anywhere." },
  { name: "time_ms", type: "float64", unit: "ms", meaning: "Playing time: 0 where a player starts, never going back. What ELAN and subtitles use." },
  { name: "status", type: "string", unit: "", meaning: "`face`, `no_face` or `not_analysed`." },
  { name: "face", type: "int32", unit: "", meaning: "Number of the face within its frame, from 0." },
  { name: "track_id", type: "int32", unit: "", meaning: "The same face keeps its id. Ids start anew in each file, and are no identities." },
  { name: "x", type: "float32", unit: "px", meaning: "Left edge of the box, in the source picture." },
  { name: "y", type: "float32", unit: "px", meaning: "Top edge of the box." },
  { name: "width", type: "float32", unit: "px", meaning: "Width of the box." },
  { name: "height", type: "float32", unit: "px", meaning: "Height of the box." },
  { name: "score", type: "float32", unit: "0 to 1", meaning: "Confidence of the detector." },
  { name: "label", type: "string", unit: "", meaning: "Most probable emotion of the smoothed probabilities." },
  { name: "uncertain", type: "boolean", unit: "", meaning: "`true` when that probability is below the threshold of certainty, else `false`." },
  ...emotionNames.map((n) => ({ name: n, type: "float32", unit: "0 to 1", meaning: `Probability of ${n} in this frame.` }) as const),
  ...emotionNames.map((n) => ({ name: `smoothed_${n}`, type: "float32", unit: "0 to 1", meaning: "The same, smoothed along the track." }) as const),
  ...["left_eye", "right_eye", "nose", "left_mouth", "right_mouth"].flatMap((point) =>
    ["x", "y"].map((axis) => ({ name: `${point}_${axis}`, type: "float32", unit: "px", meaning: "Landmark; left and right of the picture." }) as const),
  ),
  { name: "yaw", type: "float32", unit: "degrees", meaning: "Where the head is turned: positive to the picture's right. A coarse estimate from the landmarks; empty where they make no face." },
  { name: "pitch", type: "float32", unit: "degrees", meaning: "The same: positive up." },
  { name: "roll", type: "float32", unit: "degrees", meaning: "The same: positive tilted clockwise in the picture." },
  { name: "sharpness", type: "float32", unit: "0 or more", meaning: "Fine detail of the face as the emotion model sees it: near 0 is blurred or far away. Empty where another emotion model than ours is in use, and with carried_ms." },
  ...emotionNames.map((n) => ({ name: `corrected_${n}`, type: "float32", unit: "-1 to 1", meaning: `smoothed_${n} less the track's baseline (analysis.baseline). Empty without one and before it is known.` }) as const),
  { name: "carried_ms", type: "float64", unit: "ms", meaning: "So long ago the emotions were measured (analysis.emotionsEveryMs). Empty: in this frame." },
];

const emptyFaceCells = Array.from({ length: csvColumns.length - 5 }, () => "");

/** Column added to either layout where something was declared. CSV has no header but its columns, and rows are often cut out of their file. */
export const declaredColumn: TableColumn = { name: "declared", type: "string", unit: "", meaning: "Purpose, setting and exception that the operator declared (`privacy` in the configuration); only then." };

/** A layout with the declaration in each row. */
export function declaredLayout(layout: TableLayout, privacy: PrivacyDeclaration): TableLayout {
  const text = declarationText(privacy);
  return {
    columns: [...layout.columns, declaredColumn],
    frame: (record) => layout.frame(record).map((row) => [...row, text]),
    missing: (seq) => [...layout.missing(seq), text],
  };
}

/** Our own columns. */
export const csvLayout: TableLayout = {
  columns: csvColumns,
  frame(record) {
    const start = [record.seq, record.epoch, record.ptsMs, roundPtsMs(record.timeMs)];
    if (record.faces.length === 0) return [[...start, "no_face", ...emptyFaceCells]];
    return record.faces.map((face, i) => [...start, "face", i, ...faceCells(face)]);
  },
  missing: (seq) => [seq, "", "", "", "not_analysed", ...emptyFaceCells],
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
export async function createCsvWriter(write: WriteText, layout: TableLayout = csvLayout): Promise<ResultWriter> {
  await write(csvRow(layout.columns.map(({ name }) => name)));
  return createRowsWriter(layout, (rows) => write(rows.map(csvRow).join("")));
}
