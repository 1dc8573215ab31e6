// /v1/push: config messages, frames with wrong heads, ids, times and pictures; clients that vanish, or send all at once. Each message that arrives is answered once.
import * as fc from "fast-check";
import sharp from "sharp";
import { isConserved } from "../../chaos/support/feed.mjs";
import { judgeSocket } from "../support/judge-socket.mjs";
import { byteEdits, mutateBytes } from "../support/mutate-bytes.mjs";
import { mutatedJson } from "../support/mutate-json.mjs";
import { oddFrames, oddHandshakes } from "../support/odd-frames.mjs";
import { valuesOf } from "../support/schema-values.mjs";
import { binary, RawSocket, text } from "../support/websocket.mjs";

export const sends = "mutated messages to /v1/push";
export const engine = "noop";
const path = "/v1/push";
const [width, height] = [64, 48];
const most = 12;

export async function campaigns(target, runs) {
  const [{ body: asyncApi }, { body: openApi }] = await Promise.all(["/asyncapi.json", "/openapi.json"].map((p) => target.server.request("GET", p)));
  const config = fc.tuple(valuesOf(asyncApi.components.messages.config.payload, asyncApi), fc.option(valuesOf({ $ref: "#/components/schemas/AnalysisSettings" }, openApi), { nil: undefined })).map(([message, settings]) => ({ ...message, ...(settings && { settings }) }));
  const pictures = await goodPictures();
  const frame = fc.record({ id: fc.oneof({ weight: 4, arbitrary: fc.constant("next") }, { weight: 1, arbitrary: fc.constantFrom(0, 1, -1, 0.5, Number.NaN, Infinity, 2 ** 53, 2 ** 53 - 1, -0, "last") }), time: fc.oneof({ weight: 4, arbitrary: fc.constant("now") }, { weight: 1, arbitrary: fc.constantFrom(0, -1, Number.NaN, Infinity, 1e300, 253_402_300_799_999) }), head: fc.oneof({ weight: 5, arbitrary: fc.constant([]) }, { weight: 1, arbitrary: byteEdits }), picture: fc.constantFrom("jpeg", "webp", "raw", "png", "other size", "empty"), edits: fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 2, arbitrary: byteEdits }) });
  const session = fc.record({ format: fc.constantFrom("jpeg", "webp", "raw"), mode: fc.constantFrom("latest", "lossless"), frames: fc.array(frame, { minLength: 1, maxLength: most }), paced: fc.boolean(), end: fc.constantFrom("close", "close", "close", "vanish", "remove") });
  return [
    { name: "push:handshake", runs: Math.ceil(runs * 0.1), cases: oddHandshakes, check: ({ method, headers }) => shake(target, headers, method) },
    { name: "push:config", runs: Math.ceil((runs * 0.3) / 3), cases: fc.array(fc.oneof({ weight: 4, arbitrary: mutatedJson(config).map(text) }, { weight: 1, arbitrary: oddFrames }), { minLength: 1, maxLength: 5 }), check: (said) => configure(target, said) },
    { name: "push:frames", runs: Math.ceil((runs * 0.6) / 6), cases: session, check: (wanted) => push(target, wanted, pictures) },
    { name: "push:flood", runs: Math.ceil(runs / 1000), cases: fc.record({ count: fc.integer({ min: 100, max: 10_000 }), mode: fc.constantFrom("latest", "lossless") }), check: (wanted) => flood(target, wanted) },
  ];
}

async function shake(target, headers, method) {
  const socket = await RawSocket.open(target.url, path, headers, method);
  if (socket.refused === undefined) await socket.close();
  judgeSocket(socket);
  return 1;
}

async function configure(target, said) {
  const socket = await RawSocket.open(target.url, path);
  for (const bytes of said) socket.send(bytes);
  await socket.settle();
  await socket.close();
  judgeSocket(socket, Buffer.concat(said));
  return said.length;
}

/** A client that declares a format and sends what fits or does not; every message is answered, and the books are right. */
async function push(target, { format, mode, frames, paced, end }, pictures) {
  const socket = await RawSocket.open(target.url, path);
  const { streamId } = await declare(socket, format, mode);
  let lastId = -1;
  for (const frame of frames) {
    const id = frame.id === "next" ? lastId + 1 : frame.id === "last" ? lastId : frame.id;
    const picture = frame.picture === "raw" || frame.picture === format ? pictures[format] : pictures[frame.picture];
    const before = answers(socket);
    socket.send(binary(Buffer.concat([mutateBytes(head(id, frame.time === "now" ? Date.now() : frame.time), frame.head), mutateBytes(picture, frame.edits)])));
    if (Number.isSafeInteger(id) && id > lastId) lastId = id;
    if (paced) await socket.until("an answer to the frame", () => answers(socket) > before || socket.ended);
  }
  if (end === "vanish") socket.vanish();
  if (end === "remove") await target.server.request("DELETE", `/v1/streams/${streamId}`);
  if (end !== "vanish") {
    await socket.until("an answer to each frame", () => answers(socket) >= frames.length || socket.ended);
    if (end === "close") await checkBooks(target, streamId);
    await socket.close();
    if (answers(socket) > frames.length) throw new Error(`expected one answer for each of ${frames.length} messages, received ${answers(socket)}`);
    judgeSocket(socket);
  }
  return frames.length;
}

async function flood(target, { count, mode }) {
  const socket = await RawSocket.open(target.url, path);
  await declare(socket, "jpeg", mode);
  socket.send(Buffer.concat(Array.from({ length: count }, (_, id) => binary(Buffer.concat([head(id, Date.now()), Buffer.from([0xff, 0xd8])])))));
  await socket.until("an answer to each tiny frame", () => answers(socket) >= count || socket.ended);
  if (answers(socket) !== count) throw new Error(`expected ${count} answers, received ${answers(socket)}`);
  await socket.close();
  judgeSocket(socket);
  return 1;
}

async function declare(socket, format, mode) {
  socket.send(text(JSON.stringify({ type: "config", v: 1, format, width, height, mode })));
  await socket.until("ready", () => socket.messages.length > 0 || socket.ended);
  const [ready] = socket.messages;
  if (ready?.type !== "ready") throw new Error(`expected ready, received ${JSON.stringify(ready)}`);
  return ready;
}

async function checkBooks(target, streamId) {
  const { counters } = await target.server.stream(streamId);
  if (!isConserved(counters)) throw new Error(`expected decoded = analysed + dropped + in flight, received ${JSON.stringify(counters)}`);
}

function answers(socket) {
  return socket.messages.filter(({ type }) => type === "frame" || type === "dropped" || type === "error").length;
}

/** The 20 bytes before a pushed picture (docs/push.md). */
function head(id, time) {
  const bytes = Buffer.alloc(20);
  bytes[0] = bytes[1] = 1;
  bytes.writeDoubleBE(id, 4);
  bytes.writeDoubleBE(time, 12);
  return bytes;
}

async function goodPictures() {
  const raw = Buffer.from(Array.from({ length: width * height * 3 }, (_, i) => (i * 7) % 251));
  const picture = sharp(raw, { raw: { width, height, channels: 3 } });
  return { raw, jpeg: await picture.jpeg().toBuffer(), webp: await picture.webp().toBuffer(), png: await picture.png().toBuffer(), "other size": await picture.resize(32, 32).jpeg().toBuffer(), empty: Buffer.alloc(0) };
}
