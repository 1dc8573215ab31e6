// The feed over real WebSockets: what arrives, in which order, for whom.

import { expect, it } from "vitest";
import { helloMessageSchema } from "../../../src/core/feed.js";
import { eventually } from "./support/eventually.js";
import { face } from "./support/fake-stream.js";
import { FeedSocket, refusedUpgrade } from "./support/feed-socket.js";
import { startServer } from "./support/test-server.js";

it("greets with hello and the state of every stream", async () => {
  await using test = await startServer();
  const lobby = await test.add("lobby");
  lobby.enter("live", { width: 640, height: 360 });
  await using feed = await FeedSocket.open(test.url);
  expect(feed.received[0]).toEqual({
    type: "hello",
    v: 1,
    server: "emostream 1.2.3",
    role: "admin",
    engine: { name: "noop", version: "1", models: [{ name: "none", role: "detector", version: "1" }] },
    uncertainBelow: 0.5,
    labels: ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"],
    streams: ["lobby"],
  });
  expect(await feed.next("stream")).toMatchObject({ streamId: "lobby", seq: -1, status: { state: "live", width: 640 } });
});

it("says in hello which prior and threshold are in force", async () => {
  const emotion = { model: "ours", version: "2", prior: 0.4, temperature: 0.7, uncertainBelow: 0.65 };
  const info = { name: "human", version: "1", models: [], emotion };
  await using byModel = await startServer({ deps: { engineInfo: info } });
  await using feed = await FeedSocket.open(byModel.url);
  expect(helloMessageSchema.parse(feed.received[0])).toMatchObject({ emotion, uncertainBelow: 0.65 });
});

it("says in hello what the models calculate with", async () => {
  const models = [{ name: "ours", role: "detector", version: "2", precision: "mixed" }, { name: "theirs", role: "emotion", version: "1" }] as const;
  await using test = await startServer({ deps: { engineInfo: { name: "emostream", version: "2", models } } });
  await using feed = await FeedSocket.open(test.url);
  expect(helloMessageSchema.parse(feed.received[0]).engine.models).toEqual(models);
  expect(((await (await fetch(`${test.url}/v1/info`)).json()) as { engine: { models: unknown } }).engine.models).toEqual(models);
});

it("says in hello that faces get a baseline", async () => {
  await using test = await startServer({ analysis: { baseline: { mode: "first", seconds: 3 } } });
  await using feed = await FeedSocket.open(test.url);
  expect(helloMessageSchema.parse(feed.received[0])).toMatchObject({ baseline: { mode: "first", seconds: 3 } });
});

it("sends results to everybody and pictures to those who asked, never before their result", async () => {
  await using test = await startServer();
  const lobby = await test.add("lobby");
  await using plain = await FeedSocket.open(test.url);
  expect(lobby.preview$.observed).toBe(false);
  await using viewer = await FeedSocket.open(test.url, "/v1/feed?preview=jpeg");
  expect(lobby.preview$.observed).toBe(true);
  // pictures 0 and 1 are ready before their results; 1 never gets one
  lobby.emitPreview(0);
  lobby.emitPreview(1);
  lobby.emitPreview(2);
  lobby.emitResult();
  lobby.lastSeq = 1;
  lobby.emitResult();
  lobby.emitFrame();
  await viewer.next("preview", (m) => m.seq === 3);
  const order = viewer.received.filter((m) => m.type === "frame" || m.type === "preview").map((m) => `${m.type} ${m.seq}`);
  expect(order).toEqual(["frame 0", "preview 0", "frame 2", "preview 2", "frame 3", "preview 3"]);
  const [picture] = viewer.of("preview");
  expect(picture).toMatchObject({ streamId: "lobby", ptsMs: 0 });
  expect([...(picture?.jpeg ?? [])]).toEqual([0xff, 0xd8, 0, 0xff, 0xd9]);
  const frame = await plain.next("frame", (m) => m.seq === 3);
  expect(frame).toMatchObject({ type: "frame", v: 1, streamId: "lobby", seq: 3, ptsMs: 120, latencyMs: 12.5, width: 640, height: 360, faces: [face] });
  expect(plain.of("preview")).toEqual([]);
  await viewer[Symbol.asyncDispose]();
  await eventually(() => lobby.preview$.observed).toBe(false);
});

it("sends only the streams that were named, and those added later", async () => {
  await using test = await startServer();
  const a = await test.add("a");
  const b = await test.add("b");
  await using feed = await FeedSocket.open(test.url, "/v1/feed?streams=a,later");
  expect(await feed.next("error")).toMatchObject({ code: "stream_not_found", streamId: "later" });
  b.emitResult();
  a.emitResult();
  const later = await test.add("later");
  later.emitResult();
  await feed.next("frame", (m) => m.streamId === "later");
  expect(feed.of("frame").map((m) => m.streamId)).toEqual(["a", "later"]);
  expect(feed.of("stream").map((m) => m.streamId)).not.toContain("b");
});

