// Sources that want more than to be watched: files that are playlists in disguise, names that lead elsewhere; and what a decoder may do.

import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer, type AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { confined } from "../../../src/core/confined.js";
import type { SourceEnd } from "../../../src/core/source.js";
import { probeFile } from "../../../src/ingest/index.js";
import { assertNoChildren } from "../../support/child-processes.js";
import { ffmpeg } from "../../support/ffmpeg.js";
import { startFileServer } from "../../support/file-server.js";
import { makeClip } from "../../support/media-zoo.js";
import { observeSource, runSource, type TestOptions } from "../../support/run-source.js";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.js";

const linuxTools = existsSync("/usr/bin/setpriv") && existsSync("/usr/bin/prlimit");

const to = (address: string) => ({ resolveHost: () => Promise.resolve([address]) });

let folder: TempFolder;
let secret: string;
beforeAll(async () => {
  folder = await makeTempFolder();
  secret = await makeClip({ file: folder.file("secret.ts"), seconds: 1 });
});
afterEach(assertNoChildren);
afterAll(() => folder.remove());

async function endOf(url: string, options: TestOptions): Promise<SourceEnd> {
  return (await runSource(url, options)).end;
}

describe("files that name other files", () => {
  it.each([
    ["an HLS playlist", "list.mp4", () => `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nfile://${secret}\n#EXT-X-ENDLIST\n`],
    ["an HLS playlist of a neighbour", "list.m3u8", () => "#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nsecret.ts\n#EXT-X-ENDLIST\n"],
    ["a concat script", "concat.mp4", () => "ffconcat version 1.0\nfile secret.ts\n"],
    ["a DASH manifest", "dash.mpd", () => `<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static" mediaPresentationDuration="PT1S"><Period><AdaptationSet mimeType="video/mp4"><Representation id="1" bandwidth="1"><BaseURL>${secret}</BaseURL></Representation></AdaptationSet></Period></MPD>`],
    ["an SDP description", "call.sdp", () => "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 9 RTP/AVP 96\na=rtpmap:96 H264/90000\n"],
    ["text to be drawn", "notes.ans", () => "root:x:0:0:root:/root:/bin/bash\n".repeat(30)],
  ])("%s is refused", async (_what, name, content) => {
    await writeFile(folder.file(name), content());
    const { source, end } = await runSource(folder.file(name));
    expect(end).toMatchObject({ reason: "failed", error: { code: expect.stringMatching(/^(no_video|corrupt)$/) as unknown } });
    expect(source.frames).toEqual([]);
    await expect(probeFile(folder.file(name), { timeoutMs: 20_000 })).rejects.toMatchObject({ code: expect.stringMatching(/^(no_video|corrupt)$/) as unknown });
  });

  it("a server that answers a film's address with a playlist is refused", async () => {
    await using server = await startFileServer({ folder: folder.path });
    await writeFile(folder.file("film.mp4"), `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${server.url}/secret.ts\n#EXT-X-ENDLIST\n`);
    const { source, end } = await runSource(`${server.url}/film.mp4`);
    expect(end).toMatchObject({ reason: "failed", error: { code: "no_video" } });
    expect(source.frames).toEqual([]);
  });
});

describe("hosts", () => {
  it("asks where a name leads before it connects", async () => {
    const connections: string[] = [];
    const server = createServer((socket) => {
      connections.push("connected");
      socket.destroy();
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    try {
      for (const scheme of ["rtsp", "http"]) {
        const url = `${scheme}://localhost:${port}/clip.mp4`;
        expect(await endOf(url, { privateSources: true, ...to("169.254.169.254") })).toMatchObject({ reason: "failed", error: { code: "source_not_allowed" } });
        expect(await endOf(url, { privateSources: false, ...to("127.0.0.1") })).toMatchObject({ reason: "failed", error: { code: "source_not_allowed" } });
        expect(await endOf(url, { resolveHost: () => Promise.reject(new Error("nobody")) })).toMatchObject({ reason: "failed", error: { code: "not_found" } });
      }
      expect(connections).toEqual([]);
      // the same port does answer who may come
      await endOf(`rtsp://localhost:${port}/x`, {});
      expect(connections.length).toBeGreaterThan(0);
    } finally {
      server.close();
    }
  });

  it("does not wait for a resolver that never answers", async () => {
    const { running } = observeSource("rtsp://slow.example/1", { resolveHost: () => new Promise(() => undefined) });
    running.close();
    expect(await running.closed).toMatchObject({ reason: "closed" });
  });
});

describe.skipIf(!linuxTools)("a decoder (skipped where setpriv or prlimit is missing)", () => {
  it("runs without new privileges, core dumps, files to write, or much memory", async () => {
    await ffmpeg("-f", "lavfi", "-i", "testsrc2=s=64x64:r=10", "-t", "30", "-c:v", "libx264", folder.file("long.mp4"));
    const command = await confined("sleep", ["30"], { maxMemoryBytes: 2 ** 32 });
    expect(command.args.slice(-6)).toEqual(["--fsize=0", "--nofile=256", `--as=${2 ** 32}`, "--", "sleep", "30"]);
    const source = observeSource(folder.file("long.mp4"), { maxMemoryBytes: 2 ** 33, backpressure: "wait" }, () => "keep");
    await source.until((s) => s.frames.length > 0);
    const pid = Number(readFileSync(`/proc/${process.pid}/task/${process.pid}/children`, "utf8").trim().split(" ").find((child) => readFileSync(`/proc/${child}/comm`, "utf8").trim() === "ffmpeg"));
    const limits = readFileSync(`/proc/${pid}/limits`, "utf8");
    expect(limits).toMatch(/^Max core file size\s+0\s/m);
    expect(limits).toMatch(/^Max file size\s+0\s/m);
    expect(limits).toMatch(/^Max open files\s+256\s/m);
    expect(limits).toMatch(new RegExp(`^Max address space\\s+${2 ** 33}\\s`, "m"));
    expect(readFileSync(`/proc/${pid}/status`, "utf8")).toMatch(/^NoNewPrivs:\t1$/m);
    await source[Symbol.asyncDispose]();
  });

  it("cannot write a file", async () => {
    const { program, args, env } = await confined("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc2", "-frames:v", "1", folder.file("written.png")]);
    const { status, signal } = spawnSync(program, args, { env });
    expect(status === 0 && signal === null).toBe(false);
    expect(existsSync(folder.file("written.png")) ? readFileSync(folder.file("written.png")).length : 0).toBe(0);
  });

  it("cannot take more memory than it may", async () => {
    const file = await makeClip({ file: folder.file("big.mp4"), size: "1920x1080", seconds: 0.2 });
    expect(await endOf(file, { maxMemoryBytes: 50_000_000 })).toMatchObject({ reason: "failed" });
    expect(await endOf(file, { maxMemoryBytes: 8 * 2 ** 30 })).toMatchObject({ reason: "ended" });
  });

  it("does not know the server's token", async () => {
    process.env["EMOSTREAM_TOKEN"] = "a-token-of-the-server";
    try {
      const { program, args, env } = await confined("env", []);
      const { stdout } = spawnSync(program, args, { env, encoding: "utf8" });
      expect(stdout).toContain("PATH=");
      expect(stdout).not.toContain("a-token-of-the-server");
    } finally {
      delete process.env["EMOSTREAM_TOKEN"];
    }
  });
});
