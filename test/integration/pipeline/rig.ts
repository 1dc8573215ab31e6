// What these tests share: clips, a camera over HTTP, an engine that takes its time, and the counting of processes.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdir, readFile } from "node:fs/promises";
import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { setTimeout as delay } from "node:timers/promises";
import { expect, vi } from "vitest";
import { analysisSchema } from "../../../src/core/config.js";
import type { DetectedFace, Engine, EngineInput } from "../../../src/core/engine.js";
import { silentLogger } from "../../../src/core/logger.js";
import type { OpenSource, RunningSource } from "../../../src/core/source.js";
import { createFfmpegSource } from "../../../src/ingest/index.js";
import type { StreamSpec } from "../../../src/pipeline/index.js";

export const analysis = analysisSchema.parse({ maxSide: 160, largeMaxSide: 320 });

/** Runs FFmpeg to its end. */
export async function ffmpeg(...args: readonly string[]): Promise<void> {
  const child = spawn("ffmpeg", ["-nostdin", "-v", "error", "-y", ...args], { stdio: ["ignore", "ignore", "inherit"] });
  const [code] = (await once(child, "close")) as [number | null];
  if (code !== 0) throw new Error(`ffmpeg ${args.join(" ")} ended with ${code}`);
}

/** A clip of moving test pattern. */
export async function makeClip(path: string, seconds: number, fps: number): Promise<void> {
  await ffmpeg("-f", "lavfi", "-i", `testsrc2=size=320x180:rate=${fps}:duration=${seconds}`, "-c:v", "libx264", "-preset", "ultrafast", "-g", "10", path);
}

export function spec(over: Partial<StreamSpec>): StreamSpec {
  return {
    id: "test",
    source: "",
    live: true,
    loop: false,
    transport: "tcp",
    analysis,
    openTimeoutMs: 20_000,
    stallAfterMs: 400,
    stallTimeoutMs: 20_000,
    poolFrames: 6,
    reconnect: { minDelayMs: 100, maxDelayMs: 400, factor: 2, jitter: 0.3 },
    ...over,
  };
}

/** The real source, and every run that it opened. */
export function recordedSource(): { readonly openSource: OpenSource; readonly runs: RunningSource[] } {
  const open = createFfmpegSource({ ffmpeg: "ffmpeg", ffprobe: "ffprobe", maxPixels: 67_108_864, maxMemoryBytes: 0, privateSources: true, logger: silentLogger() });
  const runs: RunningSource[] = [];
  return {
    runs,
    openSource: (options, observer) => {
      const run = open(options, observer);
      runs.push(run);
      return run;
    },
  };
}

/** Takes `delayMs` for each picture and looks whether its pixels stay as they are meanwhile, as a borrower may expect. */
export class SlowEngine implements Engine {
  readonly info = { name: "slow", version: "0", models: [] };
  readonly concurrency: number;
  delayMs: number;
  analyses = 0;
  /** Pictures whose pixels changed while they were borrowed. */
  torn = 0;
  readonly #onCall: () => void;

  constructor(delayMs: number, concurrency: number, onCall: () => void = () => undefined) {
    this.delayMs = delayMs;
    this.concurrency = concurrency;
    this.#onCall = onCall;
  }

  async analyze(batch: readonly EngineInput[]): Promise<readonly (readonly DetectedFace[])[]> {
    this.#onCall();
    this.analyses += 1;
    const before = batch.map(fingerprint);
    if (this.delayMs > 0) await delay(this.delayMs);
    if (batch.map(fingerprint).join() !== before.join()) this.torn += 1;
    return batch.map(() => []);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

function fingerprint({ picture, large }: EngineInput): number {
  let sum = picture.data.length;
  for (const data of [picture.data, large?.data ?? new Uint8Array(0)]) for (let i = 0; i < data.length; i += 61) sum = (sum * 31 + data[i]!) % 4_294_967_296;
  return sum;
}

/** A camera that streams Matroska over HTTP in real time (its header spares FFmpeg the search that MPEG-TS needs); it can freeze, go away and come back at the same address. */
export class HttpCamera {
  #server: Server | undefined;
  #port = 0;
  readonly #encoders = new Map<ChildProcess, ServerResponse>();

  get url(): string {
    return `http://127.0.0.1:${this.#port}/camera`;
  }

  async start(): Promise<void> {
    const server = createServer((_request, response) => this.#serve(response));
    server.listen(this.#port, "127.0.0.1");
    await once(server, "listening");
    this.#port = (server.address() as AddressInfo).port;
    this.#server = server;
  }

  /** Stays connected and sends nothing, or goes on. */
  freeze(frozen: boolean): void {
    for (const encoder of this.#encoders.keys()) encoder.kill(frozen ? "SIGSTOP" : "SIGCONT");
  }

  async stop(): Promise<void> {
    const server = this.#server;
    if (server === undefined) return;
    this.#server = undefined;
    const gone = [...this.#encoders.keys()].map((encoder) => once(encoder, "close"));
    for (const encoder of this.#encoders.keys()) encoder.kill("SIGKILL");
    server.close();
    server.closeAllConnections();
    await Promise.all([...gone, once(server, "close")]);
  }

  #serve(response: ServerResponse): void {
    response.writeHead(200, { "content-type": "video/x-matroska" });
    const source = ["-re", "-f", "lavfi", "-i", "testsrc2=size=320x180:rate=25"];
    const encoder = spawn("ffmpeg", ["-nostdin", "-v", "quiet", ...source, "-c:v", "mpeg2video", "-g", "5", "-f", "matroska", "-live", "1", "-flush_packets", "1", "pipe:1"], { stdio: ["ignore", "pipe", "ignore"] });
    this.#encoders.set(encoder, response);
    encoder.stdout.pipe(response);
    response.on("close", () => encoder.kill("SIGKILL"));
    encoder.on("close", () => this.#encoders.delete(encoder));
  }
}

/** Waits, as asking for FFmpeg's version is a process too and may outlive a run that failed at once. */
export async function expectNoDecoder(): Promise<void> {
  await vi.waitFor(async () => expect(await childPrograms()).not.toContain("ffmpeg"), { timeout: 5000, interval: 20 });
}

/** Names of the programs that this process started and that are still there. */
async function childPrograms(): Promise<string[]> {
  const names: string[] = [];
  for (const pid of await readdir("/proc")) {
    if (!/^\d+$/.test(pid)) continue;
    const stat = await readFile(`/proc/${pid}/stat`, "utf8").catch(() => ""); // gone between the two calls
    const [, name, parent] = /^\d+ \((.*)\) \S (\d+)/.exec(stat) ?? [];
    if (name !== undefined && Number(parent) === process.pid) names.push(name);
  }
  return names;
}
