// CSV under the names that py-feat (0.6) writes, so that scripts made for its results read ours. A row for each face, and one with
// empty cells for a frame without any, as there. What we do not know is left out, not left empty.

import { emotionNames } from "../../core/emotions.js";
import type { Face } from "../../core/feed.js";
import type { CsvLayout } from "./csv.js";
import type { FrameRecord } from "./types.js";

/** Column names and what they hold, in order. */
export const pyFeatColumns: readonly (readonly [name: string, meaning: string])[] = [
  ["frame", "Number of the frame, from 0."],
  ["FaceRectX", "Left edge of the box, pixels."],
  ["FaceRectY", "Top edge of the box."],
  ["FaceRectWidth", "Width of the box."],
  ["FaceRectHeight", "Height of the box."],
  ["FaceScore", "Confidence of the detector, 0 to 1."],
  ["Pitch", "Head pose, degrees: positive up. Signs are ours, py-feat's hang on its pose model."],
  ["Roll", "Positive: tilted clockwise in the picture."],
  ["Yaw", "Positive: turned to the picture's right."],
  ...emotionNames.map((n) => [n, `Probability of ${n} in this frame, not smoothed, 0 to 1.`] as const),
  ["Identity", "`Person_` and the track's number: the same face as long as it is followed, not recognised again later."],
  ["input", "Name of the file, without its folder."],
  ["approx_time", "Playing time, `mm:ss`."],
];

/** Rows of py-feat's columns for a film of that name. */
export function pyFeatLayout(input: string): CsvLayout {
  return {
    columns: pyFeatColumns.map(([name]) => name),
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
