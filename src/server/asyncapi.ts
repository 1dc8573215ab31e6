// The AsyncAPI 3.0 document of the WebSocket feed, written from the feed's schemas. `send` is what the server sends.

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
import { feedPath } from "./feed/upgrade.js";
import { feedQuerySchema } from "./feed/subscription.js";
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

const previewDescription =
  "Binary message, big-endian: u8 version (1), u8 kind (1: JPEG), u16 n, f64 seq, f64 ptsMs, n bytes stream id, the rest is the JPEG. " +
  "The frame message of the same stream and seq comes before it. Sent when the client asks for `preview=jpeg`.";

/** Describes the feed. */
export function asyncApiDocument(version: string, secured: boolean): object {
  const json = { ...sent, ...received };
  const shared: NamedSchemas = { Face: faceSchema, StreamStatus: streamStatusSchema };
  const named: NamedSchemas = { ...Object.fromEntries(Object.entries(json).map(([name, schema]) => [`${name}Message`, schema])), ...shared };
  const messages = Object.fromEntries(
    Object.entries(json).map(([name, schema]) => [
      name,
      { name, contentType: "application/json", ...(schema.description === undefined ? {} : { summary: schema.description }), payload: schemaOrRef(schema, named) },
    ]),
  );
  const preview = { name: "preview", contentType: "application/octet-stream", summary: "Picture of an analysed frame.", description: previewDescription, payload: { type: "string", format: "binary" } };
  return {
    asyncapi: "3.0.0",
    info: { title: "Emostream feed", version, description: "Clients ignore fields and message types that they do not know; a rising `v` says that the meaning of one changed." },
    defaultContentType: "application/json",
    channels: {
      feed: {
        address: feedPath,
        messages: Object.fromEntries([...Object.keys(json), "preview"].map((name) => [name, { $ref: `#/components/messages/${name}` }])),
        bindings: { ws: { method: "GET", query: queryBinding(), bindingVersion: "0.1.0" } },
      },
    },
    operations: {
      sendFeed: { action: "send", channel: { $ref: "#/channels/feed" }, messages: channelRefs([...Object.keys(sent), "preview"]) },
      receiveSubscribe: { action: "receive", channel: { $ref: "#/channels/feed" }, messages: channelRefs(Object.keys(received)) },
    },
    components: {
      messages: { ...messages, preview },
      schemas: componentSchemas(named),
      ...(secured ? { securitySchemes: { bearer: { type: "http", scheme: "bearer" } } } : {}),
    },
  };
}

function channelRefs(names: readonly string[]): object[] {
  return names.map((name) => ({ $ref: `#/channels/feed/messages/${name}` }));
}

/** The query as JSON Schema: what a client writes, before it is taken apart. */
function queryBinding(): object {
  const { $schema: _, ...schema } = z.toJSONSchema(feedQuerySchema, { io: "input" });
  return schema;
}
