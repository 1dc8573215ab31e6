// A WebSocket that remembers what it received, and lets a test wait for what it wants.

import { WebSocket, type ClientOptions } from "ws";
import type { ServerMessage } from "../../../../src/core/feed.js";
import { decodePreview, type PreviewMessage } from "../../../../src/client/preview.js";
import { Waiting } from "./waiting.js";

export type Received = ServerMessage | PreviewMessage;
type OfType<T extends Received["type"]> = Extract<Received, { type: T }>;

export class FeedSocket implements AsyncDisposable {
  readonly socket: WebSocket;
  readonly received: Received[] = [];
  readonly closed: Promise<{ readonly code: number; readonly reason: string }>;
  readonly #waiting = new Waiting(() => JSON.stringify(this.received.map((m) => m.type)));

  constructor(serverUrl: string, path = "/v1/feed", options: ClientOptions = {}) {
    this.socket = new WebSocket(serverUrl.replace(/^http/, "ws") + path, options);
    this.socket.on("message", (data: Buffer, isBinary) => {
      const message = isBinary ? decodePreview(data) : (JSON.parse(String(data)) as ServerMessage);
      if (!message) throw new Error("unreadable message");
      this.received.push(message);
      this.#waiting.check();
    });
    this.closed = new Promise((resolve) => this.socket.on("close", (code, reason) => resolve({ code, reason: String(reason) })));
  }

  /** Connected and greeted. */
  static async open(serverUrl: string, path?: string, options?: ClientOptions): Promise<FeedSocket> {
    const feed = new FeedSocket(serverUrl, path, options);
    await new Promise<void>((resolve, reject) => {
      feed.socket.once("open", resolve);
      feed.socket.once("error", reject);
    });
    await feed.next("hello");
    return feed;
  }

  of<T extends Received["type"]>(type: T): OfType<T>[] {
    return this.received.filter((m): m is OfType<T> => m.type === type);
  }

  /** Waits until a message of the type that fits is among the received ones. */
  next<T extends Received["type"]>(type: T, fits: (message: OfType<T>) => boolean = () => true): Promise<OfType<T>> {
    return this.until(() => this.of(type).find(fits));
  }

  /** Waits until the function gives something; asked after every message. */
  until<V>(found: () => V | undefined): Promise<V> {
    return this.#waiting.until(found);
  }

  send(message: unknown): void {
    this.socket.send(typeof message === "string" ? message : JSON.stringify(message));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.socket.terminate();
    await this.closed;
  }
}

/** Status and body of a refused upgrade. */
export function refusedUpgrade(serverUrl: string, path: string, options: ClientOptions = {}): Promise<{ status: number; body: { code: string }; headers: NodeJS.Dict<string | string[]> }> {
  return new Promise((resolve, reject) => {
    const socket = new WebSocket(serverUrl.replace(/^http/, "ws") + path, options);
    socket.on("open", () => {
      socket.terminate();
      reject(new Error("the upgrade was accepted"));
    });
    socket.on("error", reject);
    socket.on("unexpected-response", (_req, res) => {
      let text = "";
      res.setEncoding("utf8");
      res.on("data", (chunk: string) => (text += chunk));
      res.on("end", () => resolve({ status: res.statusCode ?? 0, body: JSON.parse(text) as { code: string }, headers: res.headers }));
    });
  });
}
