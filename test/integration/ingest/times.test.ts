// Times that are not simply n / fps.

import { readFile, writeFile } from "node:fs/promises";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { ffmpeg, ffprobePts } from "../../support/ffmpeg.js";
import { makeClip } from "../../support/media-zoo.js";
import { observeSource, runSource, type FrameNote } from "../../support/run-source.js";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.js";

let folder: TempFolder;
beforeAll(async () => {
  folder = await makeTempFolder();
});
afterAll(() => folder.remove());

function expectTimes(frames: readonly FrameNote[], expected: readonly (number | undefined)[]): void {
  expect(frames).toHaveLength(expected.length);
  expect(expected.filter((pts) => pts !== undefined).length).toBeGreaterThan(expected.length / 2);
  for (const [i, frame] of frames.entries()) {
    const pts = expected[i];
    if (pts !== undefined) expect(Math.abs(frame.ptsMs - pts), `frame ${i}: ${frame.ptsMs} against ${pts}`).toBeLessThanOrEqual(1);
  }
}

describe("true times", () => {
  it.each([
    ["variable rate in mp4", "vfr.mp4", { filter: "select='lt(n\\,8)+not(mod(n\\,5))'", args: ["-fps_mode", "vfr"], seconds: 2 }],
    ["variable rate in mkv", "vfr.mkv", { filter: "select='lt(n\\,8)+not(mod(n\\,5))'", args: ["-fps_mode", "vfr"], seconds: 2 }],
    ["a late start", "late.mkv", { args: ["-output_ts_offset", "5.3"] }],
    ["a late start in mpegts", "late.ts", { args: ["-output_ts_offset", "80000.25"] }],
    ["Unix time", "unix.mkv", { args: ["-output_ts_offset", "1700000000"] }],
    ["a gap", "gap.mkv", { filter: "setpts='PTS+gte(N\\,10)*100/TB'", args: ["-fps_mode", "passthrough"], seconds: 120 }],
    ["29.97 frames a second", "ntsc.mp4", { fps: 30_000 / 1001, seconds: 3 }],
    ["240 frames a second", "fast.mp4", { fps: 240 }],
  ] as const)("%s", async (_, name, options) => {
    const file = await makeClip({ file: folder.file(name), ...options });
    const { source, end } = await runSource(file);
    expect(end).toMatchObject({ reason: "ended", epoch: 0 });
    expectTimes(source.frames, await ffprobePts(file));
  });

  it("an edit list that begins between key frames", async () => {
    const whole = await makeClip({ file: folder.file("whole.mp4"), seconds: 3, args: ["-g", "50"] });
    const file = folder.file("edited.mp4");
    await ffmpeg("-ss", "0.7", "-i", whole, "-c", "copy", file);
    const { source } = await runSource(file);
    expectTimes(source.frames, await ffprobePts(file));
  });

  it("negative times", async () => {
    const file = await makeClip({ file: folder.file("negative.mkv"), args: ["-avoid_negative_ts", "disabled", "-output_ts_offset", "-0.4"] });
    const { source } = await runSource(file);
    expectTimes(source.frames, await ffprobePts(file));
  });

  it("a jump backwards begins a new epoch", async () => {
    const one = await makeClip({ file: folder.file("one.ts"), args: ["-bf", "0"] });
    const two = await makeClip({ file: folder.file("two.ts"), args: ["-bf", "0"] });
    const file = folder.file("jump.ts");
    await writeFile(file, Buffer.concat([await readFile(one), await readFile(two)]));
    const { source, end } = await runSource(file, { epoch: 7, firstSeq: 100 });
    expectTimes(source.frames, await ffprobePts(file));
    expect(source.frames.map((f) => f.epoch)).toEqual([...Array<number>(25).fill(7), ...Array<number>(25).fill(8)]);
    expect(source.frames.map((f) => f.seq)).toEqual(source.frames.map((_, i) => 100 + i));
    expect(end).toMatchObject({ nextSeq: 150, epoch: 8 });
  });
});

describe("rates", () => {
  it("maxFps keeps the true times of the frames it leaves", async () => {
    const file = await makeClip({ file: folder.file("limit.mp4"), fps: 25, seconds: 4 });
    const { source, end } = await runSource(file, { maxFps: 10 });
    expect(end.reason).toBe("ended");
    expect(source.frames).toHaveLength(40);
    for (const frame of source.frames) expect(frame.ptsMs % 40).toBe(0);
    expect(source.decoded).toBe(40);
  });

  it("maxFps above the source's rate changes nothing", async () => {
    const file = await makeClip({ file: folder.file("nolimit.mp4"), fps: 10, seconds: 2 });
    expect((await runSource(file, { maxFps: 10 })).source.frames).toHaveLength(20);
    expect((await runSource(file, { maxFps: 60 })).source.frames).toHaveLength(20);
  });

  it("loops with times that go on", async () => {
    const file = await makeClip({ file: folder.file("loop.mp4"), fps: 10, seconds: 1, sound: true });
    await using source = observeSource(file, { loop: true });
    await source.until((s) => s.frames.length >= 35);
    source.running.close();
    expect(await source.running.closed).toMatchObject({ reason: "closed", epoch: 0 });
    for (let i = 1; i < 35; i++) expect(source.frames[i]!.ptsMs - source.frames[i - 1]!.ptsMs).toBeGreaterThan(50);
  });

  it("realtime plays at the file's own speed", async () => {
    const file = await makeClip({ file: folder.file("real.mp4"), fps: 10, seconds: 2 });
    const { source } = await runSource(file, { realtime: true });
    const [first, last] = [source.frames[0]!, source.frames.at(-1)!];
    expect(last.receivedAtMs - first.receivedAtMs).toBeGreaterThan(1500);
  });
});
