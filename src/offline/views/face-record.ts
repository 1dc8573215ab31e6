// One face of one frame as 52 bytes, sorted by playing time: what drawing it over the video needs, and what fine curves are made from.

import { emotionNames } from "../../core/emotions.js";
import type { Face } from "../../core/feed.js";
import { roundPtsMs } from "../../core/round.js";
import type { FrameRecord } from "../formats/types.js";
import type { RecordLayout } from "./sorted-file.js";

/** A face as it is kept. Numbers are rounded as the feed's are. */
export interface KeptFace extends Pick<Face, "trackId" | "box" | "smoothed" | "label" | "uncertain"> {}

/** One record read back; `face` is absent where the frame had none. */
export interface KeptRecord {
  readonly timeMs: number;
  readonly seq: number;
  readonly width: number;
  readonly height: number;
  readonly face?: KeptFace;
}

/** 10,000 steps: the feed's probabilities have 4 decimals. */
const steps = 10_000;
const at = { timeMs: 0, seq: 8, trackId: 12, box: 16, smoothed: 32, label: 46, uncertain: 47, width: 48, height: 50 } as const;

/** Sorted by `timeMs`. */
export const faceLayout: RecordLayout = { size: 52, key: (record) => record.readDoubleLE(at.timeMs) };

/** Writes one face, or a frame without one. */
export function writeFace(record: Buffer, frame: FrameRecord, face: Face | undefined): void {
  record.writeDoubleLE(frame.timeMs, at.timeMs);
  record.writeUInt32LE(frame.seq, at.seq);
  record.writeUInt16LE(Math.min(frame.width, 65_535), at.width);
  record.writeUInt16LE(Math.min(frame.height, 65_535), at.height);
  // Track ids start at 1: 0 is a frame without faces.
  record.writeUInt32LE(face?.trackId ?? 0, at.trackId);
  if (face === undefined) return;
  for (const [i, value] of [face.box.x, face.box.y, face.box.width, face.box.height].entries()) record.writeFloatLE(value, at.box + 4 * i);
  for (const [i, name] of emotionNames.entries()) record.writeUInt16LE(toSteps(face.smoothed[name]), at.smoothed + 2 * i);
  record.writeUInt8(emotionNames.indexOf(face.label), at.label);
  record.writeUInt8(face.uncertain ? 1 : 0, at.uncertain);
}

/** Reads one record. */
export function readFace(record: Buffer): KeptRecord {
  const trackId = record.readUInt32LE(at.trackId);
  const box = [0, 1, 2, 3].map((i) => Math.round(record.readFloatLE(at.box + 4 * i) * 10) / 10);
  const scores = readSteps(record, at.smoothed);
  return {
    timeMs: roundPtsMs(record.readDoubleLE(at.timeMs)),
    seq: record.readUInt32LE(at.seq),
    width: record.readUInt16LE(at.width),
    height: record.readUInt16LE(at.height),
    ...(trackId > 0 && {
      face: {
        trackId,
        box: { x: box[0] ?? 0, y: box[1] ?? 0, width: box[2] ?? 0, height: box[3] ?? 0 },
        smoothed: Object.fromEntries(emotionNames.map((name, i) => [name, scores[i]])) as Record<(typeof emotionNames)[number], number>,
        label: emotionNames[record.readUInt8(at.label)] ?? "neutral",
        uncertain: record.readUInt8(at.uncertain) === 1,
      },
    }),
  };
}

/** A probability in steps of 0.0001. */
export function toSteps(probability: number): number {
  return Math.round(Math.min(1, Math.max(0, probability)) * steps);
}

/** Seven probabilities in the order of the feed. */
export function readSteps(record: Buffer, offset: number): number[] {
  return emotionNames.map((_, i) => record.readUInt16LE(offset + 2 * i) / steps);
}
