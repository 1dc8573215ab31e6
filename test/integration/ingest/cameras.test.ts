// Cameras: a real RTSP server over TCP and UDP, with passwords, killed, frozen; and addresses that lead nowhere.

import { execFile } from "node:child_process";
import { readFile, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { afterEach, describe, expect, it } from "vitest";
import type { SourceOptions } from "../../../src/core/source.js";
import { assertNoChildren } from "../../support/child-processes.js";
import { freePort } from "../../support/free-port.js";
import { startHangingServer } from "../../support/hanging-server.js";
import { makeClip } from "../../support/media-zoo.js";
import { colorName, meanColor } from "../../support/pixels.js";
import { rtspServerAvailable, startRtspServer } from "../../support/rtsp-server.js";
import { observeSource, runSource, type ObservedSource } from "../../support/run-source.js";
import { makeTempFolder } from "../../support/temp-folder.js";

const available = await rtspServerAvailable();
if (!available) console.warn("RTSP tests are skipped: GStreamer's RTSP server is not installed (see test/support/rtsp_server.py).");

const tlsAvailable = available && (await promisify(execFile)("openssl", ["version"]).then(() => true, () => false));

const live: Partial<SourceOptions> = { backpressure: "drop", maxSide: 160, largeMaxSide: 640 };

afterEach(assertNoChildren);

function expectOrder(source: ObservedSource): void {
  for (const [i, frame] of source.frames.entries()) {
    if (i === 0) continue;
    const before = source.frames[i - 1]!;
    expect(frame.seq).toBeGreaterThan(before.seq);
    if (frame.epoch === before.epoch) expect(frame.ptsMs).toBeGreaterThan(before.ptsMs);
  }
  expect(source.decoded).toBe(source.frames.length + source.drops.length);
  expect(source.running.pool.free).toBe(source.running.pool.size);
}

describe.skipIf(!available)("a camera", { timeout: 90_000 }, () => {
  it.each(["tcp", "udp"] as const)("gives frames over %s", async (transport) => {
    await using server = await startRtspServer({ size: "320x240", fps: 25, pattern: "red" });
    const colors = new Set<string>();
    await using source = observeSource(server.url, { ...live, transport }, (frame) => {
      colors.add(`${colorName(meanColor(frame.picture))} ${colorName(meanColor(frame.large!))}`);
    });
    await source.until((s) => s.frames.length >= 30);
    source.running.close();
    expect(await source.running.closed).toMatchObject({ reason: "closed" });
    expect(source.info).toMatchObject({ width: 320, height: 240, codec: "h264", container: "rtsp", fps: 25, live: true });
    expect(source.frames[0]).toMatchObject({ source: "320x240", picture: "160x120", large: "320x240" });
    expect([...colors]).toEqual(["red red"]);
    expectOrder(source);
  });

  it("serves a clip, and its end is a lost connection", async () => {
    await using folder = await makeTempFolder();
    const file = await makeClip({ file: folder.file("cam.mp4"), size: "160x120", fps: 25, seconds: 2, args: ["-bf", "0"] });
    await using server = await startRtspServer({ file, loops: 1 });
    const { source, end } = await runSource(server.url, live);
    expect(end).toMatchObject({ reason: "failed", error: { code: "source_lost" } });
    expect(source.frames.length).toBeGreaterThan(40);
    expect(source.frames[0]).toMatchObject({ source: "160x120", picture: "160x120", large: undefined });
    expectOrder(source);
  });

  it("asks for a password: wrong, none, right, and never tells it", async () => {
    const password = "pa ss:w/rd@%41";
    await using server = await startRtspServer({ user: "ann", password });
    for (const url of [server.url, server.urlWith("ann", "wrong-secret"), server.urlWith("bob", password)]) {
      const { end } = await runSource(url, live);
      expect(end).toMatchObject({ reason: "failed", error: { code: "unauthorized" } });
      const told = JSON.stringify([end, end.error?.message, end.error?.detail]);
      for (const secret of ["wrong-secret", password, encodeURIComponent(password)]) expect(told).not.toContain(secret);
    }
    await using source = observeSource(server.urlWith("ann", password), live);
    await source.until((s) => s.frames.length >= 3);
  });

  it.skipIf(!tlsAvailable)("speaks TLS", async () => {
    await using folder = await makeTempFolder();
    const certificate = folder.file("camera.pem");
    await promisify(execFile)("openssl", ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=127.0.0.1", "-keyout", folder.file("key.pem"), "-out", folder.file("cert.pem")]);
    await writeFile(certificate, (await readFile(folder.file("cert.pem"), "utf8")) + (await readFile(folder.file("key.pem"), "utf8")));
    await using server = await startRtspServer({ certificate });
    await using source = observeSource(server.url, live);
    await source.until((s) => s.frames.length >= 5);
    expect(server.url).toMatch(/^rtsps:/);
    expect((await runSource(server.url.replace("rtsps", "rtsp"), live)).end.reason).toBe("failed");
  });

  it("unknown path", async () => {
    await using server = await startRtspServer();
    const { end } = await runSource(server.url.replace("/cam", "/nothing"), live);
    expect(end).toMatchObject({ reason: "failed", error: { code: "not_found" } });
  });

  it("killed and back: two runs, seq and epoch go on", async () => {
    const first = await startRtspServer();
    const before = observeSource(first.url, live);
    await before.until((s) => s.frames.length >= 5);
    await first.kill();
    const end = await before.running.closed;
    expect(end).toMatchObject({ reason: "failed", error: { code: "source_lost" } });
    expectOrder(before);
    await using second = await startRtspServer({ port: first.port });
    await using after = observeSource(second.url, { ...live, firstSeq: end.nextSeq, epoch: end.epoch + 1 });
    await after.until((s) => s.frames.length >= 5);
    expect(after.frames[0]).toMatchObject({ seq: end.nextSeq, epoch: end.epoch + 1 });
  });

  it.each(["tcp", "udp"] as const)("frozen over %s: stalled, then thawed, then given up", async (transport) => {
    await using server = await startRtspServer();
    const source = observeSource(server.url, { ...live, transport, stallAfterMs: 800, stallTimeoutMs: 6000 });
    await source.until((s) => s.frames.length >= 5);
    server.freeze();
    await source.until((s) => s.stalls.includes(true));
    server.thaw();
    await source.until((s) => s.stalls.at(-1) === false);
    server.freeze();
    const end = await source.running.closed;
    expect(end).toMatchObject({ reason: "failed", error: { code: "stalled" } });
    expect(source.stalls).toEqual([true, false, true]);
    expectOrder(source);
  });

  it("drops what finds the pool dry, and tells", async () => {
    await using server = await startRtspServer();
    const kept: { release(): void }[] = [];
    const source = observeSource(server.url, { ...live, poolFrames: 2, stallAfterMs: 1500, stallTimeoutMs: 3000 }, (frame) => {
      kept.push(frame);
      return "keep";
    });
    // the camera goes on for longer than the stall timeout: a dry pool is our fault, not a stall
    await source.until((s) => s.drops.length >= 100);
    expect(kept).toHaveLength(2);
    expect(source.running.pool.free).toBe(0);
    source.running.close();
    expect(await source.running.closed).toMatchObject({ reason: "closed" });
    expect(new Set(source.drops)).toEqual(new Set(["pool_dry"]));
    expect(source.stalls).toEqual([]);
    for (const frame of kept) frame.release();
    expectOrder(source);
  });
});

describe("addresses that lead nowhere", () => {
  it("closed port", async () => {
    const { end } = await runSource(`rtsp://user:hunter22@127.0.0.1:${await freePort()}/cam`, live);
    expect(end).toMatchObject({ reason: "failed", error: { code: "refused" } });
    expect(end.error!.message).toContain("rtsp://***@127.0.0.1");
    expect(JSON.stringify([end, end.error?.detail])).not.toContain("hunter22");
  });

  it("unknown host", async () => {
    const { end } = await runSource("rtsp://no-such-host.invalid/cam", live);
    expect(end).toMatchObject({ reason: "failed", error: { code: "not_found" } });
  });

  it.each([
    { scheme: "rtsp", path: "/cam" },
    { scheme: "rtsps", path: "/cam" },
    { scheme: "http", path: "/camera.cgi" },
    { scheme: "http", path: "/video.mp4" },
    { scheme: "http", path: "/live.m3u8" },
  ])("a server that never answers: $scheme $path", async ({ scheme, path }) => {
    await using server = await startHangingServer();
    const startedMs = performance.now();
    const { end } = await runSource(`${scheme}://127.0.0.1:${server.port}${path}`, { ...live, openTimeoutMs: 4000 });
    expect(end).toMatchObject({ reason: "failed", error: { code: "timeout" } });
    expect(server.connections).toBeGreaterThan(0);
    // 4 s for the answer, at most one second of patience with FFmpeg, and the machine's own slowness
    expect(performance.now() - startedMs).toBeLessThan(8000);
  });

  it("an address that is not allowed", async () => {
    expect((await runSource("gopher://127.0.0.1/")).end).toMatchObject({ reason: "failed", error: { code: "unsupported_protocol" } });
    expect((await runSource("rtsp://")).end).toMatchObject({ reason: "failed", error: { code: "invalid_request" } });
  });

  it("no FFmpeg, or a video device that is not there", async () => {
    expect((await runSource("/dev/video99", live)).end).toMatchObject({ reason: "failed", error: { code: "not_found" } });
  });
});

describe("closing", () => {
  it("at once, before FFmpeg runs", async () => {
    await using server = await startHangingServer();
    const source = observeSource(`rtsp://127.0.0.1:${server.port}/cam`, live);
    source.running.close();
    source.running.close();
    expect(await source.running.closed).toMatchObject({ reason: "closed", nextSeq: 0 });
    assertNoChildren();
  });

  it("while FFmpeg waits for an answer", async () => {
    await using server = await startHangingServer();
    const source = observeSource(`rtsp://127.0.0.1:${server.port}/cam`, live);
    while (server.connections === 0) await new Promise((resolve) => setImmediate(resolve));
    source.running.close();
    expect(await source.running.closed).toMatchObject({ reason: "closed" });
  });

  it("while FFmpeg waits for a reader", async () => {
    await using folder = await makeTempFolder();
    const file = await makeClip({ file: folder.file("long.mp4"), size: "640x480", seconds: 4 });
    const kept: { release(): void }[] = [];
    const source = observeSource(file, { poolFrames: 2 }, (frame) => {
      kept.push(frame);
      return "keep";
    });
    await source.until((s) => s.frames.length === 2);
    while (source.decoded < 3) await new Promise((resolve) => setImmediate(resolve)); // the third waits for a buffer
    source.running.close();
    expect(await source.running.closed).toMatchObject({ reason: "closed", nextSeq: 3 });
    expect(source.drops).toEqual(["stopped"]);
    for (const frame of kept) frame.release();
    expectOrder(source);
  });

  it("a dry pool holds a file back and loses nothing", async () => {
    await using folder = await makeTempFolder();
    const file = await makeClip({ file: folder.file("slow.mp4"), size: "320x240", seconds: 4 });
    const kept: { release(): void }[] = [];
    const source = observeSource(file, { poolFrames: 2, stallAfterMs: 1, stallTimeoutMs: 2 }, (frame) => {
      kept.push(frame);
      if (kept.length === 2) setImmediate(() => kept.splice(0).forEach((f) => f.release()));
      return "keep";
    });
    expect(await source.running.closed).toMatchObject({ reason: "ended", nextSeq: 100 });
    expect(source.frames).toHaveLength(100);
    for (const frame of kept) frame.release();
    expectOrder(source);
  });
});
