// Payloads become frames: counting, pairing, dry pools, epochs.

import { beforeEach, describe, expect, it } from "vitest";
import type { Frame, PixelKind } from "../../../src/core/frame.js";
import { FrameAssembler } from "../../../src/ingest/frame-assembler.js";
import { FramePool } from "../../../src/ingest/frame-pool.js";
import { wait } from "../../../src/ingest/nut-demuxer.js";
import type { StreamHeader } from "../../../src/ingest/nut-format.js";
import { maxEpochsOfOneRun } from "../../../src/ingest/pts-code.js";

const header = (streamId: number, width: number, height: number): StreamHeader => ({ streamId, fourcc: "RGB\u0018", timeBase: { num: 1, den: 1_000_000 }, timeBaseId: 0, msbPtsShift: 14, width, height });
const planar = (streamId: number, width: number, height: number): StreamHeader => ({ ...header(streamId, width, height), fourcc: "I420" });
const coded = (ms: number, epoch = 0) => 5e12 + epoch * 1e13 + ms * 1000;

let log: string[];
let frames: Frame[];

function make(backpressure: "wait" | "drop", poolFrames = 2, originSeconds = 0, pixels: PixelKind = { pixelFormat: "rgb24" }) {
  const pool = new FramePool(poolFrames);
  const assembler = new FrameAssembler(
    { pool, backpressure, firstSeq: 10, epoch: 3, originSeconds, pixels },
    {
      onSizes: () => ({ width: 100, height: 50 }),
      onDecoded: () => log.push("decoded"),
      onDropped: (reason) => log.push(reason),
      onFrame: (frame) => {
        frames.push(frame);
        log.push(`frame ${frame.seq} ${frame.epoch} ${frame.ptsMs}`);
      },
    },
  );
  return { pool, assembler };
}

function send(assembler: FrameAssembler, streamId: number, pts: number, size: number): unknown {
  const answer = assembler.onPayload(streamId, pts, size);
  if (answer !== wait) assembler.onPayloadEnd(streamId);
  return answer;
}

beforeEach(() => {
  log = [];
  frames = [];
});

