// What is outside: programs that are missing, hardware that is not there, a parent that dies.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { createServer, type AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { silentLogger } from "../../../src/core/logger.js";
import type { SourceEnd, SourceOptions } from "../../../src/core/source.js";
import { confined } from "../../../src/core/confined.js";
import { createFfmpegSource } from "../../../src/ingest/index.js";
import { assertNoChildren } from "../../support/child-processes.js";
import { makeClip } from "../../support/media-zoo.js";
import { runSource, testOptions } from "../../support/run-source.js";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.js";

let folder: TempFolder;
let clip: string;
beforeAll(async () => {
  folder = await makeTempFolder();
  clip = await makeClip({ file: folder.file("clip.mkv"), size: "160x120", seconds: 2 });
});
afterEach(assertNoChildren);
afterAll(() => folder.remove());

async function run(programs: { ffmpeg?: string; ffprobe?: string; maxPixels?: number }, options: Partial<SourceOptions> = {}): Promise<SourceEnd> {
  const open = createFfmpegSource({ ffmpeg: "ffmpeg", ffprobe: "ffprobe", maxPixels: 1e8, maxMemoryBytes: 0, privateSources: true, logger: silentLogger(), ...programs });
  const nothing = { onInfo: () => undefined, onDecoded: () => undefined, onDropped: () => undefined, onStalled: () => undefined };
  return open({ ...testOptions, url: clip, ...options }, { ...nothing, onFrame: (frame) => frame.release() }).closed;
}

describe("programs", () => {
  it("says when ffmpeg or ffprobe is missing", async () => {
    expect(await run({ ffmpeg: "no-such-ffmpeg" })).toMatchObject({ reason: "failed", error: { code: "ffmpeg_missing" } });
    expect(await run({ ffmpeg: "/etc/hostname" })).toMatchObject({ reason: "failed", error: { code: "ffmpeg_missing" } });
    expect(await run({ ffprobe: "no-such-ffprobe" })).toMatchObject({ reason: "failed", error: { code: "ffmpeg_missing" } });
  });

  it("says when the hardware decoder cannot be had", async () => {
    const { source, end } = await runSource(clip, { hwaccel: "nosuch" });
    expect(end).toMatchObject({ reason: "failed", error: { code: "hwaccel_failed" } });
    expect(source.frames).toEqual([]);
  });

  it("refuses a picture that is too large", async () => {
    expect(await run({ maxPixels: 160 * 120 - 1 })).toMatchObject({ reason: "failed", error: { code: "picture_too_large" } });
  });

  it("an observer that throws ends the source, not the process", async () => {
    const open = createFfmpegSource({ ffmpeg: "ffmpeg", ffprobe: "ffprobe", maxPixels: 1e8, maxMemoryBytes: 0, privateSources: true, logger: silentLogger() });
    const nothing = { onInfo: () => undefined, onDecoded: () => undefined, onDropped: () => undefined, onStalled: () => undefined };
    const source = open({ ...testOptions, url: clip }, {
      ...nothing,
      onFrame: (frame) => {
        frame.release();
        throw new Error("a defect of the observer");
      },
    });
    expect(await source.closed).toMatchObject({ reason: "failed", error: { code: "internal" } });
    expect(source.pool.free).toBe(source.pool.size);
  });
});

describe("a server that stops in the middle of a file", () => {
  it.each([
    { how: "falls silent", code: "stalled" },
    { how: "closes the connection", code: "source_lost" },
  ])("$how: $code", async ({ how, code }) => {
    const bytes = readFileSync(clip);
    const server = createServer((socket) => {
      socket.on("error", () => socket.destroy());
      socket.once("data", (request: Buffer) => {
        const from = Number(/Range: bytes=(\d+)/.exec(request.toString())?.[1] ?? 0);
        socket.write(`HTTP/1.1 206 Partial Content\r\nContent-Length: ${bytes.length - from}\r\nContent-Range: bytes ${from}-${bytes.length - 1}/${bytes.length}\r\n\r\n`);
        const part = bytes.subarray(from, Math.floor(bytes.length * 0.7));
        if (how === "falls silent") socket.write(part);
        else socket.end(part);
      });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const startedMs = performance.now();
    const end = await run({}, { url: `http://127.0.0.1:${port}/clip.mkv`, openTimeoutMs: 8000, stallTimeoutMs: 1500 });
    server.close();
    expect(end).toMatchObject({ reason: "failed", error: { code } });
    expect(end.nextSeq).toBeGreaterThan(10);
    expect(performance.now() - startedMs).toBeLessThan(20_000);
  });
});

describe.skipIf(!existsSync("/usr/bin/setpriv"))("the death of the parent", () => {
  it("ends an FFmpeg that waits for a reader", async () => {
    const { program, args } = await confined("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc2", "-f", "rawvideo", "pipe:1"]);
    // a parent that starts it, tells its pid and never reads
    const script = "const [p, a] = JSON.parse(process.argv[1]); const c = require('node:child_process').spawn(p, a, { stdio: ['ignore', 'pipe', 'ignore'] }); console.log(c.pid); setInterval(() => {}, 1000)";
    const parent = spawn(process.execPath, ["-e", script, JSON.stringify([program, args])], { stdio: ["ignore", "pipe", "inherit"] });
    const [line] = (await once(parent.stdout, "data")) as [Buffer];
    const pid = Number(line.toString());
    await expect.poll(() => nameOf(pid)).toBe("ffmpeg");
    parent.kill("SIGKILL");
    await once(parent, "exit");
    await expect.poll(() => nameOf(pid), { timeout: 5000 }).toBeUndefined();
  });
});

/** Program name of a living process. */
function nameOf(pid: number): string | undefined {
  try {
    const [, name, state] = /^\d+ \((.*)\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, "utf8")) ?? [];
    return state === "Z" ? undefined : name;
  } catch {
    return undefined; // it is gone
  }
}