it("changes what it sends on subscribe", async () => {
  await using test = await startServer();
  const a = await test.add("a");
  const b = await test.add("b");
  await using feed = await FeedSocket.open(test.url, "/v1/feed?streams=a");
  feed.send({ type: "subscribe", streams: ["b"], preview: "jpeg" });
  await feed.next("stream", (m) => m.streamId === "b");
  expect([a.preview$.observed, b.preview$.observed]).toEqual([false, true]);
  a.emitFrame();
  b.emitFrame();
  await feed.next("preview");
  expect(feed.of("frame").map((m) => m.streamId)).toEqual(["b"]);
  feed.send({ type: "subscribe" });
  await feed.next("stream", (m) => m.streamId === "a" && m.seq === 0);
  // pictures go on as before where `subscribe` does not mention them
  expect(a.preview$.observed).toBe(true);
});

it("makes pictures only of the streams that somebody wants pictures of", async () => {
  await using test = await startServer();
  const [a, b] = [await test.add("a"), await test.add("b")];
  await using feed = await FeedSocket.open(test.url);
  feed.send({ type: "subscribe", preview: "jpeg", previewStreams: ["b"] });
  await eventually(() => [a.preview$.observed, b.preview$.observed]).toEqual([false, true]);
  a.emitFrame();
  b.emitFrame();
  await feed.next("preview");
  // Results come of both.
  expect(feed.of("frame").map((m) => m.streamId)).toEqual(["a", "b"]);
  expect(feed.of("preview").map((m) => m.streamId)).toEqual(["b"]);
  feed.send({ type: "subscribe", previewStreams: [] });
  await eventually(() => b.preview$.observed).toBe(false);
  feed.send({ type: "subscribe" });
  await eventually(() => [a.preview$.observed, b.preview$.observed]).toEqual([true, true]);
});

it("sends remembered frames again after resume, each once", async () => {
  await using test = await startServer({ feed: { resumeFrames: 5 } });
  const a = await test.add("a");
  for (let i = 0; i < 10; i++) a.emitResult();
  await using feed = await FeedSocket.open(test.url, "/v1/feed?resume=a:6");
  await feed.next("frame", (m) => m.seq === 9);
  expect(feed.of("frame").map((m) => m.seq)).toEqual([7, 8, 9]);
  await using late = await FeedSocket.open(test.url);
  a.emitResult();
  await late.next("frame", (m) => m.seq === 10);
  late.send({ type: "subscribe", resume: { a: 2, unknown: 1 } });
  await late.next("frame", (m) => m.seq === 9);
  // 10 went out on this connection before, 6 is the oldest one remembered
  expect(late.of("frame").map((m) => m.seq)).toEqual([10, 6, 7, 8, 9]);
});

/** Frames and events of episodes as they came. */
function framesAndEpisodes({ received }: FeedSocket): string[] {
  return received.flatMap((m) => (m.type === "frame" ? [`frame ${m.seq}`] : m.type === "episode" ? [`${m.event} ${m.seq}`] : []));
}

it("sends events of episodes before the frame they came with, and again with it after resume", async () => {
  await using test = await startServer({ feed: { resumeFrames: 2 } });
  const a = await test.add("a");
  await using feed = await FeedSocket.open(test.url);
  a.emitResult();
  a.emitEpisode();
  a.emitResult();
  a.emitResult();
  a.emitEpisode({ event: "peak", seq: 1, ptsMs: 40 });
  a.emitEpisode({ event: "offset", seq: 2, epoch: 1 });
  a.emitResult();
  await feed.next("frame", (m) => m.seq === 3);
  expect(framesAndEpisodes(feed)).toEqual(["frame 0", "onset 0", "frame 1", "frame 2", "peak 1", "offset 2", "frame 3"]);
  expect(feed.of("episode")[0]).toEqual({ type: "episode", v: 1, streamId: "a", seq: 0, ptsMs: 0, event: "onset", episodeId: 1, trackId: 1, emotion: "happiness", raw: 0.9, smoothed: 0.61, sinceOnsetMs: 0 });
  expect(feed.of("episode")[2]).toMatchObject({ epoch: 1, seq: 2 });
  // Two frames are remembered, each with what came just before it.
  await using late = await FeedSocket.open(test.url, "/v1/feed?resume=a:1");
  await late.next("frame", (m) => m.seq === 3);
  expect(framesAndEpisodes(late)).toEqual(["frame 2", "peak 1", "offset 2", "frame 3"]);
  await using other = await FeedSocket.open(test.url, "/v1/feed?streams=b&resume=a:1");
  await other.next("error");
  expect(framesAndEpisodes(other)).toEqual([]);
});

