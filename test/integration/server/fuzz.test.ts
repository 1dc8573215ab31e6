// Nonsense of every kind: the answer is a documented refusal, never a defect, and the server goes on.

import { connect } from "node:net";
import * as fc from "fast-check";
import { expect, it } from "vitest";
import { eventually } from "./support/eventually.js";
import { DocumentedClient } from "./support/documented.js";
import { FeedSocket } from "./support/feed-socket.js";
import { startServer } from "./support/test-server.js";

const seeds = { numRuns: 150, seed: 20_260_101 };

it("answers any JSON body with a documented status", async () => {
  await using test = await startServer();
  const client = await DocumentedClient.open(test);
  const nearly = fc.record(
    { source: fc.oneof(fc.constant("rtsp://x/"), fc.constant("clip.mp4"), fc.string({ unit: "binary" }), fc.anything()), id: fc.oneof(fc.string(), fc.stringMatching(/^[a-z]{1,3}$/)), analysis: fc.anything(), loop: fc.anything() },
    { requiredKeys: [] },
  );
  await fc.assert(
    fc.asyncProperty(fc.oneof(nearly, fc.jsonValue()), async (body) => {
      // the client fails on undocumented statuses and on bodies that do not fit the document
      const { status } = await client.post("/v1/streams", body ?? null);
      expect(status).toBeLessThan(500);
    }),
    seeds,
  );
});

it("answers any path and query with a documented status", async () => {
  await using test = await startServer();
  const client = await DocumentedClient.open(test);
  const part = fc.oneof(fc.constantFrom("v1", "streams", "analyses", "predict", "feed", "snapshot.jpg", "..", "%2e%2e", "%00", "%ff", "healthz"), fc.webSegment());
  const path = fc.tuple(fc.array(part, { minLength: 1, maxLength: 5 }), fc.webQueryParameters()).map(([parts, query]) => `/${parts.join("/")}?${query}`);
  await fc.assert(
    fc.asyncProperty(fc.constantFrom("GET", "POST", "DELETE", "PATCH"), path, async (method, target) => {
      const response = await fetch(test.url + target, { method, redirect: "manual" });
      await response.arrayBuffer();
      expect([200, 303, 400, 404, 405, 415, 426], `${method} ${target}`).toContain(response.status);
    }),
    seeds,
  );
  expect((await client.call("GET", "/healthz")).status).toBe(200);
});

it("survives any bytes on a feed's socket", async () => {
  await using test = await startServer();
  const cam = await test.add("cam");
  await using witness = await FeedSocket.open(test.url);
  const handshake = "GET /v1/feed HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n";
  const known = [
    [0x81, 0x02, 0x7b, 0x7d], // not masked
    [0xf1, 0x80, 0, 0, 0, 0], // reserved bits
    [0x83, 0x80, 0, 0, 0, 0], // unknown opcode
    [0x81, 0x82, 0, 0, 0, 0, 0xff, 0xfe], // not UTF-8
    [0x80, 0x80, 0, 0, 0, 0], // continues nothing
    [0x88, 0x81, 0, 0, 0, 0, 1], // close code of one byte
    [0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], // 2^63 bytes announced
  ].map((bytes) => Uint8Array.from(bytes));
  const any = fc.oneof(fc.constantFrom(...known), fc.uint8Array({ minLength: 1, maxLength: 200 }));
  await fc.assert(
    fc.asyncProperty(any, async (bytes) => {
      await new Promise<void>((resolve, reject) => {
        const socket = connect(test.server.port, "127.0.0.1");
        socket.on("error", () => undefined);
        socket.on("close", () => resolve());
        socket.once("data", (data: Buffer) => {
          if (!data.toString("latin1").startsWith("HTTP/1.1 101")) reject(new Error("no upgrade"));
          socket.end(bytes);
        });
        socket.resume();
        socket.write(handshake);
      });
    }),
    { ...seeds, examples: known.map((bytes): [Uint8Array<ArrayBuffer>] => [bytes]) },
  );
  cam.emitResult();
  await witness.next("frame");
  await eventually(async () => /emostream_feed_clients (\d+)/.exec(await (await fetch(`${test.url}/metrics`)).text())?.[1]).toBe("1");
});
