// Results wait on disk, not in memory, until the annotated video is drawn.

import { createReadStream } from "node:fs";
import { createInterface } from "node:readline";
import type { FrameMarks } from "./annotate/annotate-video.js";
import type { FrameRecord } from "./formats/types.js";

/** One line of the spool: what drawing needs of a frame. */
export function spoolLine(record: FrameRecord): string {
  const marks: FrameMarks = {
    seq: record.seq,
    faces: record.faces.map(({ trackId, box, smoothed, label, uncertain }) => ({ trackId, box, scores: smoothed, label, uncertain })),
  };
  return `${JSON.stringify(marks)}\n`;
}

/** Reads a spool back, a line at a time. */
export async function* readSpool(path: string): AsyncGenerator<FrameMarks, void> {
  const lines = createInterface({ input: createReadStream(path), crlfDelay: Number.POSITIVE_INFINITY });
  try {
    for await (const line of lines) if (line !== "") yield JSON.parse(line) as FrameMarks;
  } finally {
    lines.close();
  }
}
