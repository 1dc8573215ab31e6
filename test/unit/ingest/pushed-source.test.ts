// A pushed source by itself: what it hands over, what it drops, what it leaves out, and that every buffer comes back.

import sharp from "sharp";
import { afterEach, beforeEach, expect, it } from "vitest";
import type { Frame } from "../../../src/core/frame.js";
import type { PushedPicture } from "../../../src/core/pushed-source.js";
import type { RunningSource, SourceOptions } from "../../../src/core/source.js";
import { openPushedSource } from "../../../src/ingest/index.js";

const raw: PushedPicture = { format: "raw", width: 40, height: 20 };
const pixels = new Uint8Array(40 * 20 * 3).map((_, at) => at % 251);

let log: string[];
let frames: Frame[];
beforeEach(() => {
  log = [];
  frames = [];
});
let run: RunningSource;
afterEach(async () => {
  run.close();
  await run.closed;
  for (const frame of frames) frame.release();
  expect(run.pool).toMatchObject({ free: 2, size: 2 });
});

function open(picture: PushedPicture, over: Partial<SourceOptions> = {}) {
  const source = openPushedSource(picture, {
    onRefused: (id, { code }) => log.push(`${id} ${code}`),
    onDropped: (id, reason) => log.push(`${id} ${reason}`),
    onLeftOut: (id) => log.push(`${id} left out`),
  });
  const options: SourceOptions = { url: "", transport: "tcp", maxSide: 64, largeMaxSide: 0, realtime: false, loop: false, openTimeoutMs: 1000, stallAfterMs: 60_000, stallTimeoutMs: 60_000, poolFrames: 2, backpressure: "wait", firstSeq: 10, epoch: 3, ...over };
  let wake: (() => void) | undefined;
  const again = () =>
    (run = source.open(options, {
      onInfo: ({ width, height, codec }) => log.push(`info ${width}x${height} ${codec}`),
      onDecoded: () => log.push("decoded"),
      onDropped: (reason) => log.push(`lost ${reason}`),
      onStalled: (stalled) => log.push(`stalled ${stalled}`),
      onFrame: (frame) => {
        frames.push(frame);
        wake?.();
      },
    }));
  again();
  const push = (frameId: number, data: Uint8Array = pixels, capturedAtMs = frameId * 40) => source.push({ frameId, capturedAtMs, receivedAtMs: 5000 + frameId, data });
  const handedOver = async (count: number) => {
    while (frames.length < count) await new Promise<void>((resolve) => (wake = resolve));
  };
  return { source, push, handedOver, again };
}

it("hands over what came, with its numbers and times, bytes untouched", async () => {
  const { push, handedOver } = open(raw);
  push(7);
  push(8);
  await handedOver(2);
  expect(frames[0]).toMatchObject({ seq: 10, epoch: 3, ptsMs: 0, receivedAtMs: 5007, frameId: 7, capturedAtMs: 280, sourceWidth: 40, sourceHeight: 20 });
  expect(frames[1]).toMatchObject({ seq: 11, epoch: 3, ptsMs: 40, frameId: 8 });
  expect(frames[0]!.picture).toMatchObject({ width: 40, height: 20 });
  expect(Buffer.compare(frames[0]!.picture.data, pixels)).toBe(0);
  expect(frames[0]!.picture.data.buffer).toBeInstanceOf(SharedArrayBuffer);
  expect(log).toEqual(["info 40x20 rawvideo", "decoded", "decoded"]);
});

it("makes both sizes of a larger picture, R and B in their places", async () => {
  const jpeg = await sharp({ create: { width: 300, height: 200, channels: 3, background: { r: 220, g: 40, b: 10 } } }).jpeg({ quality: 95 }).toBuffer();
  const { push, handedOver } = open({ format: "jpeg", width: 300, height: 200 }, { maxSide: 30, largeMaxSide: 150 });
  push(0, jpeg);
  await handedOver(1);
  for (const [picture, size] of [[frames[0]!.picture, [30, 20]], [frames[0]!.large!, [150, 100]]] as const) {
    expect([picture.width, picture.height]).toEqual(size);
    expect(picture.data.length).toBe(picture.width * picture.height * 3);
    for (const [channel, value] of [220, 40, 10].entries()) expect(Math.abs(picture.data[picture.data.length - 3 + channel]! - value)).toBeLessThanOrEqual(3);
  }
});

