// Client of /v1/push, for browsers and Node: sends pictures as the server's credits allow, and gives its answers.
//
//   const push = await openPush("http://127.0.0.1:8080", { format: "jpeg", width: 640, height: 480 });
//   void (async () => { for await (const answer of push) console.log(answer); })();
//   await push.send(jpeg);
//   await push.finish();

import type { ByeMessage, ErrorMessage, FrameMessage } from "../core/feed.js";
import type { DroppedMessage, PushFormat, PushMode, ReadyMessage } from "../core/push.js";
import { pushAddress } from "./address.js";
import { MessageBuffer } from "./message-buffer.js";
import { encodeFrame } from "./push-frame.js";
import { askWhyRefused } from "./refusal.js";
import { socketClass, type FeedSocket, type FeedSocketConstructor } from "./socket.js";

const answerTypes: ReadonlySet<string> = new Set<PushAnswer["type"]>(["frame", "dropped", "error", "bye"]);

/** What a server answers. `frame` and `dropped` belong to the frame with their `frameId`; each frame gets one of them. */
export type PushAnswer = FrameMessage | DroppedMessage | ErrorMessage | ByeMessage;

export interface PushOptions {
  /** Of every frame. `raw`: rgb24, rows top first, R G B, no padding. */
  readonly format: PushFormat;
  /** Of every frame as shown, pixels. */
  readonly width: number;
  readonly height: number;
  /** `lossless`: every frame is analysed. Default `latest`: a newer frame takes the place of one that waits. */
  readonly mode?: PushMode;
  readonly streamId?: string;
  /** For people. */
  readonly name?: string;
  /** As `analysis` of POST /v1/streams, without `maxFps`. */
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly token?: string;
  /** Closes the push when it aborts. */
  readonly signal?: AbortSignal;
  /** WebSocket class, for Node before 22. */
  readonly WebSocket?: FeedSocketConstructor;
  /** Answers that wait for a slow `for await` loop before the oldest is left out. Default 1000. */
  readonly bufferMessages?: number;
}

export interface SendOptions {
  /** Number of the frame, larger than the one before. Default: one more than that. */
  readonly id?: number;
  /** When the picture was taken, milliseconds since 1970. Default: now. */
  readonly capturedAtMs?: number;
}

/** The server does not take this push: wrong token, an id in use, a picture too large. */
export class PushRefused extends Error {
  override readonly name = "PushRefused";
  /** The server's error code; undefined where there was no answer at all. */
  readonly code: string | undefined;
  readonly issues: ErrorMessage["issues"];

  constructor(code: string | undefined, message: string, issues?: ErrorMessage["issues"]) {
    super(message);
    this.code = code;
    this.issues = issues;
  }
}

/** An open push. Iterate over it, in one loop, for the answers. It does not reconnect: a lost connection ends its stream. */
export interface Push extends AsyncIterable<PushAnswer> {
  readonly streamId: string;
  /** Frames that may be without an answer at a time. */
  readonly credits: number;
  /** Waits for a credit, sends, and resolves with the frame's id. Frames leave in the order of the calls. Rejects when the push is over. */
  send(picture: Uint8Array | ArrayBuffer, options?: SendOptions): Promise<number>;
  /** Waits until every frame that was sent is answered, then closes. */
  finish(): Promise<void>;
  /** Ends it now. Idempotent. */
  close(): void;
  /** Settles with the close code when the connection is gone. */
  readonly closed: Promise<{ readonly code: number }>;
}

/**
 * Connects, says what will be sent, and resolves when the server is ready for it.
 * @param server address of the server, `http://127.0.0.1:8080`
 * @throws PushRefused; TypeError for a bad address or where there is no WebSocket
 */
export async function openPush(server: string | URL, options: PushOptions): Promise<Push> {
  const address = pushAddress(server, options.token);
  const Socket = socketClass(options.WebSocket);
  options.signal?.throwIfAborted();
  const client = new PushClient(new Socket(address.href) as FeedSocket, options);
  const ready = await client.ready;
  if (ready instanceof PushRefused) throw ready;
  if (ready !== undefined) return client;
  options.signal?.throwIfAborted();
  const why = await askWhyRefused(address);
  throw new PushRefused(why?.code, why?.message ?? "The server does not answer.");
}