it("tells changes of state, and that a stream was removed", async () => {
  await using test = await startServer();
  await test.server.addStream({ id: "cam", source: "rtsp://camera.test/" }, { persist: false });
  await using feed = await FeedSocket.open(test.url);
  test.stream("cam").enter("reconnecting", { attempt: 2, reason: { code: "refused", message: "Nothing listens." }, nextTryAt: "2026-01-01T00:00:00.000Z" });
  expect(await feed.next("stream", (m) => m.status.state === "reconnecting")).toMatchObject({ status: { attempt: 2, reason: { code: "refused" } } });
  expect((await fetch(`${test.url}/v1/streams/cam`, { method: "DELETE" })).status).toBe(204);
  expect(await feed.next("stream", (m) => m.removed === true)).toMatchObject({ streamId: "cam", status: { state: "stopped" } });
});

it("sends changed figures about once a second", async () => {
  await using test = await startServer();
  const a = await test.add("a");
  await using feed = await FeedSocket.open(test.url);
  a.dropped.superseded = 3;
  a.status = { ...a.status, fps: 24.5 };
  expect(await feed.next("stream", (m) => m.status.fps === 24.5)).toMatchObject({ counters: { decoded: 3, dropped: { superseded: 3 } } });
});

it.each([
  ["no JSON", "{nope"],
  ["another type", '{"type":"shout"}'],
  ["a bad id", '{"type":"subscribe","streams":["A B"]}'],
  ["an unknown key", '{"type":"subscribe","pictures":true}'],
  ["a bad resume", '{"type":"subscribe","resume":{"a":-2}}'],
  ["an array", "[]"],
  ["null", "null"],
])("refuses %s with an error message and stays open", async (_name, text) => {
  await using test = await startServer();
  const a = await test.add("a");
  await using feed = await FeedSocket.open(test.url);
  feed.send(text);
  const error = await feed.next("error");
  expect(error.code).toBe("invalid_request");
  a.emitResult();
  await feed.next("frame");
});

it("refuses binary messages, closes on oversized ones and on floods", async () => {
  await using test = await startServer();
  await using feed = await FeedSocket.open(test.url);
  feed.socket.send(Buffer.from([1, 2, 3]));
  expect((await feed.next("error")).message).toContain("binary");
  feed.socket.send("x".repeat(70_000));
  expect((await feed.closed).code).toBe(1009);
  await using talker = await FeedSocket.open(test.url);
  for (let i = 0; i < 40; i++) talker.send({ type: "subscribe" });
  expect((await talker.next("bye")).code).toBe("too_many");
  expect(await talker.closed).toEqual({ code: 1013, reason: "too_many" });
});

it("refuses upgrades of other paths, with bad queries, and beyond the limit of clients", async () => {
  await using test = await startServer({ feed: { maxClients: 1 } });
  expect(await refusedUpgrade(test.url, "/v1/nothing")).toMatchObject({ status: 404, body: { code: "route_not_found" } });
  expect(await refusedUpgrade(test.url, "/v1/feed?streams=A%20B")).toMatchObject({ status: 400, body: { code: "invalid_request", issues: [{ path: "streams.0" }] } });
  expect(await refusedUpgrade(test.url, "/v1/feed?preview=png")).toMatchObject({ status: 400 });
  expect(await refusedUpgrade(test.url, "/v1/feed?preview=jpeg&preview=none")).toMatchObject({ status: 400 });
  expect(await refusedUpgrade(test.url, "/v1/feed?resume=a")).toMatchObject({ status: 400 });
  await using _feed = await FeedSocket.open(test.url);
  expect(await refusedUpgrade(test.url, "/v1/feed")).toMatchObject({ status: 429, body: { code: "too_many" } });
});

it("closes a client that answers no pings", async () => {
  await using test = await startServer({ feed: { pingIntervalMs: 100 } });
  await using alive = await FeedSocket.open(test.url);
  await using dead = await FeedSocket.open(test.url, "/v1/feed", { autoPong: false });
  expect((await dead.closed).code).toBe(1006);
  expect(alive.socket.readyState).toBe(alive.socket.OPEN);
});

it("says bye when it closes", async () => {
  await using test = await startServer();
  const a = await test.add("a");
  await using feed = await FeedSocket.open(test.url);
  await test.server.close();
  expect(await feed.next("bye")).toMatchObject({ code: "shutting_down" });
  expect(await feed.closed).toEqual({ code: 1001, reason: "shutting_down" });
  expect(a.calls).toEqual(["start", "stop"]);
  expect([a.result$.observed, a.preview$.observed, a.status$.observed]).toEqual([false, false, false]);
});
