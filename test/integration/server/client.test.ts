// The client module against a real server: messages, reconnects, catching up, ends.

import { describe, expect, it } from "vitest";
import { WebSocket as WsSocket } from "ws";
import { connectFeed, type FeedMessage, type FeedSocketConstructor } from "../../../src/client/index.js";
import { eventually } from "./support/eventually.js";
import { startServer } from "./support/test-server.js";

// Node 22 and newer have a WebSocket of their own, which differs in small things.
const own = (globalThis as { WebSocket?: FeedSocketConstructor }).WebSocket;
const implementations: [string, FeedSocketConstructor][] = [["ws", WsSocket], ...(own ? [["Node", own] as [string, FeedSocketConstructor]] : [])];

describe.each(implementations)("with the WebSocket of %s", (_name, WebSocket) => {
  it("iterates over messages and calls back", async () => {
    await using test = await startServer();
    const cam = await test.add("cam");
    const feed = connectFeed(test.url, { WebSocket, preview: "jpeg" });
    const pictures: number[] = [];
    feed.on("preview", ({ seq, jpeg }) => pictures.push(seq * 1000 + jpeg.length));
    const off = feed.on("hello", () => {
      cam.emitFrame();
      cam.emitFrame();
    });
    const seen: string[] = [];
    for await (const message of feed) {
      seen.push(message.type === "frame" || message.type === "preview" ? `${message.type} ${message.seq}` : message.type);
      if (message.type === "preview" && message.seq === 1) break;
    }
    off();
    expect(seen.filter((s) => s !== "stream")).toEqual(["hello", "frame 0", "preview 0", "frame 1", "preview 1"]);
    expect(pictures).toEqual([5, 1005]);
    feed.close();
    await feed.closed;
  });

  it("comes back after the server did, and misses no frame that is still remembered", async () => {
    await using test = await startServer();
    const cam = await test.add("cam");
    const feed = connectFeed(`${test.url}/`, { WebSocket });
    const events: string[] = [];
    feed.on("open", ({ attempt }) => events.push(`open ${attempt}`));
    feed.on("disconnect", ({ code, retryInMs }) => events.push(`disconnect ${code} ${retryInMs > 0 && retryInMs <= 500}`));
    const reader = feed[Symbol.asyncIterator]();
    await until(reader, (m) => m.type === "stream");
    cam.emitResult();
    await until(reader, (m) => m.type === "frame");
    await test.server.close();
    await until(reader, (m) => m.type === "bye");
    await using again = await startServer({ server: { port: test.server.port } });
    const same = await again.add("cam");
    for (let n = 0; n < 4; n++) same.emitResult();
    const seqs: number[] = [];
    await until(reader, (m) => {
      if (m.type === "frame") seqs.push(m.seq);
      return m.type === "frame" && m.seq === 3;
    });
    expect(seqs).toEqual([1, 2, 3]);
    expect(events.slice(0, 2)).toEqual(["open 0", "disconnect 1001 true"]);
    expect(events.at(-1)).toMatch(/^open [1-9]/);
    feed.close();
  });

  it("changes its subscription, also for the next connection", async () => {
    await using test = await startServer();
    const a = await test.add("a");
    const b = await test.add("b");
    const feed = connectFeed(test.url, { WebSocket, streams: ["a"] });
    const reader = feed[Symbol.asyncIterator]();
    await until(reader, (m) => m.type === "stream" && m.streamId === "a");
    feed.subscribe({ streams: ["b"], preview: "jpeg" });
    await until(reader, (m) => m.type === "stream" && m.streamId === "b");
    a.emitFrame();
    b.emitFrame();
    const first = await until(reader, (m) => m.type === "frame" || m.type === "preview");
    expect(first).toMatchObject({ type: "frame", streamId: "b" });
    await test.server.close();
    await using again = await startServer({ server: { port: test.server.port } });
    const after = await again.add("b");
    await until(reader, (m) => m.type === "hello");
    await eventually(() => after.preview$.observed).toBe(true);
    feed.close();
  });

  it("ends its loops on close, on abort and when the loop leaves", async () => {
    await using test = await startServer();
    const abort = new AbortController();
    const feed = connectFeed(test.url, { WebSocket, signal: abort.signal });
    const types: string[] = [];
    const loop = (async () => {
      for await (const message of feed) {
        types.push(message.type);
        abort.abort();
      }
    })();
    await loop;
    await feed.closed;
    expect(types).toEqual(["hello"]);
    for await (const message of feed) expect.unreachable(message.type);
    const never = connectFeed(test.url, { WebSocket, signal: AbortSignal.abort() });
    await never.closed;
  });

  it("does not go on when the server refuses it for good", async () => {
    await using test = await startServer({ server: { token: "correct-horse" } });
    const refused = connectFeed(test.url, { WebSocket, token: "wrong-horse" });
    await expect(refused.closed).rejects.toMatchObject({ name: "FeedRefused", status: 401, message: expect.stringContaining("token") });
    await expect(refused[Symbol.asyncIterator]().next()).rejects.toMatchObject({ status: 401 });
    const misspelt = connectFeed(test.url, { WebSocket, token: "correct-horse", streams: ["Not An Id"] });
    const reader = misspelt[Symbol.asyncIterator]();
    await expect(reader.next()).rejects.toMatchObject({ status: 400 });
    expect(await reader.next()).toEqual({ done: true, value: undefined });
    const right = connectFeed(`${test.url}/?token=correct-horse`, { WebSocket });
    await until(right[Symbol.asyncIterator](), (m) => m.type === "hello");
    right.close();
  });

  it("goes on trying where nobody listens, and can be closed meanwhile", async () => {
    const test = await startServer();
    const { url } = test;
    await test[Symbol.asyncDispose]();
    const feed = connectFeed(url, { WebSocket });
    const delays: number[] = [];
    await new Promise<void>((resolve) => {
      feed.on("disconnect", ({ retryInMs }) => {
        delays.push(retryInMs);
        if (delays.length === 2) resolve();
      });
    });
    expect(delays[0]).toBeGreaterThanOrEqual(250);
    expect(delays[0]).toBeLessThanOrEqual(500);
    expect(delays[1]).toBeGreaterThanOrEqual(500);
    feed.close();
    await feed.closed;
  });
});

it("says at once what it cannot work with", () => {
  expect(() => connectFeed("ftp://x/", { WebSocket: WsSocket })).toThrow(TypeError);
  expect(() => connectFeed("nonsense", { WebSocket: WsSocket })).toThrow(TypeError);
  if (!own) expect(() => connectFeed("http://127.0.0.1:1")).toThrow("Expected a global WebSocket");
});

async function until(reader: AsyncIterator<FeedMessage>, fits: (message: FeedMessage) => boolean): Promise<FeedMessage> {
  for (;;) {
    const { done, value } = await reader.next();
    if (done === true) throw new Error("the feed ended");
    if (fits(value)) return value;
  }
}