describe("FrameAssembler", () => {
  it("one size", () => {
    const { assembler, pool } = make("wait");
    assembler.onStreams([header(0, 4, 2)]);
    send(assembler, 0, coded(0), 24);
    send(assembler, 0, coded(33.366), 24);
    expect(log).toEqual(["decoded", "frame 10 3 0", "decoded", "frame 11 3 33.366"]);
    expect(frames[0]).toMatchObject({ sourceWidth: 100, sourceHeight: 50, picture: { width: 4, height: 2, pixelFormat: "rgb24" } });
    expect(frames[0]!.large).toBeUndefined();
    for (const frame of frames) frame.release();
    expect(() => frames[0]!.release()).toThrow(/twice/);
    expect(pool.free).toBe(2);
    expect([assembler.nextSeq, assembler.epoch]).toEqual([12, 3]);
  });

  it("planes, of odd sizes, too", () => {
    const { assembler } = make("wait", 2, 0, { pixelFormat: "yuv420p", matrix: "bt709" });
    assembler.onStreams([planar(0, 5, 3), planar(1, 8, 6)]);
    send(assembler, 0, coded(0), 15 + 6 + 6);
    send(assembler, 1, coded(0), 48 + 12 + 12);
    expect(frames[0]).toMatchObject({ picture: { width: 5, height: 3, pixelFormat: "yuv420p", matrix: "bt709" }, large: { width: 8, height: 6, pixelFormat: "yuv420p", matrix: "bt709" } });
    expect([frames[0]!.picture.data.length, frames[0]!.large?.data.length]).toEqual([27, 72]);
    expect(() => make("wait", 2, 0, { pixelFormat: "yuv420p", matrix: "bt709" }).assembler.onStreams([header(0, 4, 2)])).toThrow(expect.objectContaining({ code: "ffmpeg_failed" }));
  });

  it.each([[0, 1], [1, 0]])("two sizes of one moment, whichever comes first (%d)", (first, second) => {
    const { assembler } = make("wait");
    assembler.onStreams([header(0, 4, 2), header(1, 8, 4), header(2, 1, 1)]);
    const sizes = [24, 96];
    expect(send(assembler, first, coded(0), sizes[first]!)).toHaveLength(sizes[first]!);
    expect(log).toEqual(["decoded"]);
    expect(send(assembler, second, coded(0), sizes[second]!)).toHaveLength(sizes[second]!);
    expect(send(assembler, 2, coded(0) + 10, 3)).toBeUndefined();
    expect(log).toEqual(["decoded", "frame 10 3 0"]);
    expect(frames[0]!.large).toMatchObject({ width: 8, height: 4 });
  });

  it("leaves the second size out where it is no larger", () => {
    const { assembler } = make("wait");
    assembler.onStreams([header(0, 4, 2), header(1, 4, 2), header(2, 1, 1)]);
    send(assembler, 0, coded(0), 24);
    expect(send(assembler, 1, coded(0), 24)).toBeUndefined();
    expect(log).toEqual(["decoded", "frame 10 3 0"]);
    expect(frames[0]!.large).toBeUndefined();
  });

  it("drops both sizes when the pool is dry, and counts one frame", () => {
    const { assembler } = make("drop", 1);
    assembler.onStreams([header(0, 4, 2), header(1, 8, 4), header(2, 1, 1)]);
    for (const ms of [0, 40]) {
      send(assembler, 0, coded(ms), 24);
      send(assembler, 1, coded(ms), 96);
    }
    frames[0]!.release();
    send(assembler, 0, coded(80), 24);
    send(assembler, 1, coded(80), 96);
    expect(log).toEqual(["decoded", "frame 10 3 0", "decoded", "pool_dry", "decoded", "frame 12 3 80"]);
  });

  it("waits for a buffer, counting the frame once", () => {
    const { assembler } = make("wait", 1);
    assembler.onStreams([header(0, 4, 2)]);
    send(assembler, 0, coded(0), 24);
    expect(send(assembler, 0, coded(40), 24)).toBe(wait);
    expect(send(assembler, 0, coded(40), 24)).toBe(wait);
    frames[0]!.release();
    expect(send(assembler, 0, coded(40), 24)).toHaveLength(24);
    expect(log).toEqual(["decoded", "frame 10 3 0", "decoded", "frame 11 3 40"]);
  });

  it("counts a frame that never became whole as dropped, and gives its buffer back", () => {
    const { assembler, pool } = make("wait");
    assembler.onStreams([header(0, 4, 2), header(1, 8, 4), header(2, 1, 1)]);
    send(assembler, 0, coded(0), 24);
    assembler.end();
    assembler.end();
    expect(log).toEqual(["decoded", "stopped"]);
    expect(pool.free).toBe(2);
  });

  it("knows epochs, negative times and far origins", () => {
    const { assembler } = make("wait", 8, 1_700_000_000);
    assembler.onStreams([header(0, 4, 2)]);
    send(assembler, 0, coded(-40), 24);
    send(assembler, 0, coded(0.001, 1), 24);
    expect(log).toEqual(["decoded", "frame 10 3 1699999999960", "decoded", "frame 11 4 1700000000000.001"]);
  });

  it("refuses a change of size and a clock gone mad", () => {
    const { assembler } = make("wait");
    assembler.onStreams([header(0, 4, 2)]);
    expect(() => assembler.onPayload(0, coded(0), 27)).toThrow(expect.objectContaining({ code: "source_lost" }));
    expect(() => assembler.onPayload(0, coded(0, maxEpochsOfOneRun + 1), 24)).toThrow(expect.objectContaining({ code: "source_lost" }));
  });

  it("refuses other pixels", () => {
    expect(() => make("wait").assembler.onStreams([{ ...header(0, 4, 2), fourcc: "BGR\u0018" }])).toThrow(expect.objectContaining({ code: "ffmpeg_failed" }));
  });
});
