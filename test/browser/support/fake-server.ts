// A small server with the routes and messages the viewer uses, so that its tests can make every state happen on demand.
// It sends frames on a clock and plays the part of cameras that fail; it holds no FFmpeg and no model.

import { createServer, type IncomingMessage, type Server, type ServerResponse } from "node:http";
import { readFile } from "node:fs/promises";
import { extname, join, normalize } from "node:path";
import { fileURLToPath } from "node:url";
import type { AddressInfo } from "node:net";
import { WebSocketServer, type WebSocket } from "ws";
import { emotionNames } from "../../../src/core/emotions.js";
import type { EpisodeMessage, FrameMessage, StreamMessage, StreamStatus } from "../../../src/core/feed.js";
import { encodePreview } from "../../../src/server/preview-codec.js";
import { frameIntervalMs, scenePicture, sceneResult } from "./fake-scene.js";

const webRoot = fileURLToPath(new URL("../../../web/", import.meta.url));
const contentTypes: Record<string, string> = { ".html": "text/html; charset=utf-8", ".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml" };
const idPattern = /^[a-z0-9][a-z0-9_-]{0,63}$/;

export interface FakeStream {
  readonly id: string;
  name?: string;
  source: string;
  status: StreamStatus;
  seq: number;
  faces: number;
  /** Pictures of its frames; default: the painted scene. */
  picture?: (seq: number) => Promise<Uint8Array>;
  /** Results of its frames; default: the scene's. */
  result?: (seq: number) => FrameMessage;
}

export interface FakeServerOptions {
  readonly port?: number;
  /** Frames sent at once on each tick; more than 1 is a burst. */
  readonly burst?: number;
  /** Sends each picture so many frames after its result; negative: before it. */
  readonly pictureLag?: number;
  /** What viewers may do. Default admin. */
  readonly role?: "view" | "admin";
  /** Asks for this token in a cookie. */
  readonly token?: string;
}

/** The fake server. `close` ends every connection. */
export class FakeServer {
  readonly streams = new Map<string, FakeStream>();
  /** Bodies of the POST requests that added streams. */
  readonly added: Record<string, unknown>[] = [];
  /** Messages that viewers sent. */
  readonly received: unknown[] = [];
  #http: Server;
  #sockets: WebSocketServer;
  #options: FakeServerOptions;
  #timer: NodeJS.Timeout;
  /** Message parts held back by `pictureLag`. */
  #late: (() => void)[] = [];
  #sending = false;
  #closed = false;

