// A real server on a free port, with fake streams behind it and its files in a scratch folder.

import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { isAbsolute, join, resolve } from "node:path";
import { parseConfig } from "../../../../src/core/config.js";
import { AppError } from "../../../../src/core/errors.js";
import { silentLogger } from "../../../../src/core/logger.js";
import { openPushedSource } from "../../../../src/ingest/index.js";
import type { StreamSpec } from "../../../../src/pipeline/types.js";
import { createServer, type EmostreamServer, type ParsedSource, type ServerDeps } from "../../../../src/server/index.js";
import { FakeStream } from "./fake-stream.js";

export const engineInfo = { name: "noop", version: "1", models: [{ name: "none", role: "detector", version: "1" } as const] };

export interface TestServer extends AsyncDisposable {
  readonly server: EmostreamServer;
  readonly url: string;
  readonly dir: string;
  readonly stateFile: string;
  /** Every stream that was made, by id; the last one of an id. */
  readonly streams: Map<string, FakeStream>;
  stream(id: string): FakeStream;
  /** Adds an RTSP stream. */
  add(id: string): Promise<FakeStream>;
  /** Closes this server and starts another one over the same files. */
  restart(): Promise<TestServer>;
}

export interface TestServerOptions {
  readonly server?: Record<string, unknown>;
  readonly feed?: Record<string, unknown>;
  readonly push?: Record<string, unknown>;
  readonly analysis?: Record<string, unknown>;
  readonly deps?: Partial<ServerDeps>;
  readonly dir?: string;
}

/** Sources as the server sees them: what ingest's parser does, as far as these tests need it. */
export function parseSource(text: string): ParsedSource {
  const scheme = /^([a-z0-9+]+):\/\//i.exec(text)?.[1];
  if (scheme === undefined) return { kind: "file", target: isAbsolute(text) ? text : resolve(text), shown: resolve(text), live: false };
  if (!["rtsp", "http"].includes(scheme)) throw new AppError("unsupported_protocol", `Expected rtsp or http, received ${scheme}.`);
  return { kind: scheme, target: text, shown: text.replace(/\/\/[^/]*@/, "//***@"), live: true };
}

export async function startServer(options: TestServerOptions = {}): Promise<TestServer> {
  const dir = options.dir ?? (await mkdtemp(join(tmpdir(), "emostream-server-")));
  const mediaRoot = join(dir, "media");
  const webDir = join(dir, "web");
  await mkdir(mediaRoot, { recursive: true });
  await mkdir(webDir, { recursive: true });
  await writeFile(join(mediaRoot, "clip.mp4"), "not really a video");
  await writeFile(join(webDir, "index.html"), "<!doctype html><title>viewer</title>");
  const stateFile = join(dir, "state", "state.json");
  const config = parseConfig({
    server: { port: 0, stateFile, mediaRoot, workDir: join(dir, "work"), shutdownTimeoutMs: 2000, ...options.server },
    feed: { ...options.feed },
    push: { ...options.push },
    analysis: { ...options.analysis },
  });
  const streams = new Map<string, FakeStream>();
  const makeStream = (spec: StreamSpec) => {
    const stream = new FakeStream(spec);
    streams.set(spec.id, stream);
    return stream;
  };
  const server = await createServer({ config, logger: silentLogger(), version: "1.2.3", engineInfo, makeStream, parseSource, openPushedSource, webDir, ...options.deps });
  const stream = (id: string) => {
    const found = streams.get(id);
    if (!found) throw new Error(`no stream ${id}`);
    return found;
  };
  return {
    server,
    url: server.url,
    dir,
    stateFile,
    streams,
    stream,
    async add(id) {
      await server.addStream({ id, source: "rtsp://camera.test/live" }, { persist: false });
      return stream(id);
    },
    async restart() {
      await server.close();
      return startServer({ ...options, dir });
    },
    async [Symbol.asyncDispose]() {
      await server.close();
      await rm(dir, { recursive: true, force: true });
    },
  };
}
