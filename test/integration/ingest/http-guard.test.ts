// The proxy between FFmpeg and HTTP servers: wherever redirects, playlists and later DNS answers lead, policy decides.

import { readFile, writeFile } from "node:fs/promises";
import { once } from "node:events";
import { createServer, type Server } from "node:http";
import { createServer as createTlsServer } from "node:https";
import { connect, type AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import type { SourceEnd } from "../../../src/core/source.js";
import { HttpGuard } from "../../../src/ingest/http-guard.js";
import type { ResolveHost } from "../../../src/ingest/index.js";
import { assertNoChildren } from "../../support/child-processes.js";
import { startFileServer, type FileServer } from "../../support/file-server.js";
import { freePort } from "../../support/free-port.js";
import { makeClip } from "../../support/media-zoo.js";
import { runSource } from "../../support/run-source.js";
import { selfSigned } from "../../support/self-signed.js";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.js";

const metadata = "169.254.169.254";
const list = (segment: string) => `#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\n${segment}\n#EXT-X-ENDLIST\n`;
/** `camera.test` is this machine, `metadata.test` is where clouds keep credentials. */
const resolveHost: ResolveHost = (host) => (host === "camera.test" ? Promise.resolve(["127.0.0.1"]) : host === "metadata.test" ? Promise.resolve([metadata]) : Promise.reject(new Error("ENOTFOUND")));

let folder: TempFolder;
let files: FileServer;
let clip: string;
beforeAll(async () => {
  folder = await makeTempFolder();
  clip = await makeClip({ file: folder.file("clip.mp4"), fps: 10 });
  await makeClip({ file: folder.file("segment.ts"), fps: 10 });
  files = await startFileServer({ folder: folder.path });
});
afterEach(assertNoChildren);
afterAll(async () => {
  await files[Symbol.asyncDispose]();
  await folder.remove();
});

async function play(url: string, resolver = resolveHost): Promise<{ end: SourceEnd; frames: number }> {
  const { source, end } = await runSource(url, { resolveHost: resolver });
  return { end, frames: source.frames.length };
}

async function withServer<T>(server: Server, use: (port: number) => Promise<T>): Promise<T> {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    return await use((server.address() as AddressInfo).port);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

it("plays from a name, by the address that was judged", async () => {
  expect(await play(`http://camera.test:${files.port}/clip.mp4`)).toMatchObject({ end: { reason: "ended" }, frames: 10 });
});

it("plays over TLS", async () => {
  const film = await readFile(clip);
  await withServer(createTlsServer({ ...selfSigned() }, (_req, res) => res.end(film)), async (port) => {
    expect(await play(`https://camera.test:${port}/clip.mp4`)).toMatchObject({ end: { reason: "ended" }, frames: 10 });
  });
});

it.each([
  ["by name", "http://metadata.test/latest"],
  ["by address", `http://${metadata}/latest`],
  ["by number", "http://2852039166/latest"],
  ["over TLS", "https://metadata.test/latest"],
])("does not follow a redirect to a forbidden place %s", async (_how, location) => {
  await withServer(createServer((_req, res) => res.writeHead(302, { location }).end()), async (port) => {
    expect(await play(`http://camera.test:${port}/clip.mp4`)).toMatchObject({ end: { reason: "failed", error: { code: "source_not_allowed" } }, frames: 0 });
    expect(await play(`http://camera.test:${port}/live`)).toMatchObject({ end: { reason: "failed", error: { code: "source_not_allowed" } }, frames: 0 });
  });
});

it("follows a redirect to where it may", async () => {
  await withServer(createServer((_req, res) => res.writeHead(302, { location: `${files.url}/clip.mp4` }).end()), async (port) => {
    expect(await play(`http://camera.test:${port}/clip.mp4`)).toMatchObject({ end: { reason: "ended" }, frames: 10 });
  });
});

it("does not open what a playlist names in a forbidden place", async () => {
  await writeFile(folder.file("evil.m3u8"), list("http://metadata.test/segment.ts"));
  await writeFile(folder.file("good.m3u8"), list(`http://camera.test:${files.port}/segment.ts`));
  expect(await play(`http://camera.test:${files.port}/evil.m3u8`)).toMatchObject({ end: { reason: "failed", error: { code: "source_not_allowed" } }, frames: 0 });
  expect(await play(`http://camera.test:${files.port}/good.m3u8`)).toMatchObject({ end: { reason: "ended" }, frames: 10 });
});

it("judges every DNS answer, also the later ones", async () => {
  const answers = [["127.0.0.1"], [metadata]];
  const rebinding: ResolveHost = () => Promise.resolve(answers.shift() ?? [metadata]);
  expect(await play(`http://camera.test:${files.port}/clip.mp4`, rebinding)).toMatchObject({ end: { reason: "failed", error: { code: "source_not_allowed" } }, frames: 0 });
  expect(answers).toEqual([]);
});

it("is not led around by no_proxy", async () => {
  process.env["no_proxy"] = "*";
  try {
    expect(await play("http://metadata.test/clip.mp4")).toMatchObject({ end: { reason: "failed", error: { code: "source_not_allowed" } } });
  } finally {
    delete process.env["no_proxy"];
  }
});

it("says why a host cannot be reached, as FFmpeg would", async () => {
  expect(await play(`http://camera.test:${await freePort()}/clip.mp4`)).toMatchObject({ end: { error: { code: "refused" } } });
  expect(await play("http://nobody.test/clip.mp4")).toMatchObject({ end: { error: { code: "not_found" } } });
});

it("is no proxy for anything but what FFmpeg asks for, and leaves nothing open", async () => {
  const guard = await HttpGuard.open({ privateSources: false }, resolveHost);
  const port = Number(new URL(guard.env["http_proxy"] ?? "").port);
  const ask = async (bytes: string) => {
    const socket = connect(port, "127.0.0.1");
    socket.on("error", () => undefined);
    socket.write(bytes);
    return text(socket).catch(() => "");
  };
  const wishes = ["GET / HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", "GET file:///etc/passwd HTTP/1.1\r\n\r\n", "CONNECT nowhere HTTP/1.1\r\n\r\n", `CONNECT ${metadata}:80 HTTP/1.1\r\n\r\n`, `GET ${files.url}/clip.mp4 HTTP/1.1\r\n\r\n`, `GET http://camera.test:${files.port}/clip.mp4 HTTP/1.1\r\n\r\n`, "x".repeat(70_000)];
  for (const wish of wishes) expect([wish.slice(0, 60), await ask(wish)]).toEqual([wish.slice(0, 60), ""]);
  const waiting = ask("GET http://camera.test/ HTTP/1.1\r\n");
  await guard[Symbol.asyncDispose]();
  expect(await waiting).toBe("");
  await expect(ask("")).resolves.toBe("");
});
