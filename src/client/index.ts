// Client of the feed, for browsers and Node: typed messages, reconnects by itself and catches up on what it missed.
//
//   for await (const message of connectFeed("http://127.0.0.1:8080")) if (message.type === "frame") console.log(message.faces);

import type { ServerMessage } from "../core/feed.js";
import { feedAddress } from "./address.js";
import { askWhyRefused } from "./refusal.js";
import { MessageBuffer } from "./message-buffer.js";
import { decodePreview, type PreviewMessage } from "./preview.js";
import { socketClass, socketOpen, type FeedSocket, type FeedSocketConstructor } from "./socket.js";

export type * from "../core/feed.js";
export type { DroppedMessage, PushFormat, PushMode, ReadyMessage } from "../core/push.js";
export { decodePreview, type PreviewMessage } from "./preview.js";
export { openPush, PushRefused, type Push, type PushAnswer, type PushOptions, type SendOptions } from "./push.js";
export type { FeedSocketConstructor } from "./socket.js";

const minDelayMs = 500;
const maxDelayMs = 15_000;
/** Close code of a connection that ended without saying why (RFC 6455 section 7.1.5). */
const noCloseFrame = 1006;
const messageTypes: ReadonlySet<string> = new Set<ServerMessage["type"]>(["hello", "stream", "frame", "episode", "drops", "error", "bye"]);

/** Everything a feed delivers. */
export type FeedMessage = ServerMessage | PreviewMessage;

/** What `on` tells beside the messages. */
export interface ConnectionEvents {
  /** The connection stands; `hello` follows. */
  open: { readonly attempt: number };
  /** The connection is gone; the next attempt follows after `retryInMs`. */
  disconnect: { readonly code: number; readonly reason: string; readonly retryInMs: number };
}

/** Events by their name. */
export type FeedEvents = { [M in FeedMessage as M["type"]]: M } & ConnectionEvents;

export interface FeedOptions {
  /** Stream ids; absent: all, also those added later. */
  readonly streams?: readonly string[];
  /** `jpeg`: also the picture of each frame. Default `none`. */
  readonly preview?: "none" | "jpeg";
  readonly token?: string;
  /** Closes the feed when it aborts. */
  readonly signal?: AbortSignal;
  /** WebSocket class, for Node before 22. */
  readonly WebSocket?: FeedSocketConstructor;
  /** Messages that wait for a slow `for await` loop before the oldest is left out. Default 1000. */
  readonly bufferMessages?: number;
}

/** The server refuses this client for good: wrong token, bad stream id, foreign page. */
export class FeedRefused extends Error {
  override readonly name = "FeedRefused";
  /** HTTP status of the refusal. */
  readonly status: number;

  constructor(status: number, message: string) {
    super(message);
    this.status = status;
  }
}

/** A feed that stays connected until it is closed. */
export interface Feed extends AsyncIterable<FeedMessage> {
  /** Calls back for each message or event of a type; the function given back ends that. */
  on<T extends keyof FeedEvents>(type: T, callback: (event: FeedEvents[T]) => void): () => void;
  /** Changes what is delivered; lasts over reconnects. */
  subscribe(wanted: { readonly streams?: readonly string[]; readonly preview?: "none" | "jpeg" }): void;
  /** Ends the feed; loops over it end too. Idempotent. */
  close(): void;
  /** Settles when the feed is over; rejects with `FeedRefused` when the server refused it. */
  readonly closed: Promise<void>;
}

/**
 * Connects to a server's feed.
 * @param server address of the server, `http://127.0.0.1:8080`
 * @throws TypeError for a bad address or where there is no WebSocket
 */
export function connectFeed(server: string | URL, options: FeedOptions = {}): Feed {
  return new ReconnectingFeed(server, options);
}

type Callback = (event: never) => void;

class ReconnectingFeed implements Feed {
  readonly closed: Promise<void>;
  readonly #server: string | URL;
  readonly #options: FeedOptions;
  readonly #Socket: FeedSocketConstructor;
  readonly #callbacks = new Map<string, Set<Callback>>();
  readonly #readers = new Set<MessageBuffer<FeedMessage>>();
  readonly #lastSeq = new Map<string, number>();
  readonly #onAbort = () => this.close();
  #streams: readonly string[] | undefined;
  #preview: "none" | "jpeg" | undefined;
  #socket: FeedSocket | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #attempt = 0;
  #over = false;
  #settle!: { resolve: () => void; reject: (error: unknown) => void };

