// The AsyncAPI document against real traffic, and both documents against the rules of their kind.

import { expect, it } from "vitest";
import { DocumentedClient, schemaChecker } from "./support/documented.js";
import { FeedSocket } from "./support/feed-socket.js";
import { startServer } from "./support/test-server.js";

interface AsyncApi {
  readonly asyncapi: string;
  readonly channels: { readonly feed: { readonly address: string; readonly messages: Record<string, { $ref: string }>; readonly bindings: { ws: { query: { properties: object } } } } };
  readonly operations: Record<string, { action: string; channel: { $ref: string }; messages: { $ref: string }[] }>;
  readonly components: { readonly messages: Record<string, unknown> };
}

function resolve(document: object, pointer: string): unknown {
  return pointer
    .slice(2)
    .split("/")
    .reduce<unknown>((at, key) => (at as Record<string, unknown> | undefined)?.[key.replaceAll("~1", "/").replaceAll("~0", "~")], document);
}

function references(value: unknown): string[] {
  if (value === null || typeof value !== "object") return [];
  return Object.entries(value).flatMap(([key, inner]) => (key === "$ref" && typeof inner === "string" ? [inner] : references(inner)));
}

it("describes every message that the feed sends", async () => {
  await using test = await startServer({ feed: { queueMessages: 1 } });
  const document = (await (await fetch(`${test.url}/asyncapi.json`)).json()) as AsyncApi;
  expect(document.asyncapi).toBe("3.0.0");
  expect(document.channels.feed.address).toBe("/v1/feed");
  const schema = schemaChecker(document);
  await test.server.addStream({ id: "cam", source: "rtsp://x/" }, { persist: false });
  const cam = test.stream("cam");
  await using feed = await FeedSocket.open(test.url, "/v1/feed?preview=jpeg");
  cam.enter("reconnecting", { attempt: 1, nextTryAt: new Date().toISOString(), reason: { code: "refused", message: "No." } });
  cam.enter("live", { width: 640, height: 360, codec: "h264", sourceFps: 25, fps: 3, latencyMs: 8.5 });
  cam.emitEpisode();
  feed.send("{}");
  await feed.next("error");
  // more than the network takes at once, so that messages are left out
  feed.socket.pause();
  const jpeg = new Uint8Array(300_000);
  for (let n = 0; n < 100; n++) {
    cam.emitFrame(jpeg);
    await new Promise((done) => setImmediate(done));
  }
  feed.socket.resume();
  await feed.next("drops");
  await test.server.close();
  await feed.closed;
  const seen = new Set(feed.received.map((m) => m.type));
  expect([...seen].toSorted()).toEqual(["bye", "drops", "episode", "error", "frame", "hello", "preview", "stream"]);
  expect(Object.keys(document.channels.feed.messages).toSorted()).toEqual([...seen, "subscribe"].toSorted());
  for (const message of feed.received) {
    if (message.type === "preview") continue;
    const validate = schema(`/components/messages/${message.type}/payload`);
    expect(validate(message), `${JSON.stringify(validate.errors)} in ${JSON.stringify(message)}`).toBe(true);
    expect(validate({ ...message, v: 2 })).toBe(false);
    expect(validate({ ...message, later: "a field of tomorrow" })).toBe(true);
  }
});

it("has no reference that leads nowhere", async () => {
  await using test = await startServer();
  for (const path of ["/openapi.json", "/asyncapi.json"]) {
    const document = (await (await fetch(test.url + path)).json()) as object;
    const found = references(document);
    expect(found.length).toBeGreaterThan(10);
    for (const pointer of found) expect(resolve(document, pointer), pointer).toBeDefined();
  }
});

it("describes operations with unique ids, their parameters and bodies", async () => {
  await using test = await startServer();
  const { document } = await DocumentedClient.open(test);
  expect(document.openapi).toBe("3.1.0");
  const operations = Object.values(document.paths).flatMap((methods) => Object.values(methods)) as unknown as { operationId: string }[];
  expect(new Set(operations.map((o) => o.operationId)).size).toBe(operations.length);
  expect(document.paths["/v1/streams"]?.["post"]).toMatchObject({ requestBody: { required: true, content: { "application/json": { schema: { $ref: "#/components/schemas/StreamRequest" } } } } });
  expect(document.paths["/v1/streams/{id}/snapshot.jpg"]?.["get"]).toMatchObject({
    parameters: [
      { name: "id", in: "path", required: true, schema: { type: "string" } },
      { name: "timeoutMs", in: "query", required: false, schema: { type: "integer", default: 5000 } },
    ],
  });
});
