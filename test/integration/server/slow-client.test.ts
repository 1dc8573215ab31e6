// A client that does not read costs bounded memory, is told what it missed, and disturbs nobody.

import { once } from "node:events";
import { connect, type Socket } from "node:net";
import { randomBytes } from "node:crypto";
import { expect, it } from "vitest";
import { eventually } from "./support/eventually.js";
import { FeedSocket } from "./support/feed-socket.js";
import { startServer, type TestServer } from "./support/test-server.js";

const jpeg = randomBytes(200_000);
const queueMessages = 8;
/** Handed to the socket, one message more, and the queue with as many pictures as it holds. */
const heldLimit = 256 * 1024 + (queueMessages + 1) * (jpeg.length + 64);

/** A client that completes its handshake and then stops reading. */
async function deafClient(test: TestServer): Promise<Socket> {
  const socket = connect(test.server.port, "127.0.0.1");
  socket.write(`GET /v1/feed?preview=jpeg HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n`);
  await once(socket, "readable");
  return socket;
}

async function metric(test: TestServer, name: string): Promise<number> {
  const text = await (await fetch(`${test.url}/metrics`)).text();
  return Number(text.split("\n").find((line) => line.startsWith(`${name} `))?.split(" ")[1]);
}

it("bounds what a deaf client holds and leaves the others alone", async () => {
  await using test = await startServer({ feed: { queueMessages } });
  const cam = await test.add("cam");
  await using good = await FeedSocket.open(test.url, "/v1/feed?preview=jpeg");
  const deaf = await deafClient(test);
  const frames = 150;
  let most = 0;
  for (let n = 0; n < frames; n++) {
    cam.emitFrame(jpeg);
    await good.next("preview", (m) => m.seq === n);
    if (n % 25 === 24) most = Math.max(most, await metric(test, "emostream_feed_held_bytes"));
  }
  // everything reached the good one, in order
  expect(good.of("frame").map((m) => m.seq)).toEqual(Array.from({ length: frames }, (_, n) => n));
  expect(good.of("preview").map((m) => m.seq)).toEqual(Array.from({ length: frames }, (_, n) => n));
  expect(good.of("drops")).toEqual([]);
  const droppedPreviews = await metric(test, 'emostream_feed_dropped_total{kind="preview"}');
  expect(droppedPreviews).toBeGreaterThan(10);
  expect(most).toBeGreaterThan(jpeg.length);
  expect(most).toBeLessThan(heldLimit);
  deaf.destroy();
  await eventually(() => metric(test, "emostream_feed_clients")).toBe(1);
  // what was left out stays counted
  expect(await metric(test, 'emostream_feed_dropped_total{kind="preview"}')).toBeGreaterThanOrEqual(droppedPreviews);
});

it("tells a client that reads again what it missed, and gives it the newest", async () => {
  await using test = await startServer({ feed: { queueMessages } });
  const cam = await test.add("cam");
  await using slow = await FeedSocket.open(test.url, "/v1/feed?preview=jpeg");
  slow.socket.pause();
  const frames = 200;
  for (let n = 0; n < frames; n++) {
    cam.emitFrame(jpeg);
    await new Promise((resolve) => setImmediate(resolve));
  }
  await eventually(() => metric(test, 'emostream_feed_dropped_total{kind="frame"}')).toBeGreaterThan(0);
  slow.socket.resume();
  await slow.next("frame", (m) => m.seq === frames - 1);
  const drops = await slow.next("drops", (m) => m.frames + slow.of("frame").length === frames);
  await slow.until(() => (drops.previews + slow.of("preview").length === frames ? true : undefined));
  const seqs = slow.of("frame").map((m) => m.seq);
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
  // every picture has its result, before it
  for (const [at, message] of slow.received.entries()) {
    if (message.type === "preview") expect(slow.received.findIndex((m) => m.type === "frame" && m.seq === message.seq)).toBeLessThan(at);
  }
  expect(slow.received.some((m) => m.type === "frame" && m.seq < frames - queueMessages * 2)).toBe(true);
});

it("cuts off a client that asks and asks and reads no answer", async () => {
  await using test = await startServer();
  const cam = await test.add("cam");
  const deaf = await deafClient(test);
  // fill what the network holds for it, so that answers have to wait
  for (let n = 0; n < 60; n++) {
    cam.emitFrame(jpeg);
    await new Promise((resolve) => setImmediate(resolve));
  }
  const payload = Buffer.from("{}");
  const frame = Buffer.concat([Buffer.from([0x81, 0x80 | payload.length, 0, 0, 0, 0]), payload]);
  for (let n = 0; n < 25; n++) deaf.write(frame);
  await eventually(() => metric(test, "emostream_feed_clients")).toBe(0);
  deaf.destroy();
});

it("closes with bye or without in bounded time while a client does not read", async () => {
  await using test = await startServer();
  const cam = await test.add("cam");
  const deaf = await deafClient(test);
  for (let n = 0; n < 60; n++) cam.emitFrame(jpeg);
  const begun = performance.now();
  await test.server.close();
  expect(performance.now() - begun).toBeLessThan(10_000);
  deaf.destroy();
});
