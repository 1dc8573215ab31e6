// Files that are not what they should be: each ends with a named failure, after every frame that can be had.

import { appendFile, copyFile, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { probeFile } from "../../../src/ingest/index.js";
import { assertNoChildren } from "../../support/child-processes.js";
import { ffmpeg, ffprobeFrameCount } from "../../support/ffmpeg.js";
import { makeClip, type ClipOptions } from "../../support/media-zoo.js";
import { observeSource, runSource } from "../../support/run-source.js";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.js";

let folder: TempFolder;
beforeAll(async () => {
  folder = await makeTempFolder();
});
afterEach(assertNoChildren);
afterAll(() => folder.remove());

async function expectFailure(file: string, code: string): Promise<void> {
  const { source, end } = await runSource(file);
  expect(end).toMatchObject({ reason: "failed", error: { code }, nextSeq: 0 });
  expect(source.frames).toEqual([]);
  expect(source.running.pool.free).toBe(source.running.pool.size);
  await expect(probeFile(file, { timeoutMs: 20_000 })).rejects.toMatchObject({ code });
}

describe("no video at all", () => {
  it("missing file", () => expectFailure(folder.file("missing.mp4"), "not_found"));
  it("file below a file", async () => {
    await writeFile(folder.file("plain"), "x");
    await expectFailure(`${folder.file("plain")}/clip.mp4`, "not_found");
  });
  it("folder", async () => {
    await mkdir(folder.file("folder.mp4"));
    await expectFailure(folder.file("folder.mp4"), "no_video");
  });
  it("zero bytes", async () => {
    await writeFile(folder.file("zero.mp4"), "");
    await expectFailure(folder.file("zero.mp4"), "corrupt");
  });
  it("text", async () => {
    await writeFile(folder.file("notes.txt"), "Nothing moves here.\n".repeat(50));
    await expectFailure(folder.file("notes.txt"), "no_video");
    await copyFile(folder.file("notes.txt"), folder.file("notes.mp4"));
    await expectFailure(folder.file("notes.mp4"), "corrupt");
  });
  it("sound only", async () => {
    await ffmpeg("-f", "lavfi", "-i", "sine", "-t", "1", folder.file("sound.m4a"));
    await expectFailure(folder.file("sound.m4a"), "no_video");
  });
  it("sound with a cover picture", async () => {
    await ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64", "-frames:v", "1", folder.file("cover.png"));
    await ffmpeg("-f", "lavfi", "-i", "sine", "-i", folder.file("cover.png"), "-map", "0", "-map", "1", "-t", "1", "-c:v", "png", "-disposition:v:0", "attached_pic", folder.file("covered.m4a"));
    await expectFailure(folder.file("covered.m4a"), "no_video");
  });
  it("video beside a cover picture is found", async () => {
    const clip = await makeClip({ file: folder.file("plain.mp4"), size: "160x120", fps: 10 });
    await ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64", "-frames:v", "1", folder.file("cover2.png"));
    await ffmpeg("-i", folder.file("cover2.png"), "-i", clip, "-map", "0", "-map", "1", "-c:v:0", "png", "-c:v:1", "copy", "-disposition:v:0", "attached_pic", folder.file("both.mp4"));
    const { source, end } = await runSource(folder.file("both.mp4"));
    expect(end.reason).toBe("ended");
    expect(source.frames).toHaveLength(10);
    expect(source.frames[0]).toMatchObject({ source: "160x120" });
  });
  it("a codec without decoder", async () => {
    const clip = await makeClip({ file: folder.file("known.mkv"), codec: "mpeg4" });
    const bytes = await readFile(clip);
    bytes.write("V_NOSUCH/ISO/AS", bytes.indexOf("V_MPEG4/ISO/ASP"), "latin1");
    await writeFile(folder.file("unknown.mkv"), bytes);
    await expectFailure(folder.file("unknown.mkv"), "unsupported_codec");
  });
  it("a picture larger than allowed", async () => {
    const file = await makeClip({ file: folder.file("large.mp4"), size: "640x480", seconds: 0.2 });
    await expect(probeFile(file, { timeoutMs: 20_000, maxPixels: 640 * 480 - 1 })).rejects.toMatchObject({ code: "picture_too_large" });
    await expect(probeFile(file, { timeoutMs: 20_000, maxPixels: 640 * 480 })).resolves.toMatchObject({ width: 640, height: 480 });
  });
});

describe("probe", () => {
  it("keeps its deadline and its signal", async () => {
    const file = await makeClip({ file: folder.file("probe.mp4"), seconds: 0.2 });
    await expect(probeFile(file, { timeoutMs: 1 })).rejects.toMatchObject({ code: "timeout" });
    await expect(probeFile(file, { timeoutMs: 20_000, signal: AbortSignal.abort() })).rejects.toMatchObject({ code: "cancelled" });
    const stop = new AbortController();
    const asked = probeFile(file, { timeoutMs: 20_000, signal: stop.signal });
    stop.abort();
    await expect(asked).rejects.toMatchObject({ code: "cancelled" });
    await expect(probeFile(file, { timeoutMs: 20_000, ffprobe: "no-such-ffprobe" })).rejects.toMatchObject({ code: "ffmpeg_missing" });
  });
  it("describes a file", async () => {
    const file = await makeClip({ file: folder.file("describe.mp4"), size: "160x120", fps: 20, seconds: 2 });
    expect(await probeFile(file, { timeoutMs: 20_000 })).toMatchObject({ width: 160, height: 120, codec: "h264", container: expect.stringContaining("mp4"), fps: 20, durationMs: 2000, frameCount: 40, live: false, rotation: 0 });
  });
});

describe("strange names", () => {
  it.each(["-i.mp4", "a:b.mp4", "http:clip.mp4", "line\nbreak.mp4", "per%20cent %d.mp4", "quote'\"[0].mp4", "ünï – 視.mp4"])("%j is a file name", async (name) => {
    const file = folder.file(name);
    await copyFile(await makeClip({ file: folder.file("named.mp4"), seconds: 0.2, fps: 10 }), file);
    const { source, end } = await runSource(file);
    expect(end.reason).toBe("ended");
    expect(source.frames).toHaveLength(2);
  });
});

describe("files that break off", () => {
  const cut: readonly [string, Partial<ClipOptions>][] = [
    ["cut.mkv", {}],
    ["cut-fast.mp4", { args: ["-movflags", "+faststart"] }],
    ["cut-fast-sound.mp4", { args: ["-movflags", "+faststart"], sound: true }],
    ["cut.webm", { codec: "libvpx" }],
    ["cut.avi", { codec: "mpeg4" }],
    ["cut-h265.mkv", { codec: "libx265" }],
  ];
  it.each(cut)("%s gives its frames up to the break, then `corrupt`", async (name, options) => {
    const whole = await makeClip({ file: folder.file(`whole-${name}`), seconds: 4, size: "320x240", ...options });
    const bytes = await readFile(whole);
    const file = folder.file(name);
    await writeFile(file, bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    const { source, end } = await runSource(file);
    const count = await ffprobeFrameCount(file);
    expect(count).toBeGreaterThan(20);
    expect(source.frames).toHaveLength(count);
    expect(end).toMatchObject({ reason: "failed", error: { code: "corrupt" }, nextSeq: count });
    expect((await runSource(whole)).end).toMatchObject({ reason: "ended" });
  });

  it("a cut ordinary MP4 has no index and gives nothing", async () => {
    const whole = await makeClip({ file: folder.file("ordinary.mp4"), seconds: 2 });
    const bytes = await readFile(whole);
    await writeFile(folder.file("cut-ordinary.mp4"), bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    await expectFailure(folder.file("cut-ordinary.mp4"), "corrupt");
  });

  it("a damaged middle is no break", async () => {
    const whole = await makeClip({ file: folder.file("middle-whole.mkv"), seconds: 4, size: "320x240", args: ["-g", "25"] });
    const bytes = await readFile(whole);
    bytes.fill(0x55, Math.floor(bytes.length * 0.4), Math.floor(bytes.length * 0.4) + 2000);
    await writeFile(folder.file("middle.mkv"), bytes);
    const { source, end } = await runSource(folder.file("middle.mkv"));
    expect(end).toMatchObject({ reason: "ended" });
    expect(end.warnings.length).toBeGreaterThan(0);
    expect(source.frames.at(-1)!.ptsMs).toBe(3960);
  });

  it("one picture shown for long is no break", async () => {
    const file = await makeClip({ file: folder.file("slide.mkv"), fps: 25, seconds: 4, filter: "select='eq(n,0)+eq(n,1)'", args: ["-fps_mode", "vfr"], sound: true });
    expect((await runSource(file)).end.reason).toBe("ended");
  });
});

describe("files that change while they are played", () => {
  it("plays on when the file vanishes", async () => {
    const file = await makeClip({ file: folder.file("vanish.mkv"), seconds: 1.5, fps: 20, size: "320x240" });
    const source = observeSource(file, { realtime: true });
    await source.until((s) => s.frames.length > 2);
    await rm(file);
    expect(await source.running.closed).toMatchObject({ reason: "ended", nextSeq: 30 });
  });

  it("plays what is appended", async () => {
    const whole = await makeClip({ file: folder.file("grow-whole.mkv"), seconds: 2, fps: 20, size: "640x480" });
    const bytes = await readFile(whole);
    const half = Math.floor(bytes.length / 2);
    const file = folder.file("grow.mkv");
    await writeFile(file, bytes.subarray(0, half));
    const source = observeSource(file, { realtime: true });
    await source.until((s) => s.frames.length > 2);
    await appendFile(file, bytes.subarray(half));
    expect(await source.running.closed).toMatchObject({ reason: "ended", nextSeq: 40 });
  });

  it("ends with `corrupt` when the file is emptied", async () => {
    const file = await makeClip({ file: folder.file("emptied.mkv"), seconds: 3, fps: 20, size: "640x480" });
    const source = observeSource(file, { realtime: true });
    await source.until((s) => s.frames.length > 2);
    await writeFile(file, "");
    const end = await source.running.closed;
    expect(end).toMatchObject({ reason: "failed", error: { code: "corrupt" } });
    expect(source.frames.length).toBeLessThan(60);
  });
});
