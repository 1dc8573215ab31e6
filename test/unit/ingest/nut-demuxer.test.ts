// The demuxer against FFmpeg's own output: whatever the chunks, the same frames. Written by FFmpeg here and now, split at every boundary.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import * as fc from "fast-check";
import { beforeAll, describe, expect, it } from "vitest";
import { AppError } from "../../../src/core/errors.js";
import { NutDemuxer, wait, type NutSink } from "../../../src/ingest/nut-demuxer.js";
import type { StreamHeader } from "../../../src/ingest/nut-format.js";

interface Got {
  readonly streamId: number;
  readonly pts: number;
  readonly bytes: string;
}

/** Copies payloads; `answer` may ask for patience or skip. */
class Recorder implements NutSink {
  streams: readonly StreamHeader[] = [];
  readonly got: Got[] = [];
  readonly answer: () => "take" | "skip" | "wait";
  #open: { streamId: number; pts: number; target: Uint8Array | undefined } | undefined;

  constructor(answer: () => "take" | "skip" | "wait" = () => "take") {
    this.answer = answer;
  }

  onStreams(streams: readonly StreamHeader[]): void {
    expect(this.streams).toEqual([]);
    this.streams = streams;
  }

  onPayload(streamId: number, pts: number, size: number): Uint8Array | undefined | typeof wait {
    expect(this.#open).toBeUndefined();
    const answer = this.answer();
    if (answer === "wait") return wait;
    const target = answer === "skip" ? undefined : new Uint8Array(size);
    this.#open = { streamId, pts, target };
    return target;
  }

  onPayloadEnd(streamId: number): void {
    expect(this.#open?.streamId).toBe(streamId);
    const { pts, target } = this.#open!;
    this.#open = undefined;
    this.got.push({ streamId, pts, bytes: target === undefined ? "skipped" : Buffer.from(target).toString("hex") });
  }
}

async function nut(...args: string[]): Promise<Buffer> {
  const { stdout } = await promisify(execFile)("ffmpeg", ["-v", "error", "-nostdin", ...args, "-c:v", "rawvideo", "-pix_fmt", "rgb24", "-write_index", "0", "-f", "nut", "pipe:1"], { encoding: "buffer", maxBuffer: 1e8 });
  return stdout;
}

let two: Buffer; // two streams of 5x3 and 2x1, six frames each
let large: Buffer; // frames larger than 4096 bytes
let expected: Got[];

beforeAll(async () => {
  two = await nut("-f", "lavfi", "-i", "testsrc2=s=16x16:r=10:d=0.6", "-filter_complex", "split[a][b];[a]scale=5:3[s];[b]scale=2:1,setpts=PTS+3/TB[l]", "-map", "[s]", "-map", "[l]", "-max_interleave_delta", "1");
  large = await nut("-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=1");
  expected = demux([two]).got;
});

function demux(chunks: readonly Uint8Array[], recorder = new Recorder()): Recorder {
  const demuxer = new NutDemuxer(recorder);
  for (const chunk of chunks) demuxer.push(chunk);
  expect(demuxer.betweenFrames).toBe(true);
  return recorder;
}

describe("whole streams", () => {
  it("gives headers, times and pixels", () => {
    const { streams, got } = demux([two]);
    expect(streams.map(({ width, height, fourcc }) => ({ width, height, fourcc }))).toEqual([
      { width: 5, height: 3, fourcc: "RGB\u0018" },
      { width: 2, height: 1, fourcc: "RGB\u0018" },
    ]);
    const seconds = (streamId: number) => got.filter((g) => g.streamId === streamId).map((g) => (g.pts * streams[streamId]!.timeBase.num) / streams[streamId]!.timeBase.den);
    expect(seconds(0)).toEqual([0, 0.1, 0.2, 0.3, 0.4, 0.5].map((s) => expect.closeTo(s, 6)));
    expect(seconds(1)).toEqual([3, 3.1, 3.2, 3.3, 3.4, 3.5].map((s) => expect.closeTo(s, 6)));
    expect(got.every((g) => g.bytes.length === (g.streamId === 0 ? 90 : 12))).toBe(true);
  });

  it("gives the pixels that FFmpeg gives as raw video", async () => {
    const { stdout } = await promisify(execFile)("ffmpeg", ["-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s=64x64:r=25:d=1", "-pix_fmt", "rgb24", "-f", "rawvideo", "pipe:1"], { encoding: "buffer", maxBuffer: 1e8 });
    expect(demux([large]).got.map((g) => g.bytes).join("")).toBe(stdout.toString("hex"));
  });

  it("puts back first bytes that the muxer left out", async () => {
    // one black and nearly black pixel: 00 00 01 is the beginning of many codecs' frames, which NUT shortens
    const pixels = ["000001", "000000", "010203", "000001"];
    const recorder = new Recorder();
    for (const rgb of pixels) {
      const bytes = await nut("-f", "lavfi", "-i", `color=c=0x${rgb}:s=2x2:r=1:d=1,format=rgb24,crop=1:1`);
      demux([bytes], recorder.got.length === 0 ? recorder : new Recorder());
      const one = demux([bytes]);
      expect(one.got.map((g) => g.bytes)).toEqual([rgb]);
    }
  });
});

describe("chunks", () => {
  it("every boundary split once", () => {
    for (let cut = 0; cut <= two.length; cut++) expect(demux([two.subarray(0, cut), two.subarray(cut)]).got).toEqual(expected);
  });

  it("single bytes", () => {
    expect(demux([...two].map((byte) => Uint8Array.of(byte))).got).toEqual(expected);
  });

  it("any cuts, with waiting in between (property)", () => {
    fc.assert(
      fc.property(fc.array(fc.nat(two.length), { maxLength: 30 }), fc.infiniteStream(fc.boolean()), (cuts, patience) => {
        let asked = 0;
        const recorder = new Recorder(() => (asked++ % 2 === 0 && patience.next().value ? "wait" : "take"));
        const demuxer = new NutDemuxer(recorder);
        const sorted = [0, ...cuts, two.length].toSorted((a, b) => a - b);
        for (let i = 1; i < sorted.length; i++) {
          demuxer.push(two.subarray(sorted[i - 1], sorted[i]));
          // sometimes at once, sometimes only after more bytes were queued
          if (i % 2 === 0) demuxer.resume();
        }
        for (let turns = 0; demuxer.waiting && turns < 100; turns++) demuxer.resume();
        expect(recorder.got).toEqual(expected);
        expect(demuxer.betweenFrames).toBe(true);
      }),
      { numRuns: 300 },
    );
  });

  it("skipped payloads do not disturb the others", () => {
    let n = 0;
    const recorder = demux([two], new Recorder(() => (n++ % 3 === 0 ? "skip" : "take")));
    expect(recorder.got).toEqual(expected.map((g, i) => (i % 3 === 0 ? { ...g, bytes: "skipped" } : g)));
  });
});

describe("broken streams", () => {
  it("a short end is seen, and gives the frames before it", () => {
    for (let cut = 0; cut < two.length; cut++) {
      const recorder = new Recorder();
      const demuxer = new NutDemuxer(recorder);
      demuxer.push(two.subarray(0, cut));
      expect(recorder.got).toEqual(expected.slice(0, recorder.got.length));
      if (cut === 0) expect(demuxer.betweenFrames).toBe(true);
    }
    const cutFrame = new NutDemuxer(new Recorder());
    cutFrame.push(two.subarray(0, two.length - 1));
    expect(cutFrame.betweenFrames).toBe(false);
  });

  it("other bytes are refused with a code", () => {
    expect(() => new NutDemuxer(new Recorder()).push(Buffer.alloc(100, 7))).toThrow(AppError);
  });

  it("damage never ends in anything but an AppError (property)", () => {
    fc.assert(
      fc.property(fc.nat(two.length - 1), fc.nat(255), (at, value) => {
        const damaged = Buffer.from(two);
        damaged[at] = value;
        const sizes: NutSink = { onStreams: () => undefined, onPayload: () => undefined, onPayloadEnd: () => undefined };
        try {
          new NutDemuxer(sizes).push(damaged);
        } catch (error) {
          expect(error).toBeInstanceOf(AppError);
        }
      }),
      { numRuns: 3000 },
    );
  });
});