  constructor(server: string | URL, options: FeedOptions) {
    this.#server = server;
    this.#options = options;
    this.#Socket = socketClass(options.WebSocket);
    this.#streams = options.streams;
    this.#preview = options.preview;
    this.closed = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    // Whoever waits for `closed` sees the rejection; who does not is told by its loop, or does not care.
    this.closed.catch(() => undefined);
    const first = this.#address();
    if (options.signal?.aborted) {
      this.close();
      return;
    }
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
    this.#open(first);
  }

  on<T extends keyof FeedEvents>(type: T, callback: (event: FeedEvents[T]) => void): () => void {
    const callbacks = this.#callbacks.get(type) ?? new Set();
    this.#callbacks.set(type, callbacks.add(callback as Callback));
    return () => void callbacks.delete(callback as Callback);
  }

  subscribe({ streams, preview }: { readonly streams?: readonly string[]; readonly preview?: "none" | "jpeg" }): void {
    this.#streams = streams;
    this.#preview = preview ?? this.#preview;
    if (this.#socket?.readyState !== socketOpen) return;
    this.#socket.send(JSON.stringify({ type: "subscribe", ...(streams ? { streams } : {}), ...(preview ? { preview } : {}) }));
  }

  [Symbol.asyncIterator](): AsyncIterator<FeedMessage> {
    const reader = new MessageBuffer<FeedMessage>(this.#options.bufferMessages ?? 1000, () => this.#readers.delete(reader));
    if (this.#over) void this.closed.then(() => reader.end(), (error: unknown) => reader.end(error));
    else this.#readers.add(reader);
    return reader;
  }

  close(): void {
    this.#end();
  }

  #end(error?: FeedRefused): void {
    if (this.#over) return;
    this.#over = true;
    clearTimeout(this.#timer);
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#socket?.close(1000);
    for (const reader of this.#readers) reader.end(error);
    if (error) this.#settle.reject(error);
    else this.#settle.resolve();
  }

  #address(): URL {
    return feedAddress(this.#server, { streams: this.#streams, preview: this.#preview, token: this.#options.token, resume: this.#lastSeq });
  }

  #open(address: URL): void {
    const socket = new this.#Socket(address.href) as FeedSocket;
    let opened = false;
    let gone = false;
    const lost = (code: number, reason: string) => {
      if (!gone) this.#lost(opened, code, reason);
      gone = true;
    };
    socket.binaryType = "arraybuffer";
    socket.addEventListener("open", () => {
      opened = true;
      this.#emit("open", { attempt: this.#attempt });
    });
    socket.addEventListener("message", ({ data }: { data: unknown }) => this.#read(data));
    // Node 22's own WebSocket sends no `close` after a handshake that failed; all others do.
    socket.addEventListener("error", () => (opened ? undefined : lost(noCloseFrame, "")));
    socket.addEventListener("close", ({ code, reason }: { code: number; reason: string }) => lost(code, reason));
    this.#socket = socket;
  }

  #read(data: unknown): void {
    if (this.#over) return;
    const message = data instanceof ArrayBuffer ? decodePreview(data) : (JSON.parse(String(data)) as ServerMessage);
    if (!message) return;
    if (message.type === "hello") this.#attempt = 0;
    else if (message.type === "frame") this.#lastSeq.set(message.streamId, message.seq);
    else if (message.type === "stream" && message.removed) this.#lastSeq.delete(message.streamId);
    else if (message.type !== "preview" && !messageTypes.has(message.type)) return;
    this.#emit(message.type, message);
    for (const reader of this.#readers) reader.push(message);
  }

  #lost(opened: boolean, code: number, reason: string): void {
    if (this.#over) return;
    this.#socket = undefined;
    const longestMs = Math.min(maxDelayMs, minDelayMs * 2 ** this.#attempt++);
    // Between half and all of it, so that the clients of a restarted server do not come back all at once.
    const retryInMs = longestMs * (0.5 + Math.random() / 2);
    this.#timer = setTimeout(() => this.#open(this.#address()), retryInMs);
    this.#emit("disconnect", { code, reason, retryInMs });
    if (!opened) void this.#askWhy();
  }

  async #askWhy(): Promise<void> {
    const why = await askWhyRefused(this.#address());
    // Anything else may pass: the next attempt is on its way.
    if (why !== undefined && [400, 401, 403].includes(why.status)) this.#end(new FeedRefused(why.status, why.message));
  }

  #emit<T extends keyof FeedEvents>(type: T, event: FeedEvents[T]): void {
    for (const callback of this.#callbacks.get(type) ?? []) callback(event as never);
  }
}
