// Pushed frames over real sockets: exactly one answer for each, the conservation law, credits, both modes, the life of a pushed stream.

import sharp from "sharp";
import { expect, it } from "vitest";
import { frameMessageSchema } from "../../../src/core/feed.js";
import { droppedMessageSchema, readyMessageSchema } from "../../../src/core/push.js";
import { schemaChecker } from "./support/documented.js";
import { eventually } from "./support/eventually.js";
import { FeedSocket, refusedUpgrade } from "./support/feed-socket.js";
import { isConserved, picture, PushSocket, startPushServer } from "./support/push-rig.js";

const none = { pool_dry: 0, superseded: 0, paced: 0, engine_failed: 0, worker_lost: 0, worker_hung: 0, poisonous: 0, stopped: 0, paused: 0 };

it("answers a frame with its result, its own id and its capture time", async () => {
  await using test = await startPushServer();
  await using push = await PushSocket.open(test.url, { name: "Desk" });
  expect(push.received).toEqual([{ type: "ready", v: 1, streamId: "cam", credits: 4, maxFrameBytes: 20 + 64 * 48 * 3 + 65_536 }]);
  push.frame(7, await picture("jpeg"), 1_700_000_000_123.5);
  push.frame(9, await picture("jpeg"), 1_700_000_000_164);
  expect([await push.answer(7), await push.answer(9)]).toEqual(["frame", "frame"]);
  const [first, second] = push.of("frame");
  expect(first).toMatchObject({ streamId: "cam", seq: 0, frameId: 7, ptsMs: 0, capturedAt: "2023-11-14T22:13:20.123Z", width: 64, height: 48, faces: [] });
  expect(second).toMatchObject({ seq: 1, frameId: 9, ptsMs: 40.5 });
  expect(await test.counters("cam")).toEqual({ decoded: 2, analysed: 2, inFlight: 0, dropped: none });
  const [listed] = ((await (await fetch(`${test.url}/v1/streams`)).json()) as { streams: object[] }).streams;
  expect(listed).toMatchObject({ id: "cam", name: "Desk", source: "pushed by a client", state: "live", width: 64, height: 48, codec: "mjpeg", persistent: false, settings: { live: false } });
});

it.each(["jpeg", "webp"] as const)("takes %s larger than the analysed size, and shows it to others on the feed with its picture", async (format) => {
  await using test = await startPushServer();
  await using feed = await FeedSocket.open(test.url, "/v1/feed?preview=jpeg");
  await using push = await PushSocket.open(test.url, { format, width: 1000, height: 700, settings: { maxSide: 200, largeMaxSide: 400 } });
  push.frame(1, await picture(format, 1000, 700));
  expect(await push.answer(1)).toBe("frame");
  const shown = await feed.next("frame");
  expect(shown).toMatchObject({ streamId: "cam", frameId: 1, width: 1000, height: 700 });
  const preview = await feed.next("preview");
  expect(preview.seq).toBe(shown.seq);
  // The colour came through every step in the right order of its channels.
  const { data, info } = await sharp(preview.jpeg).raw().toBuffer({ resolveWithObject: true });
  expect([info.width, info.height]).toEqual([320, 224]);
  const middle = (112 * 320 + 160) * 3;
  for (const [at, value] of [200, 60, 30].entries()) expect(Math.abs(data[middle + at]! - value)).toBeLessThan(8);
});

it("takes raw rgb24, scaled or as it is", async () => {
  await using test = await startPushServer();
  for (const [id, settings] of [["whole", {}], ["scaled", { maxSide: 64, largeMaxSide: 80 }]] as const) {
    await using push = await PushSocket.open(test.url, { streamId: id, format: "raw", width: 100, height: 50, settings });
    push.frame(0, new Uint8Array(100 * 50 * 3).fill(90));
    expect(await push.answer(0)).toBe("frame");
  }
});

it("lossless loses nothing, however slow the engine: the credits hold the client", async () => {
  await using test = await startPushServer();
  await using push = await PushSocket.open(test.url);
  const jpeg = await picture("jpeg");
  const frames = 60;
  let sent = 0;
  test.engine.held = true;
  while (push.of("frame").length < frames) {
    const answered = push.of("frame").length;
    while (sent < frames && sent - answered < 4) push.frame(sent++, jpeg);
    // One picture is in the engine; nothing else can be answered before it.
    await eventually(() => test.engine.waiting).toBe(1);
    const { decoded, analysed, inFlight, dropped } = await test.counters("cam");
    expect(isConserved({ decoded, analysed, inFlight, dropped })).toBe(true);
    test.engine.release();
    await push.until(() => (push.of("frame").length > answered ? true : undefined));
  }
  expect(push.of("frame").map((m) => m.frameId)).toEqual(Array.from({ length: frames }, (_, n) => n));
  expect(push.of("frame").map((m) => m.seq)).toEqual(Array.from({ length: frames }, (_, n) => n));
  expect(push.of("dropped")).toEqual([]);
  expect(await test.counters("cam")).toEqual({ decoded: frames, analysed: frames, inFlight: 0, dropped: none });
});

