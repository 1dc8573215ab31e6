// The JSON messages of /v1/push, as zod schemas and types: what a client that pushes frames says first, and what it is answered beside the
// `frame` messages of the feed. AsyncAPI and docs/push.md are made from these. The frames themselves are binary: src/server/push/frame-header.ts.

import { z } from "zod";
import { errorCodes, type ErrorCode } from "./errors.js";
import { feedVersion, streamIdSchema } from "./feed.js";
import { dropReasons } from "./source.js";

/** `raw` is rgb24: rows top first, R G B, no padding. */
export const pushFormats = ["jpeg", "webp", "raw"] as const;
export const pushModes = ["latest", "lossless"] as const;

const codes = Object.keys(errorCodes) as [ErrorCode, ...ErrorCode[]];
const head = { v: z.literal(feedVersion).describe("Version of the feed's schema.") };
const side = z.int().min(16).max(8192);

export const pushConfigSchema = z
  .strictObject({
    type: z.literal("config"),
    ...head,
    streamId: streamIdSchema.optional().describe("Id of the new stream. Absent: made from the name, else `push`."),
    name: z.string().trim().min(1).max(200).optional().describe("For people."),
    format: z.enum(pushFormats).describe("Of every frame. `raw` is rgb24: rows top first, R G B, no padding."),
    width: side.describe("Of every frame as shown (EXIF orientation applied), pixels: 16 to 8192."),
    height: side.describe("Of every frame as shown, pixels: 16 to 8192."),
    mode: z.enum(pushModes).describe("`latest`: a newer frame takes the place of one that waits. `lossless`: every frame is analysed."),
    settings: z.record(z.string(), z.unknown()).optional().describe("As `analysis` of POST /v1/streams, without `maxFps`."),
  })
  .describe("First message of a client: what it will send.");

export const readyMessageSchema = z
  .object({
    type: z.literal("ready"),
    ...head,
    streamId: streamIdSchema,
    credits: z.int().min(1).describe("Frames that may be without an answer at a time. Each answer gives one back."),
    maxFrameBytes: z.int().min(1).describe("Largest binary message, header included, bytes."),
  })
  .describe("The stream exists; frames may come.");

export const droppedMessageSchema = z
  .object({
    type: z.literal("dropped"),
    ...head,
    streamId: streamIdSchema,
    frameId: z.int().min(0).describe("The client's own number of the frame."),
    reason: z.enum([...dropReasons, "refused"]).describe("As in the stream's counters; `refused`: it did not get that far, `code` says why."),
    code: z.enum(codes).optional().describe("Only where it was refused."),
    message: z.string().optional().describe("Only where it was refused: what was expected and what came."),
  })
  .describe("The answer to a frame that was not analysed.");

export type PushFormat = (typeof pushFormats)[number];
export type PushMode = (typeof pushModes)[number];
export type PushConfigMessage = z.infer<typeof pushConfigSchema>;
export type ReadyMessage = z.infer<typeof readyMessageSchema>;
export type DroppedMessage = z.infer<typeof droppedMessageSchema>;
