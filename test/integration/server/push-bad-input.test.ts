// Bad input to /v1/push: each a named error for that frame, and nothing else disturbed: a good frame is analysed afterwards on the same
// connection, and another client never notices.

import { connect, type Socket } from "node:net";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { eventually } from "./support/eventually.js";
import { frameBytes, isConserved, picture, PushSocket, startPushServer, type PushServer } from "./support/push-rig.js";

let test: PushServer;
let bystander: PushSocket;
let jpeg: Buffer;
beforeAll(async () => {
  test = await startPushServer({ push: { maxFrameBytes: 300_000 } });
  bystander = await PushSocket.open(test.url, { streamId: "bystander" });
  jpeg = await picture("jpeg");
});
afterAll(async () => {
  // What happened to the others did not reach this one.
  bystander.frame(1, jpeg);
  expect(await bystander.answer(1)).toBe("frame");
  expect(bystander.received.map((m) => m.type)).toEqual(["ready", "frame"]);
  await bystander[Symbol.asyncDispose]();
  await test[Symbol.asyncDispose]();
});

/** The connection still works, and the books are right. */
async function expectSound(push: PushSocket, frameId: number, good: Uint8Array = jpeg): Promise<void> {
  push.frame(frameId, good);
  expect(await push.answer(frameId)).toBe("frame");
  const counters = await test.counters(push.of("ready")[0]!.streamId);
  expect(isConserved(counters)).toBe(true);
  expect(counters.analysed).toBe(push.of("frame").length);
}

const good = { type: "config", v: 1, streamId: "cam", format: "jpeg", width: 64, height: 48, mode: "lossless" };

it.each([
  ["no JSON", "hello", []],
  ["another type", { ...good, type: "hello" }, ["type"]],
  ["no version", { ...good, v: undefined }, ["v"]],
  ["another version", { ...good, v: 2 }, ["v"]],
  ["a bad id", { ...good, streamId: "A B" }, ["streamId"]],
  ["another format", { ...good, format: "png" }, ["format"]],
  ["no width", { ...good, width: undefined }, ["width"]],
  ["a width of 15", { ...good, width: 15 }, ["width"]],
  ["a width of 8193", { ...good, width: 8193 }, ["width"]],
  ["a width with a fraction", { ...good, width: 64.5 }, ["width"]],
  ["a height as text", { ...good, height: "48" }, ["height"]],
  ["another mode", { ...good, mode: "fast" }, ["mode"]],
  ["a setting out of range", { ...good, settings: { maxSide: 1 } }, ["settings.maxSide"]],
  ["a setting that is the client's own business", { ...good, settings: { maxFps: 5 } }, ["settings"]],
  ["a field that nobody knows", { ...good, source: "rtsp://x/" }, [""]],
])("a config message with %s is refused by name, and a good one still works", async (_what, bad, paths) => {
  await using push = await PushSocket.connect(test.url);
  push.say(bad);
  const error = await push.next("error");
  expect(error.code).toBe("invalid_request");
  expect((error.issues ?? []).map((i) => i.path)).toEqual(paths);
  push.say({ ...good, streamId: undefined });
  await push.next("ready");
  await expectSound(push, 0);
});

it.each([
  ["raw frames above the limit", { format: "raw", width: 320, height: 320 }, "payload_too_large"],
  ["an id in use", { streamId: "bystander" }, "stream_exists"],
])("a config message that asks for %s is refused by name", async (_what, over, code) => {
  await using push = await PushSocket.connect(test.url);
  push.say({ ...good, ...over });
  expect(await push.next("error")).toMatchObject({ code });
});

it("a frame before the config message, and one before ready", async () => {
  await using push = await PushSocket.connect(test.url);
  push.frame(0, jpeg);
  expect(await push.next("error")).toMatchObject({ code: "invalid_request", message: expect.stringContaining("config") });
  push.say({ ...good, streamId: undefined });
  await push.next("ready");
  await expectSound(push, 0);
});

it("text where binary is due, and a second config message", async () => {
  await using push = await PushSocket.open(test.url, { streamId: "text" });
  push.say("a frame, honestly");
  push.say(good);
  await push.until(() => (push.of("error").length === 2 ? true : undefined));
  expect(push.of("error").map((m) => m.code)).toEqual(["invalid_request", "invalid_request"]);
  await expectSound(push, 0);
});