it("latest drops what a newer frame replaced, tells which, and counts it", async () => {
  await using test = await startPushServer();
  await using push = await PushSocket.open(test.url, { mode: "latest" });
  const jpeg = await picture("jpeg");
  test.engine.held = true;
  push.frame(0, jpeg);
  await eventually(() => test.engine.waiting).toBe(1);
  for (const id of [1, 2, 3]) push.frame(id, jpeg);
  expect([await push.answer(1), await push.answer(2)]).toEqual(["superseded", "superseded"]);
  // Their credits are back: the window is 4, and two are open.
  for (const id of [4, 5]) push.frame(id, jpeg);
  expect([await push.answer(3), await push.answer(4)]).toEqual(["superseded", "superseded"]);
  expect(await test.counters("cam")).toMatchObject({ analysed: 0, dropped: { ...none, superseded: 4 } });
  test.engine.held = false;
  test.engine.release();
  expect([await push.answer(0), await push.answer(5)]).toEqual(["frame", "frame"]);
  for (const id of [0, 1, 2, 3, 4, 5]) expect(push.answers(id)).toHaveLength(1);
  expect(await test.counters("cam")).toEqual({ decoded: 6, analysed: 2, inFlight: 0, dropped: { ...none, superseded: 4 } });
});

it("a frame that the engine fails on is told so, and the next one goes on", async () => {
  await using test = await startPushServer();
  await using push = await PushSocket.open(test.url);
  test.engine.failures = 1;
  push.frame(0, await picture("jpeg"));
  push.frame(1, await picture("jpeg"));
  expect([await push.answer(0), await push.answer(1)]).toEqual(["engine_failed", "frame"]);
  expect(await test.counters("cam")).toEqual({ decoded: 2, analysed: 1, inFlight: 0, dropped: { ...none, engine_failed: 1 } });
});

it("a clock that was set back begins a new epoch", async () => {
  await using test = await startPushServer();
  await using push = await PushSocket.open(test.url);
  const jpeg = await picture("jpeg");
  for (const [id, capturedAtMs] of [5000, 5040, 1000, 1000, 1040].entries()) {
    push.frame(id, jpeg, capturedAtMs);
    await push.answer(id);
  }
  expect(push.of("frame").map(({ epoch = 0, ptsMs }) => [epoch, ptsMs])).toEqual([
    [0, 0],
    [0, 40],
    [1, -4000],
    [2, -4000],
    [2, -3960],
  ]);
});

it("paused over REST: frames are dropped as paused; resumed, they are analysed again", async () => {
  await using test = await startPushServer();
  await using push = await PushSocket.open(test.url);
  const jpeg = await picture("jpeg");
  push.frame(0, jpeg);
  expect(await push.answer(0)).toBe("frame");
  test.engine.held = true;
  push.frame(1, jpeg);
  await eventually(() => test.engine.waiting).toBe(1);
  await fetch(`${test.url}/v1/streams/cam/pause`, { method: "POST" });
  push.frame(2, jpeg);
  expect(await push.answer(2)).toBe("paused");
  test.engine.held = false;
  test.engine.release();
  expect(await push.answer(1)).toBe("paused");
  await fetch(`${test.url}/v1/streams/cam/resume`, { method: "POST" });
  push.frame(3, jpeg);
  expect(await push.answer(3)).toBe("frame");
  expect(push.of("frame").map(({ seq, epoch = 0 }) => [seq, epoch])).toEqual([
    [0, 0],
    [2, 1],
  ]);
});

it("ends with its client, stays listed as ended for a while, and makes room for one of the same name", async () => {
  await using test = await startPushServer({ push: { keepEndedMs: 60_000 } });
  const state = async () => ((await (await fetch(`${test.url}/v1/streams/cam`)).json()) as { state?: string; code?: string }).state;
  await using watcher = await FeedSocket.open(test.url);
  {
    await using push = await PushSocket.open(test.url);
    push.frame(0, await picture("jpeg"));
    await push.answer(0);
  }
  await watcher.next("stream", (m) => m.status.state === "ended");
  expect(await state()).toBe("ended");
  // Nobody is there to send: it ends again.
  await fetch(`${test.url}/v1/streams/cam/resume`, { method: "POST" });
  await eventually(state).toBe("ended");
  await using again = await PushSocket.open(test.url);
  expect(again.of("ready")[0]?.streamId).toBe("cam");
  expect(await state()).toBe("connecting");
});

it("what a client had sent before it left is still analysed where nothing may be lost", async () => {
  await using test = await startPushServer();
  await using watcher = await FeedSocket.open(test.url);
  const push = await PushSocket.open(test.url);
  for (const id of [0, 1, 2]) push.frame(id, await picture("jpeg"));
  push.socket.close();
  await push.closed;
  await watcher.next("stream", (m) => m.status.state === "ended");
  expect(watcher.of("frame").map((m) => m.frameId)).toEqual([0, 1, 2]);
});