  private constructor(http: Server, options: FakeServerOptions) {
    this.#http = http;
    this.#options = options;
    this.#sockets = new WebSocketServer({ noServer: true });
    http.on("request", (req, res) => void this.#handle(req, res));
    http.on("upgrade", (req, socket, head) => {
      if (!this.#admitted(req)) {
        socket.end("HTTP/1.1 401 Unauthorized\r\nconnection: close\r\n\r\n");
        return;
      }
      this.#sockets.handleUpgrade(req, socket, head, (client) => this.#welcome(client));
    });
    this.#timer = setInterval(() => void this.#tick(), frameIntervalMs);
  }

  static async start(options: FakeServerOptions = {}): Promise<FakeServer> {
    const http = createServer();
    await new Promise<void>((resolve) => http.listen(options.port ?? 0, "127.0.0.1", resolve));
    return new FakeServer(http, options);
  }

  get port(): number {
    return (this.#http.address() as AddressInfo).port;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Adds a stream and tells the viewers; `live` unless told otherwise. */
  add(id: string, more: Partial<FakeStream> = {}): FakeStream {
    const stream: FakeStream = { id, source: `rtsp://127.0.0.1/${id}`, seq: 0, faces: 2, status: { state: "live", attempt: 0, fps: 25, width: 640, height: 360, codec: "h264" }, ...more };
    this.streams.set(id, stream);
    this.#broadcast(this.#streamMessage(stream));
    return stream;
  }

  /** Changes a stream's state and tells the viewers. */
  setStatus(id: string, status: Partial<StreamStatus>): void {
    const stream = this.streams.get(id);
    if (!stream) throw new Error(`no stream ${id}`);
    stream.status = { attempt: 0, fps: 0, state: "live", ...status };
    this.#broadcast(this.#streamMessage(stream));
  }

  remove(id: string): void {
    const stream = this.streams.get(id);
    this.streams.delete(id);
    if (stream) this.#broadcast({ ...this.#streamMessage(stream), removed: true });
  }

  async close(): Promise<void> {
    this.#closed = true;
    clearInterval(this.#timer);
    for (const client of this.#sockets.clients) {
      client.send(JSON.stringify({ type: "bye", v: 1, code: "shutting_down", message: "The server is stopping." }));
      client.close(1001);
    }
    this.#sockets.close();
    this.#http.closeAllConnections();
    await new Promise<void>((resolve) => this.#http.close(() => resolve()));
    for (const client of this.#sockets.clients) client.terminate();
  }

  #welcome(client: WebSocket): void {
    client.on("message", (data) => this.received.push(JSON.parse(String(data))));
    const engine = { name: "fake", version: "1", models: [] };
    client.send(JSON.stringify({ type: "hello", v: 1, server: "fake 1", role: this.#options.role ?? "admin", engine, labels: emotionNames, streams: [...this.streams.keys()] }));
    for (const stream of this.streams.values()) client.send(JSON.stringify(this.#streamMessage(stream)));
  }

  /** Sends the next frames of every live stream; a tick that comes while the last one still paints is left out. */
  async #tick(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    for (const stream of [...this.streams.values()].filter((s) => s.status.state === "live")) {
      for (let i = 0; i < (this.#options.burst ?? 1); i++) await this.#sendFrame(stream);
    }
    this.#sending = false;
  }

  async #sendFrame(stream: FakeStream): Promise<void> {
    const seq = stream.seq++;
    const jpeg = await (stream.picture ?? scenePicture)(seq);
    if (this.#closed || !this.streams.has(stream.id)) return;
    const result = stream.result?.(seq) ?? sceneResult(stream.id, seq, stream.faces);
    const parts = [() => this.#broadcast(result), () => this.#broadcast(encodePreview({ streamId: stream.id, seq, ptsMs: result.ptsMs, jpeg }))];
    const lag = this.#options.pictureLag ?? 0;
    const [first, second] = lag < 0 ? parts.toReversed() : parts;
    first?.();
    this.#late.push(() => second?.());
    while (this.#late.length > Math.abs(lag)) this.#late.shift()?.();
  }

  /** Sends a message to every viewer. */
  tell(message: EpisodeMessage): void {
    this.#broadcast(message);
  }

  #broadcast(message: EpisodeMessage | FrameMessage | StreamMessage | Uint8Array): void {
    const data = message instanceof Uint8Array ? message : JSON.stringify(message);
    for (const client of this.#sockets.clients) if (client.readyState === client.OPEN) client.send(data);
  }

  #streamMessage(stream: FakeStream): StreamMessage {
    return { type: "stream", v: 1, streamId: stream.id, seq: Math.max(0, stream.seq - 1), status: stream.status, counters: countersOf(stream) };
  }

  #admitted(req: IncomingMessage): boolean {
    const { token } = this.#options;
    return token === undefined || (req.headers.cookie ?? "").includes(`emostream_token=${token}`);
  }

  async #handle(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? "/", this.url);
    const asked = url.searchParams.get("token");
    if (asked !== null && asked === this.#options.token) {
      res.writeHead(303, { location: "/", "set-cookie": `emostream_token=${asked}; HttpOnly; SameSite=Strict; Path=/` }).end();
    } else if (!url.pathname.startsWith("/v1/")) await serveFile(url.pathname, res);
    else if (!this.#admitted(req)) problem(res, 401, "unauthenticated", "A token is required.");
    else await this.#api(req, res, url.pathname.slice(4).split("/"));
  }

  async #api(req: IncomingMessage, res: ServerResponse, [, id, verb]: string[]): Promise<void> {
    const stream = id === undefined ? undefined : this.streams.get(id);
    if (id === undefined && req.method === "GET") json(res, 200, { streams: [...this.streams.values()].map(infoOf) });
    else if (id === undefined) await this.#post(req, res);
    else if (!stream) problem(res, 404, "stream_not_found", `No stream ${id}.`);
    else if (req.method === "DELETE") {
      this.remove(id);
      res.writeHead(204).end();
    } else {
      this.setStatus(id, verb === "pause" ? { state: "paused" } : { state: "live" });
      json(res, 200, infoOf(stream));
    }
  }

  async #post(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const body = JSON.parse(await text(req)) as Record<string, unknown>;
    const source = String(body["source"] ?? "");
    const issues: { path: string; message: string }[] = [];
    if (source === "") issues.push({ path: "source", message: "expected at least 1 character" });
    if (body["id"] !== undefined && !idPattern.test(String(body["id"]))) issues.push({ path: "id", message: "expected 1 to 64 of a-z, 0-9, - and _" });
    const id = String(body["id"] ?? `stream-${this.streams.size + 1}`);
    if (issues.length > 0) problem(res, 400, "invalid_request", "The request does not fit its schema.", issues);
    else if (this.streams.has(id)) problem(res, 409, "stream_exists", `Stream ${id} exists already.`);
    else {
      this.added.push(body);
      json(res, 201, infoOf(this.add(id, { source, ...(typeof body["name"] === "string" ? { name: body["name"] } : {}) })));
    }
  }
}

function countersOf(stream: FakeStream): StreamMessage["counters"] {
  const superseded = Math.floor(stream.seq / 50);
  return { decoded: stream.seq + superseded, analysed: stream.seq, inFlight: 0, dropped: { pool_dry: 0, superseded, paced: 0, engine_failed: 0, worker_lost: 0, worker_hung: 0, poisonous: 0, stopped: 0, paused: 0 } };
}

function infoOf(stream: FakeStream): object {
  const { id, name, source, status } = stream;
  return { id, name, source, ...status, seq: stream.seq - 1, counters: countersOf(stream), persistent: true, createdAt: new Date(0).toISOString() };
}

async function serveFile(path: string, res: ServerResponse): Promise<void> {
  const file = normalize(join(webRoot, path.endsWith("/") ? `${path}index.html` : path));
  const bytes = file.startsWith(webRoot) ? await readFile(file).catch(() => undefined) : undefined;
  if (bytes === undefined) res.writeHead(404).end();
  else res.writeHead(200, { "content-type": contentTypes[extname(file)] ?? "application/octet-stream", "cache-control": "no-store" }).end(bytes);
}

function json(res: ServerResponse, status: number, body: object): void {
  res.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
}

function problem(res: ServerResponse, status: number, code: string, detail: string, issues: { path: string; message: string }[] = []): void {
  res.writeHead(status, { "content-type": "application/problem+json" }).end(JSON.stringify({ type: `/errors#${code}`, title: detail, status, detail, code, issues }));
}

async function text(req: IncomingMessage): Promise<string> {
  let all = "";
  for await (const chunk of req) all += String(chunk);
  return all;
}
