// The AsyncAPI 3.0 document of the WebSockets (the feed, and pushed frames), written from their schemas. `send` is what the server sends.

import { z } from "zod";
import {
  byeMessageSchema,
  dropsMessageSchema,
  episodeMessageSchema,
  errorMessageSchema,
  faceSchema,
  frameMessageSchema,
  helloMessageSchema,
  streamMessageSchema,
  streamStatusSchema,
  subscribeMessageSchema,
} from "../core/feed.js";
import { droppedMessageSchema, pushConfigSchema, readyMessageSchema } from "../core/push.js";
import { feedPath } from "./feed/feed-door.js";
import { feedQuerySchema } from "./feed/subscription.js";
import { pushPath, pushQuerySchema } from "./push/push-door.js";
import { componentSchemas, schemaOrRef, type NamedSchemas } from "./json-schema.js";

const sent: NamedSchemas = {
  hello: helloMessageSchema,
  stream: streamMessageSchema,
  frame: frameMessageSchema,
  episode: episodeMessageSchema,
  drops: dropsMessageSchema,
  error: errorMessageSchema,
  bye: byeMessageSchema,
};
const received: NamedSchemas = { subscribe: subscribeMessageSchema };
/** Answers to pushed frames; `frame`, `error` and `bye` are the feed's. */
const answered: NamedSchemas = { ready: readyMessageSchema, dropped: droppedMessageSchema };
const declared: NamedSchemas = { config: pushConfigSchema };
const answers = [...Object.keys(answered), "frame", "error", "bye"];

const previewDescription =
  "Binary message, big-endian: u8 version (1), u8 kind (1: JPEG), u16 n, f64 seq, f64 ptsMs, n bytes stream id, the rest is the JPEG. " +
  "The frame message of the same stream and seq comes before it. Sent when the client asks for `preview=jpeg`.";

const pushedDescription =
  "Binary message, big-endian: u8 version (1), u8 kind (1), u16 0, f64 frame id (a whole number, larger than the one before), f64 capture time (milliseconds since 1970), the rest is the picture. " +
  "Each one is answered once, by a frame message with its frameId or by a dropped message.";

/** Describes both WebSockets. */
export function asyncApiDocument(version: string, secured: boolean): object {
  const json = { ...sent, ...received, ...answered, ...declared };
  const shared: NamedSchemas = { Face: faceSchema, StreamStatus: streamStatusSchema };
  const named: NamedSchemas = { ...Object.fromEntries(Object.entries(json).map(([name, schema]) => [`${name}Message`, schema])), ...shared };
  const messages = Object.fromEntries(
    Object.entries(json).map(([name, schema]) => [
      name,
      { name, contentType: "application/json", ...(schema.description === undefined ? {} : { summary: schema.description }), payload: schemaOrRef(schema, named) },
    ]),
  );
  const preview = binaryMessage("preview", "Picture of an analysed frame.", previewDescription);
  const pushedFrame = binaryMessage("pushedFrame", "A frame.", pushedDescription);
  return {
    asyncapi: "3.0.0",
    info: { title: "Emostream feed", version, description: "Clients ignore fields and message types that they do not know; a rising `v` says that the meaning of one changed." },
    defaultContentType: "application/json",
    channels: {
      feed: channel(feedPath, [...Object.keys(sent), ...Object.keys(received), "preview"], feedQuerySchema),
      push: channel(pushPath, [...answers, ...Object.keys(declared), "pushedFrame"], pushQuerySchema),
    },
    operations: {
      sendFeed: { action: "send", channel: { $ref: "#/channels/feed" }, messages: channelRefs("feed", [...Object.keys(sent), "preview"]) },
      receiveSubscribe: { action: "receive", channel: { $ref: "#/channels/feed" }, messages: channelRefs("feed", Object.keys(received)) },
      sendAnswers: { action: "send", channel: { $ref: "#/channels/push" }, messages: channelRefs("push", answers) },
      receiveFrames: { action: "receive", channel: { $ref: "#/channels/push" }, messages: channelRefs("push", [...Object.keys(declared), "pushedFrame"]) },
    },
    components: {
      messages: { ...messages, preview, pushedFrame },
      schemas: componentSchemas(named),
      ...(secured ? { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } } : {}),
    },
  };
}

function binaryMessage(name: string, summary: string, description: string): object {
  return { name, contentType: "application/octet-stream", summary, description, payload: { type: "string", format: "binary" } };
}

function channel(address: string, messages: readonly string[], query: z.ZodObject): object {
  return {
    address,
    messages: Object.fromEntries(messages.map((name) => [name, { $ref: `#/components/messages/${name}` }])),
    bindings: { ws: { method: "GET", query: queryBinding(query), bindingVersion: "0.1.0" } },
  };
}

function channelRefs(name: "feed" | "push", messages: readonly string[]): object[] {
  return messages.map((message) => ({ $ref: `#/channels/${name}/messages/${message}` }));
}

/** The query as JSON Schema: what a client writes, before it is taken apart. */
function queryBinding(query: z.ZodObject): object {
  const { $schema: _, ...schema } = z.toJSONSchema(query, { io: "input" });
  return schema;
}
