// A real server with real pushed streams behind it (ingest, pipeline), an engine that the test holds back, and a client of /v1/push that
// remembers its answers.

import sharp from "sharp";
import { WebSocket, type ClientOptions } from "ws";
import type { DetectedFace, Engine } from "../../../../src/core/engine.js";
import type { ByeMessage, Counters, ErrorMessage, FrameMessage } from "../../../../src/core/feed.js";
import { silentLogger } from "../../../../src/core/logger.js";
import type { DroppedMessage, ReadyMessage } from "../../../../src/core/push.js";
import { encodePreview } from "../../../../src/preview.js";
import { createStream, isConserved } from "../../../../src/pipeline/index.js";
import { startServer, type TestServer, type TestServerOptions } from "./test-server.js";
import { Waiting } from "./waiting.js";

export type Answer = ReadyMessage | FrameMessage | DroppedMessage | ErrorMessage | ByeMessage;
type OfType<T extends Answer["type"]> = Extract<Answer, { type: T }>;

/** Answers at once, or, while it is held, when it is let go. */
export class GatedEngine implements Engine {
  readonly info = { name: "gated", version: "0", models: [] };
  readonly concurrency = 1;
  held = false;
  /** Fails on the next pictures so many times. */
  failures = 0;
  readonly #waiting: (() => void)[] = [];

  get waiting(): number {
    return this.#waiting.length;
  }

  /** Lets the pictures that wait go, and holds on if it did. */
  release(): void {
    for (const go of this.#waiting.splice(0)) go();
  }

  async analyze(batch: readonly unknown[]): Promise<readonly (readonly DetectedFace[])[]> {
    if (this.held) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    if (this.failures > 0) {
      this.failures -= 1;
      throw new Error("told to fail");
    }
    return batch.map(() => []);
  }

  close(): Promise<void> {
    return Promise.resolve();
  }
}

export interface PushServer extends TestServer {
  readonly engine: GatedEngine;
  counters(id: string): Promise<Counters>;
}

export async function startPushServer(options: TestServerOptions = {}): Promise<PushServer> {
  const engine = new GatedEngine();
  const deps = { engine, logger: silentLogger(), encodePreview: encodePreview({ maxSide: 320, quality: 75 }, { mode: "off" }) };
  const test = await startServer({
    ...options,
    deps: {
      makeStream: (spec, openSource) => {
        if (openSource === undefined) throw new Error("expected a pushed stream");
        return createStream(spec, { ...deps, openSource });
      },
      ...options.deps,
    },
  });
  const counters = async (id: string) => ((await (await fetch(`${test.url}/v1/streams/${id}`)).json()) as { counters: Counters }).counters;
  return { ...test, engine, counters };
}

export const config = { type: "config", v: 1, streamId: "cam", format: "jpeg", width: 64, height: 48, mode: "lossless" } as const;

/** The message of a frame, as docs/push.md describes it. */
export function frameBytes(frameId: number, capturedAtMs: number, data: Uint8Array): Buffer {
  const bytes = Buffer.alloc(20 + data.length);
  bytes.writeUInt8(1, 0);
  bytes.writeUInt8(1, 1);
  bytes.writeDoubleBE(frameId, 4);
  bytes.writeDoubleBE(capturedAtMs, 12);
  bytes.set(data, 20);
  return bytes;
}

/** A plain picture. */
export function picture(format: "jpeg" | "webp" | "png", width = 64, height = 48): Promise<Buffer> {
  return sharp({ create: { width, height, channels: 3, background: { r: 200, g: 60, b: 30 } } })
    .toFormat(format)
    .toBuffer();
}

/** A connected client of /v1/push. */
export class PushSocket implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly received: Answer[] = [];
  readonly closed: Promise<number>;
  readonly #waiting = new Waiting(() => JSON.stringify(this.received.slice(-5)));

  private constructor(socket: WebSocket) {
    this.socket = socket;
    socket.on("message", (data: Buffer) => {
      this.received.push(JSON.parse(String(data)) as Answer);
      this.#waiting.check();
    });
    this.closed = new Promise((resolve) => socket.on("close", resolve));
  }

  static async connect(serverUrl: string, path = "/v1/push", options: ClientOptions = {}): Promise<PushSocket> {
    const push = new PushSocket(new WebSocket(serverUrl.replace(/^http/, "ws") + path, options));
    await new Promise<void>((resolve, reject) => {
      push.socket.once("open", resolve);
      push.socket.once("error", reject);
    });
    return push;
  }

  /** Connected, declared and ready. */
  static async open(serverUrl: string, over: object = {}): Promise<PushSocket> {
    const push = await PushSocket.connect(serverUrl);
    push.say({ ...config, ...over });
    await push.next("ready");
    return push;
  }

  say(message: unknown): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  /** Sends a frame, taken 40 ms after the one before. */
  frame(frameId: number, data: Uint8Array, capturedAtMs = 1_700_000_000_000 + frameId * 40): void {
    this.socket.send(frameBytes(frameId, capturedAtMs, data));
  }

  of<T extends Answer["type"]>(type: T): OfType<T>[] {
    return this.received.filter((m): m is OfType<T> => m.type === type);
  }

  /** Fates of a frame, as one word each: `frame`, a reason, or the code of a refusal. */
  answers(frameId: number): string[] {
    return this.received.flatMap((m) => {
      if (m.type === "frame" && m.frameId === frameId) return ["frame"];
      return m.type === "dropped" && m.frameId === frameId ? [m.code ?? m.reason] : [];
    });
  }

  /** Waits for the answer to a frame and gives it as one word. */
  async answer(frameId: number): Promise<string> {
    return (await this.until(() => this.answers(frameId)[0]))!;
  }

  next<T extends Answer["type"]>(type: T, fits: (message: OfType<T>) => boolean = () => true): Promise<OfType<T>> {
    return this.until(() => this.of(type).find(fits));
  }

  until<V>(found: () => V | undefined): Promise<V> {
    return this.#waiting.until(found);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}

export { isConserved };