it("a binary message whose header cannot be read", async () => {
  await using push = await PushSocket.open(test.url, { streamId: "headers" });
  for (const bad of [Buffer.alloc(0), frameBytes(0, 0, jpeg).subarray(0, 19), Buffer.concat([Buffer.from([2]), frameBytes(0, 0, jpeg).subarray(1)]), frameBytes(0.5, 0, jpeg), frameBytes(-1, 0, jpeg)]) push.socket.send(bad);
  await push.until(() => (push.of("error").length === 5 ? true : undefined));
  expect(new Set(push.of("error").map((m) => m.code))).toEqual(new Set(["invalid_request"]));
  await expectSound(push, 0);
});

it("ids that repeat or go back", async () => {
  await using push = await PushSocket.open(test.url, { streamId: "ids" });
  push.frame(5, jpeg);
  push.frame(5, jpeg);
  push.frame(4, jpeg);
  await push.until(() => (push.received.length === 4 ? true : undefined));
  expect([push.answers(5).toSorted(), push.answers(4)]).toEqual([["frame", "frame_id_repeated"], ["frame_id_repeated"]]);
  await expectSound(push, 6);
});

it("capture times that are none", async () => {
  await using push = await PushSocket.open(test.url, { streamId: "times" });
  for (const [id, at] of [Number.NaN, Number.POSITIVE_INFINITY, -1, 1e15].entries()) push.frame(id, jpeg, at);
  for (const id of [0, 1, 2, 3]) expect(await push.answer(id)).toBe("invalid_request");
  await expectSound(push, 4);
});

it("broken, cut, empty and foreign pictures", async () => {
  await using push = await PushSocket.open(test.url, { streamId: "broken" });
  const cut = jpeg.subarray(0, jpeg.length - 60);
  const bad: [Uint8Array, string][] = [
    [Buffer.from("this is no picture at all"), "invalid_picture"],
    [new Uint8Array(0), "invalid_picture"],
    [cut, "invalid_picture"],
    [await picture("webp"), "not_as_declared"],
    [await picture("png"), "invalid_picture"],
  ];
  for (const [id, [data, code]] of bad.entries()) {
    push.frame(id, data);
    expect([id, await push.answer(id)]).toEqual([id, code]);
  }
  expect(push.of("dropped").every((m) => m.reason === "refused" && m.message !== undefined)).toBe(true);
  await expectSound(push, 9);
  expect(await test.counters("broken")).toMatchObject({ decoded: 1, analysed: 1 });
});

it("a picture of another size than declared, also one that would unpack to gigabytes", async () => {
  await using push = await PushSocket.open(test.url, { streamId: "sizes" });
  // Refused by its header, before a pixel of it is unpacked.
  const bomb = Buffer.from(jpeg);
  const sizeAt = bomb.indexOf(Buffer.from([0xff, 0xc0])) + 5;
  for (const at of [sizeAt, sizeAt + 2]) bomb.writeUInt16BE(65_500, at);
  push.frame(0, bomb);
  push.frame(1, await picture("jpeg", 64, 49));
  push.frame(2, await picture("jpeg", 48, 64));
  expect([await push.answer(0), await push.answer(1), await push.answer(2)]).toEqual(["not_as_declared", "not_as_declared", "not_as_declared"]);
  expect(push.of("dropped")[0]?.message).toBe("Expected a picture of 64x48, as declared, received one of 65500x65500.");
  expect(push.of("dropped")[1]?.message).toBe("Expected a picture of 64x48, as declared, received one of 64x49.");
  await expectSound(push, 3);
});

it("a picture that its EXIF flag turns is taken as it is shown", async () => {
  await using push = await PushSocket.open(test.url, { streamId: "turned", width: 48, height: 64 });
  const turned = await sharp(await picture("jpeg")).withExif({}).jpeg().withMetadata({ orientation: 6 }).toBuffer();
  push.frame(0, turned);
  expect(await push.answer(0)).toBe("frame");
  expect(push.of("frame")[0]).toMatchObject({ width: 48, height: 64 });
});

it("raw frames of the wrong length", async () => {
  await using push = await PushSocket.open(test.url, { streamId: "raw", format: "raw" });
  const whole = new Uint8Array(64 * 48 * 3);
  for (const [id, data] of [new Uint8Array(0), whole.subarray(1), new Uint8Array(whole.length + 1)].entries()) push.frame(id, data);
  expect([await push.answer(0), await push.answer(1), await push.answer(2)]).toEqual(["not_as_declared", "not_as_declared", "payload_too_large"]);
  await expectSound(push, 3, whole);
});

