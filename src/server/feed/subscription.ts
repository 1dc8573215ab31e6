// What a client asks of the feed: in the query of the address, or later in a `subscribe` message.

import { z } from "zod";
import { zodIssues } from "../../core/config.js";
import { AppError } from "../../core/errors.js";
import { clientMessageSchema, streamIdSchema, type SubscribeMessage } from "../../core/feed.js";
import { parseQuery } from "../query.js";

/** What one client gets. */
export interface Subscription {
  /** Undefined: all streams, also those added later. */
  readonly streams: ReadonlySet<string> | undefined;
  readonly preview: boolean;
  /** Undefined: pictures of all `streams`. */
  readonly previewStreams?: ReadonlySet<string> | undefined;
  /** Last seq that the client saw of each stream. */
  readonly resume: ReadonlyMap<string, number>;
}

const idList = z.array(streamIdSchema).min(1).max(256);
const seqText = z.string().regex(/^(?:-1|\d{1,15})$/, "expected a seq, -1 or more").transform(Number);
const resumePair = z.tuple([streamIdSchema, seqText]);

/** Query of `/v1/feed`. */
export const feedQuerySchema = z.strictObject({
  streams: z
    .string()
    .transform((text) => text.split(","))
    .pipe(idList)
    .optional()
    .describe("Stream ids, separated by commas. Absent: all streams, also those added later."),
  preview: z.enum(["none", "jpeg"]).optional().describe("`jpeg` adds binary messages with the picture of each frame."),
  resume: z
    .string()
    .transform((text) => text.split(",").map((pair) => pair.split(":") as [string, string]))
    .pipe(z.array(resumePair).max(256))
    .optional()
    .describe("`id:seq` pairs, separated by commas: buffered frames after that seq are sent again."),
  token: z.string().optional().describe("The server's token, for clients that can set no header."),
});

/** Reads the query of an upgrade request. @throws AppError `invalid_request` */
export function parseFeedQuery(query: URLSearchParams): Subscription {
  const { streams, preview, resume } = parseQuery(feedQuerySchema, query);
  return { streams: streams && new Set(streams), preview: preview === "jpeg", resume: new Map(resume) };
}

/** Reads a client's text message. @throws AppError `invalid_request` */
export function parseClientMessage(text: string): SubscribeMessage {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new AppError("invalid_request", `Expected JSON, received a text that is none: ${(cause as Error).message}`, { cause });
  }
  const parsed = clientMessageSchema.safeParse(value);
  if (!parsed.success) throw new AppError("invalid_request", "The message does not fit its schema.", { issues: zodIssues(parsed.error) });
  return parsed.data;
}

/** A subscription after a `subscribe` message: streams as it says, pictures or none as before where it does not say. */
export function changed(before: Subscription, message: SubscribeMessage): Subscription {
  return {
    streams: message.streams && new Set(message.streams),
    preview: message.preview === undefined ? before.preview : message.preview === "jpeg",
    previewStreams: message.previewStreams && new Set(message.previewStreams),
    resume: new Map(Object.entries(message.resume ?? {})),
  };
}
