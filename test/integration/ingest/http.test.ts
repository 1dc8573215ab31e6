// Files, playlists and cameras behind HTTP.

import { readFile, writeFile } from "node:fs/promises";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { assertNoChildren } from "../../support/child-processes.js";
import { ffmpeg, ffprobePts } from "../../support/ffmpeg.js";
import { startFileServer, type FileServer } from "../../support/file-server.js";
import { makeClip } from "../../support/media-zoo.js";
import { observeSource, runSource } from "../../support/run-source.js";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.js";

let folder: TempFolder;
let server: FileServer;
beforeAll(async () => {
  folder = await makeTempFolder();
  await ffmpeg("-f", "lavfi", "-i", "color=c=red:s=160x120", "-frames:v", "1", folder.file("still.jpg"));
  server = await startFileServer({ folder: folder.path, mjpegFrame: await readFile(folder.file("still.jpg")) });
});
afterEach(assertNoChildren);
afterAll(async () => {
  await server[Symbol.asyncDispose]();
  await folder.remove();
});

describe("http", () => {
  it("plays a file with its true times", async () => {
    const file = await makeClip({ file: folder.file("clip.mp4"), fps: 10 });
    const { source, end } = await runSource(`${server.url}/clip.mp4`, { maxSide: 80, largeMaxSide: 120 });
    expect(end).toMatchObject({ reason: "ended", nextSeq: 10 });
    expect(source.info).toMatchObject({ width: 160, height: 120, codec: "h264", live: false, frameCount: 10 });
    expect(source.frames.map((f) => f.ptsMs)).toEqual(await ffprobePts(file));
    expect(source.frames[0]).toMatchObject({ source: "160x120", picture: "80x60", large: "120x90" });
  });

  it("plays a finished HLS playlist to its end", async () => {
    const clip = await makeClip({ file: folder.file("hls.mp4"), seconds: 4, args: ["-g", "25"] });
    await ffmpeg("-i", clip, "-c", "copy", "-f", "hls", "-hls_time", "1", "-hls_list_size", "0", folder.file("list.m3u8"));
    const { source, end } = await runSource(`${server.url}/list.m3u8`);
    expect(end).toMatchObject({ reason: "ended" });
    expect(source.frames).toHaveLength(100);
    expect(source.info).toMatchObject({ width: 160, height: 120, codec: "h264", container: "hls", live: true });
  });

  it("plays an MJPEG camera until it is closed", async () => {
    const source = observeSource(`${server.url}/camera.cgi?user=ann&password=hunter22`, { backpressure: "drop" });
    await source.until((s) => s.frames.length >= 10);
    source.running.close();
    expect(await source.running.closed).toMatchObject({ reason: "closed" });
    expect(source.info).toMatchObject({ width: 160, height: 120, codec: "mjpeg", live: true });
  });

  it.each([
    ["is turned: as many bytes, another shape", "120x160", 160],
    ["changes its shape", "160x90", 160],
    ["doubles its size, which is scaled to the same", "320x240", 160],
  ])("a camera that %s is a lost source, opened anew by whoever wants it", async (_what, changed, maxSide) => {
    await ffmpeg("-f", "lavfi", "-i", `color=c=blue:s=${changed}`, "-frames:v", "1", "-y", folder.file("changed.jpg"));
    const [before, after] = await Promise.all([readFile(folder.file("still.jpg")), readFile(folder.file("changed.jpg"))]);
    let picture = before;
    await using camera = await startFileServer({ folder: folder.path, mjpegFrame: () => picture });
    const source = observeSource(`${camera.url}/camera.cgi`, { backpressure: "drop", maxSide });
    await source.until((s) => s.frames.length >= 5);
    picture = after;
    expect(await source.running.closed).toMatchObject({ reason: "failed", error: { code: "source_lost", message: "The source changed its picture size." } });
    expect(source.info).toMatchObject({ width: 160, height: 120 });
    expect(new Set(source.frames.map((f) => f.picture))).toEqual(new Set(["160x120"]));
  });

  it("refuses a camera's picture that is too large", async () => {
    const { source, end } = await runSource(`${server.url}/camera.cgi`, { backpressure: "drop", maxPixels: 100 });
    expect(end).toMatchObject({ reason: "failed", error: { code: "picture_too_large" } });
    expect(source.frames).toEqual([]);
  });

  it("a playlist cannot name local files", async () => {
    const clip = await makeClip({ file: folder.file("secret.ts"), seconds: 1 });
    await writeFile(folder.file("evil.m3u8"), `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://${clip}\n#EXT-X-ENDLIST\n`);
    const { source, end } = await runSource(`${server.url}/evil.m3u8`);
    expect(end.reason).toBe("failed");
    expect(source.frames).toEqual([]);
  });

  it("a file's playlist cannot call hosts", async () => {
    await writeFile(folder.file("call.m3u8"), `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${server.url}/secret.ts\n#EXT-X-ENDLIST\n`);
    const { source, end } = await runSource(folder.file("call.m3u8"));
    expect(end.reason).toBe("failed");
    expect(source.frames).toEqual([]);
  });
});

describe("http failures", () => {
  it.each([
    ["/missing.mp4", "not_found"],
    ["/missing.m3u8", "not_found"],
    ["/missing-camera", "not_found"],
    ["/forbidden", "forbidden"],
    ["/broken", "source_lost"],
  ])("%s is %s", async (path, code) => {
    const { end } = await runSource(`${server.url}${path}?token=topsecret`);
    expect(end).toMatchObject({ reason: "failed", error: { code } });
    expect(JSON.stringify([end, end.error!.message, end.error!.detail])).not.toContain("topsecret");
  });

  it("wrong and right password", async () => {
    await makeClip({ file: folder.file("locked.mp4"), fps: 10 });
    await using locked = await startFileServer({ folder: folder.path, credentials: "ann:hunter22" });
    const address = (who: string) => `http://${who}@127.0.0.1:${locked.port}/locked.mp4`;
    expect((await runSource(address("ann:wrong"))).end).toMatchObject({ reason: "failed", error: { code: "unauthorized" } });
    expect((await runSource(address("ann:hunter22"))).end).toMatchObject({ reason: "ended", nextSeq: 10 });
  });

  it("text behind a camera's address", async () => {
    await writeFile(folder.file("page"), "<html>".repeat(200));
    const { end } = await runSource(`${server.url}/page`);
    expect(end).toMatchObject({ reason: "failed", error: { code: "corrupt" } });
  });

  it("a download that breaks off", async () => {
    const clip = await makeClip({ file: folder.file("long.mkv"), seconds: 4, size: "320x240" });
    const bytes = await readFile(clip);
    await writeFile(folder.file("short.mkv"), bytes.subarray(0, Math.floor(bytes.length * 0.6)));
    const { source, end } = await runSource(`${server.url}/short.mkv`);
    expect(end).toMatchObject({ reason: "failed", error: { code: "corrupt" } });
    expect(source.frames.length).toBeGreaterThan(20);
  });
});