it("frames larger than declared; above the server's limit the connection ends with 1009", async () => {
  await using push = await PushSocket.open(test.url, { streamId: "large" });
  const { maxFrameBytes } = push.of("ready")[0]!;
  push.frame(0, Buffer.concat([jpeg, new Uint8Array(maxFrameBytes - 20 - jpeg.length)]));
  push.frame(1, Buffer.concat([jpeg, new Uint8Array(maxFrameBytes - 20 - jpeg.length + 1)]));
  // A JPEG with zeros behind its end is a JPEG.
  expect([await push.answer(0), await push.answer(1)]).toEqual(["frame", "payload_too_large"]);
  await expectSound(push, 2);
  push.frame(3, new Uint8Array(300_001));
  expect(await push.closed).toBe(1009);
});

it("more frames than credits: told for each one that is too many", async () => {
  await using push = await PushSocket.open(test.url, { streamId: "credits" });
  test.engine.held = true;
  for (let id = 0; id < 7; id++) push.frame(id, jpeg);
  for (const id of [4, 5, 6]) expect(await push.answer(id)).toBe("no_credit");
  test.engine.held = false;
  test.engine.release();
  for (const id of [0, 1, 2, 3]) expect(await push.answer(id)).toBe("frame");
  await expectSound(push, 7);
  expect(await test.counters("credits")).toMatchObject({ decoded: 5, analysed: 5 });
});

it.each(["latest", "lossless"] as const)("10,000 tiny frames at once (%s): one answer for each, and the connection stays", async (mode) => {
  await using push = await PushSocket.open(test.url, { streamId: `tiny-${mode}`, mode });
  const tiny = Buffer.from([0xff, 0xd8]);
  const frames = 10_000;
  for (let id = 0; id < frames; id++) push.frame(id, tiny);
  await push.until(() => (push.received.length >= frames + 1 ? true : undefined));
  expect(new Set(push.of("dropped").map((m) => m.frameId)).size).toBe(frames);
  expect(push.of("dropped").filter((m) => !["no_credit", "invalid_picture"].includes(m.code ?? "") && m.reason !== "superseded")).toEqual([]);
  await expectSound(push, frames);
  // One more is the one that came last: no frame was answered twice.
  expect(push.received).toHaveLength(frames + 2);
});

it("a client that never reads is not read from any more: its answers do not pile up", async () => {
  await using own = await startPushServer();
  const deaf = await deafClient(own);
  // Their answers are far more than the network holds for it.
  const many = Buffer.concat(Array.from({ length: 400_000 }, () => masked(frameBytes(1, 0, Buffer.from([1])), 2)));
  deaf.write(many);
  await eventually(() => metric(own, "emostream_push_held_bytes")).toBeGreaterThan(200_000);
  let most = 0;
  for (let n = 0; n < 20; n++) most = Math.max(most, await metric(own, "emostream_push_held_bytes"));
  expect(await metric(own, "emostream_push_refused_total")).toBeLessThan(300_000);
  // What may wait, and the answers to the one chunk that was read last.
  expect(most).toBeLessThan(256 * 1024 + 1024 * 1024);
  deaf.destroy();
});

it("a client that gives no sign of life is cut off", async () => {
  await using own = await startPushServer({ feed: { pingIntervalMs: 100 } });
  const deaf = await deafClient(own);
  // It never answers a ping; the server closes its socket.
  await eventually(() => metric(own, "emostream_push_clients")).toBe(0);
  await eventually(async () => ((await (await fetch(`${own.url}/v1/streams/deaf`)).json()) as { state: string }).state).toBe("ended");
  deaf.destroy();
});

async function metric(server: PushServer, name: string): Promise<number> {
  const text = await (await fetch(`${server.url}/metrics`)).text();
  return Number(text.split("\n").find((line) => line.startsWith(`${name} `))?.split(" ")[1]);
}

/** A client that says what it will send and never reads. */
async function deafClient(server: PushServer): Promise<Socket> {
  const deaf = connect(server.server.port, "127.0.0.1");
  deaf.on("error", () => undefined);
  deaf.write("GET /v1/push HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
  deaf.write(masked(Buffer.from(JSON.stringify({ ...good, streamId: "deaf" })), 1));
  // Listed for a while also where it is cut off by then.
  await eventually(async () => (await fetch(`${server.url}/v1/streams/deaf`)).status).toBe(200);
  return deaf;
}

/** A client's WebSocket message with a mask of zeros (RFC 6455 section 5.2). */
function masked(payload: Buffer, opcode: 1 | 2): Buffer {
  const length = payload.length < 126 ? Buffer.from([0x80 | payload.length]) : Buffer.from([0x80 | 126, payload.length >> 8, payload.length & 255]);
  return Buffer.concat([Buffer.from([0x80 | opcode]), length, Buffer.alloc(4), payload]);
}