it("reads grey and transparent pictures as rgb", async () => {
  const grey = await sharp({ create: { width: 40, height: 20, channels: 3, background: "#808080" } }).greyscale().jpeg().toBuffer();
  const clear = await sharp({ create: { width: 40, height: 20, channels: 4, background: { r: 0, g: 0, b: 0, alpha: 0 } } }).webp({ lossless: true }).toBuffer();
  const first = open({ format: "jpeg", width: 40, height: 20 });
  first.push(0, grey);
  await first.handedOver(1);
  expect([...frames[0]!.picture.data.subarray(0, 3)].every((v) => Math.abs(v - 128) <= 2)).toBe(true);
  frames.pop()!.release();
  const second = open({ format: "webp", width: 40, height: 20 });
  second.push(0, clear);
  await second.handedOver(1);
  expect([...frames[0]!.picture.data.subarray(0, 3)]).toEqual([255, 255, 255]);
});

it("waits for a buffer where nothing may be lost", async () => {
  const { push, handedOver } = open(raw);
  for (const id of [0, 1, 2, 3]) push(id);
  await handedOver(2);
  expect(run.pool.free).toBe(0);
  frames.shift()!.release();
  await handedOver(2);
  frames.shift()!.release();
  await handedOver(2);
  expect(frames.map((frame) => frame.frameId)).toEqual([2, 3]);
  expect(log.filter((line) => line !== "decoded")).toEqual(["info 40x20 rawvideo"]);
});

it("drops what a newer one replaced before its turn, and what finds the pool dry", async () => {
  const { push, handedOver } = open(raw, { backpressure: "drop" });
  for (const id of [0, 1, 2]) push(id);
  await handedOver(2);
  expect(frames.map((frame) => frame.frameId)).toEqual([0, 2]);
  push(3);
  while (!log.includes("3 pool_dry")) await new Promise<void>((resolve) => setImmediate(resolve));
  expect(log).toEqual(["info 40x20 rawvideo", "decoded", "lost superseded", "1 superseded", "decoded", "decoded", "decoded", "lost pool_dry", "3 pool_dry"]);
  // Every decoded one has its own seq.
  expect(frames.map((frame) => frame.seq)).toEqual([11, 12]);
});

it("closed: leaves out what waits; ended: hands it over first", async () => {
  const closed = open(raw);
  for (const id of [0, 1, 2, 3]) closed.push(id);
  await closed.handedOver(2);
  run.close();
  expect(await run.closed).toMatchObject({ reason: "closed", nextSeq: 13, epoch: 3 });
  expect(log.slice(-2)).toEqual(["2 left out", "3 left out"]);
  expect(closed.push(4)).toBe(false);
  for (const frame of frames.splice(0)) frame.release();

  const ended = open(raw);
  for (const id of [0, 1]) ended.push(id);
  ended.source.end();
  expect(await run.closed).toMatchObject({ reason: "ended", nextSeq: 12 });
  expect(frames.map((frame) => frame.frameId)).toEqual([0, 1]);
  // Opened once more after the end, it ends at once.
  ended.again();
  expect(await run.closed).toMatchObject({ reason: "ended", nextSeq: 10 });
});

it("a refused frame costs no seq and no buffer", async () => {
  const { push, handedOver } = open(raw);
  push(0, pixels.subarray(1));
  push(1);
  await handedOver(1);
  expect(log).toEqual(["info 40x20 rawvideo", "0 not_as_declared", "decoded"]);
  expect(frames[0]).toMatchObject({ seq: 10, frameId: 1 });
});
