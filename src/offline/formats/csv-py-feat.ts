// CSV under the names that py-feat (0.6) writes, so that scripts made for its results read ours. A row for each face, and one with
// empty cells for a frame without any, as there. What we do not know is left out, not left empty.

import { emotionNames } from "../../core/emotions.js";
import type { Face } from "../../core/feed.js";
import type { TableColumn, TableLayout } from "./table.js";
import type { FrameRecord } from "./types.js";

/** py-feat's columns as far as we know them, in order. */
export const pyFeatColumns: readonly TableColumn[] = [
  { name: "frame", type: "int32", unit: "", meaning: "Number of the frame, from 0." },
  { name: "FaceRectX", type: "float32", unit: "px", meaning: "Left edge of the box." },
  { name: "FaceRectY", type: "float32", unit: "px", meaning: "Top edge of the box." },
  { name: "FaceRectWidth", type: "float32", unit: "px", meaning: "Width of the box." },
  { name: "FaceRectHeight", type: "float32", unit: "px", meaning: "Height of the box." },
  { name: "FaceScore", type: "float32", unit: "0 to 1", meaning: "Confidence of the detector." },
  { name: "Pitch", type: "float32", unit: "degrees", meaning: "Head pose: positive up. Signs are ours, py-feat's hang on its pose model." },
  { name: "Roll", type: "float32", unit: "degrees", meaning: "Positive: tilted clockwise in the picture." },
  { name: "Yaw", type: "float32", unit: "degrees", meaning: "Positive: turned to the picture's right." },
  ...emotionNames.map((n) => ({ name: n, type: "float32", unit: "0 to 1", meaning: `Probability of ${n} in this frame, not smoothed.` }) as const),
  { name: "Identity", type: "string", unit: "", meaning: "`Person_` and the track's number: the same face as long as it is followed, not recognised again later." },
  { name: "input", type: "string", unit: "", meaning: "Name of the file, without its folder." },
  { name: "approx_time", type: "string", unit: "mm:ss", meaning: "Playing time." },
];

/** Rows of py-feat's columns for a film of that name. */
export function pyFeatLayout(input: string): TableLayout {
  return {
    columns: pyFeatColumns,
    frame: ({ seq, timeMs, faces }: FrameRecord) => (faces.length === 0 ? [row(seq, undefined, input, time(timeMs))] : faces.map((face) => row(seq, face, input, time(timeMs)))),
    missing: (seq) => row(seq, undefined, input, ""),
  };
}

function row(seq: number, face: Face | undefined, input: string, approxTime: string): (string | number)[] {
  if (face === undefined) return [seq, ...Array.from({ length: pyFeatColumns.length - 3 }, () => ""), input, approxTime];
  const { box, pose } = face;
  return [seq, box.x, box.y, box.width, box.height, face.score, pose?.pitch ?? "", pose?.roll ?? "", pose?.yaw ?? "", ...emotionNames.map((n) => face.emotions[n]), `Person_${face.trackId}`, input, approxTime];
}

function time(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1000));
  return [Math.floor(seconds / 60), seconds % 60].map((n) => String(n).padStart(2, "0")).join(":");
}