it("is removed after keepEndedMs", async () => {
  await using test = await startPushServer({ push: { keepEndedMs: 1 } });
  await using watcher = await FeedSocket.open(test.url);
  {
    await using _push = await PushSocket.open(test.url);
  }
  await watcher.next("stream", (m) => m.removed === true);
  expect((await fetch(`${test.url}/v1/streams/cam`)).status).toBe(404);
});

it("removed over REST: open frames are answered, then the client is told and closed", async () => {
  await using test = await startPushServer();
  await using push = await PushSocket.open(test.url);
  test.engine.held = true;
  const jpeg = await picture("jpeg");
  for (const id of [0, 1, 2]) push.frame(id, jpeg);
  await eventually(() => test.engine.waiting).toBe(1);
  const removed = fetch(`${test.url}/v1/streams/cam`, { method: "DELETE" });
  expect([await push.answer(1), await push.answer(2)]).toEqual(["stopped", "stopped"]);
  test.engine.release();
  expect((await removed).status).toBe(204);
  expect(await push.answer(0)).toBe("stopped");
  expect(await push.next("bye")).toMatchObject({ code: "cancelled" });
  expect(await push.closed).toBe(1001);
});

it("a stopping server answers what is open and says goodbye", async () => {
  await using test = await startPushServer();
  await using push = await PushSocket.open(test.url);
  test.engine.held = true;
  push.frame(0, await picture("jpeg"));
  await eventually(() => test.engine.waiting).toBe(1);
  const closed = test.server.close();
  expect(await push.next("bye")).toMatchObject({ code: "shutting_down" });
  test.engine.release();
  await closed;
  expect(await push.closed).toBe(1001);
  expect(push.received.map((m) => (m.type === "dropped" ? m.reason : m.type))).toEqual(["ready", "stopped", "bye"]);
});

it("stands in the AsyncAPI document, which fits the traffic", async () => {
  await using test = await startPushServer();
  await using push = await PushSocket.open(test.url);
  push.frame(0, await picture("jpeg"));
  push.frame(1, new Uint8Array(10));
  push.say("not JSON");
  await Promise.all([push.answer(0), push.answer(1), push.next("error")]);
  const document = (await (await fetch(`${test.url}/asyncapi.json`)).json()) as { channels: { push: { address: string; messages: object } } };
  expect(document.channels.push.address).toBe("/v1/push");
  expect(Object.keys(document.channels.push.messages).toSorted()).toEqual(["bye", "config", "dropped", "error", "frame", "pushedFrame", "ready"]);
  const schema = schemaChecker(document);
  for (const message of push.received) {
    const validate = schema(`/components/messages/${message.type}/payload`);
    expect(validate(message), `${JSON.stringify(validate.errors)} in ${JSON.stringify(message)}`).toBe(true);
    expect(validate({ ...message, v: 2 })).toBe(false);
  }
  readyMessageSchema.parse(push.of("ready")[0]);
  frameMessageSchema.parse(push.of("frame")[0]);
  droppedMessageSchema.parse(push.of("dropped")[0]);
});

it("asks for what the feed and POST /v1/streams ask for: token, Host, Origin", async () => {
  await using open = await startPushServer();
  expect(await refusedUpgrade(open.url, "/v1/push", { origin: "https://evil.example" })).toMatchObject({ status: 403, body: { code: "forbidden" } });
  expect(await refusedUpgrade(open.url, "/v1/push", { headers: { host: "rebound.example" } })).toMatchObject({ status: 403 });
  expect(await refusedUpgrade(open.url, "/v1/push?format=jpeg")).toMatchObject({ status: 400, body: { code: "invalid_request" } });
  expect((await fetch(`${open.url}/v1/push`)).status).toBe(426);
  await using own = await PushSocket.connect(open.url, "/v1/push", { origin: open.url });
  own.say({ type: "config", v: 1, format: "jpeg", width: 64, height: 64, mode: "latest" });
  expect((await own.next("ready")).streamId).toBe("push");

  const token = "correct-horse-battery";
  await using closed = await startPushServer({ server: { token } });
  expect(await refusedUpgrade(closed.url, "/v1/push")).toMatchObject({ status: 401, body: { code: "unauthenticated" } });
  expect(await refusedUpgrade(closed.url, "/v1/push?token=wrong")).toMatchObject({ status: 401 });
  expect((await fetch(`${closed.url}/v1/push`)).status).toBe(401);
  await using _byQuery = await PushSocket.connect(closed.url, `/v1/push?token=${token}`);
  await using _byHeader = await PushSocket.connect(closed.url, "/v1/push", { headers: { authorization: `Bearer ${token}` } });
});

it("limits clients and streams", async () => {
  await using test = await startPushServer({ push: { maxClients: 2 }, server: { maxStreams: 1 } });
  await using _first = await PushSocket.open(test.url);
  await using second = await PushSocket.connect(test.url);
  expect(await refusedUpgrade(test.url, "/v1/push")).toMatchObject({ status: 429, body: { code: "too_many" } });
  second.say({ type: "config", v: 1, format: "jpeg", width: 64, height: 64, mode: "latest" });
  expect(await second.next("error")).toMatchObject({ code: "too_many" });
});