class PushClient implements Push {
  /** What the server said to the config message; undefined when the connection ended before. */
  readonly ready: Promise<ReadyMessage | PushRefused | undefined>;
  readonly closed: Promise<{ readonly code: number }>;
  streamId = "";
  credits = 0;
  readonly #socket: FeedSocket;
  readonly #options: PushOptions;
  readonly #answers: MessageBuffer<PushAnswer>;
  readonly #unanswered = new Set<number>();
  readonly #onAbort = () => this.close();
  #lastId = -1;
  /** Settles when the sends before have left. */
  #turn: Promise<unknown> = Promise.resolve();
  readonly #wake: (() => void)[] = [];
  #over = false;
  #tellReady!: (ready: ReadyMessage | PushRefused | undefined) => void;
  #tellClosed!: (end: { readonly code: number }) => void;

  constructor(socket: FeedSocket, options: PushOptions) {
    this.#socket = socket;
    this.#options = options;
    this.#answers = new MessageBuffer(options.bufferMessages ?? 1000, () => undefined);
    this.ready = new Promise((resolve) => (this.#tellReady = resolve));
    this.closed = new Promise((resolve) => (this.#tellClosed = resolve));
    socket.addEventListener("open", () => socket.send(this.#config()));
    socket.addEventListener("message", ({ data }: { data: unknown }) => this.#read(JSON.parse(String(data)) as PushAnswer | ReadyMessage));
    // Node 22's own WebSocket sends no `close` after a handshake that failed; all others do.
    socket.addEventListener("error", () => this.#end(1006));
    socket.addEventListener("close", ({ code }: { code: number }) => this.#end(code));
    options.signal?.addEventListener("abort", this.#onAbort, { once: true });
  }

  send(picture: Uint8Array | ArrayBuffer, { id, capturedAtMs = Date.now() }: SendOptions = {}): Promise<number> {
    const sent = this.#turn.then(() => this.#send(picture instanceof Uint8Array ? picture : new Uint8Array(picture), id, capturedAtMs));
    this.#turn = sent.catch(() => undefined);
    return sent;
  }

  async finish(): Promise<void> {
    await this.#turn;
    while (this.#unanswered.size > 0 && !this.#over) await this.#change();
    this.close();
    await this.closed;
  }

  close(): void {
    this.#socket.close(1000);
  }

  [Symbol.asyncIterator](): AsyncIterator<PushAnswer> {
    // Leaving a loop does not end the push: the next loop goes on where it stopped.
    return { next: () => this.#answers.next() };
  }

  async #send(picture: Uint8Array, id: number | undefined, capturedAtMs: number): Promise<number> {
    while (this.#unanswered.size >= this.credits && !this.#over) await this.#change();
    if (this.#over) throw new Error("The push is over: nothing can be sent any more.");
    const frameId = id ?? this.#lastId + 1;
    if (!Number.isSafeInteger(frameId) || frameId <= this.#lastId) throw new RangeError(`Expected a whole number above ${this.#lastId} for id, received ${frameId}.`);
    this.#lastId = frameId;
    this.#unanswered.add(frameId);
    this.#socket.send(encodeFrame(frameId, capturedAtMs, picture));
    return frameId;
  }

  #config(): string {
    const { format, width, height, mode = "latest", streamId, name, settings } = this.#options;
    return JSON.stringify({ type: "config", v: 1, streamId, name, format, width, height, mode, settings });
  }

  #read(message: PushAnswer | ReadyMessage): void {
    if (message.type === "ready") {
      this.streamId = message.streamId;
      this.credits = message.credits;
      this.#tellReady(message);
      return;
    }
    if (!answerTypes.has(message.type)) return;
    if (this.credits === 0 && message.type !== "frame" && message.type !== "dropped") {
      this.#tellReady(new PushRefused(message.code, message.message, message.type === "error" ? message.issues : undefined));
      this.close();
      return;
    }
    this.#answers.push(message);
    if ((message.type === "frame" || message.type === "dropped") && message.frameId !== undefined) this.#unanswered.delete(message.frameId);
    this.#wakeAll();
  }

  #end(code: number): void {
    if (this.#over) return;
    this.#over = true;
    this.#options.signal?.removeEventListener("abort", this.#onAbort);
    this.#tellReady(undefined);
    this.#answers.end();
    this.#tellClosed({ code });
    this.#wakeAll();
  }

  /** Settles with the next answer, or the end. */
  #change(): Promise<void> {
    return new Promise((resolve) => this.#wake.push(resolve));
  }

  #wakeAll(): void {
    for (const wake of this.#wake.splice(0)) wake();
  }
}
