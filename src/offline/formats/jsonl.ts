// JSON lines: a header, then one `frame` or `episode` message of the feed a line, in the order of the feed.

import { episodeMessage } from "../../core/episode.js";
import { feedVersion, type FrameMessage } from "../../core/feed.js";
import { settingsInForce } from "../settings-in-force.js";
import type { FrameRecord, ResultHead, ResultWriter, WriteText } from "./types.js";

/** The header line, without its end of line. */
export function headerLine(head: ResultHead): string {
  return JSON.stringify({
    type: "header",
    v: feedVersion,
    generator: `emostream ${head.version}`,
    ...(head.privacy && { privacy: head.privacy }),
    source: head.source,
    engine: { name: head.engine.name, version: head.engine.version },
    models: head.engine.models,
    ...(head.engine.emotion && { emotion: head.engine.emotion }),
    config: { analysis: settingsInForce(head.settings, head.engine) },
  });
}

/** A frame as a message of the feed; without clock and latency, which no file should hold. */
export function frameMessage(record: FrameRecord, streamId: string): FrameMessage {
  return {
    type: "frame",
    v: feedVersion,
    streamId,
    seq: record.seq,
    ...(record.epoch > 0 && { epoch: record.epoch }),
    ptsMs: record.ptsMs,
    width: record.width,
    height: record.height,
    faces: [...record.faces],
  };
}

/** A stream id out of a file name: lower case, other characters as `-`; `file` where nothing is left. */
export function streamIdOf(name: string): string {
  const stem = name.replace(/\.[^.]*$/, "");
  return stem.toLowerCase().replaceAll(/[^a-z0-9_-]+/g, "-").replaceAll(/^[-_]+|-+$/g, "").slice(0, 64) || "file";
}

/** Writes JSON lines. */
export async function createJsonlWriter(head: ResultHead, write: WriteText): Promise<ResultWriter> {
  const streamId = streamIdOf(head.source.name);
  await write(`${headerLine(head)}\n`);
  return {
    frame: (record) => write(`${JSON.stringify(frameMessage(record, streamId))}\n`),
    episode: (record) => write(`${JSON.stringify(episodeMessage(streamId, record))}\n`),
    finish: () => Promise.resolve(),
  };
}
