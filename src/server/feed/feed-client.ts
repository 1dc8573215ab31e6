// One WebSocket client. What its socket does not take at once waits in a bounded queue; nobody else waits for it.

import type { RawData, WebSocket } from "ws";
import { AppError, toAppError } from "../../core/errors.js";
import { closeCode } from "../close-codes.js";
import { Heartbeat } from "../heartbeat.js";
import { ClientQueue, type Drops, type FrameItem } from "./client-queue.js";
import { byeMessage, dropsMessage, errorMessage } from "./messages.js";
import { SharedMessage } from "./shared-message.js";
import { changed, parseClientMessage, type Subscription } from "./subscription.js";

/** Bytes handed to the socket before its queue begins to fill; at most one message more. */
const highWaterBytes = 256 * 1024;
const dropsIntervalMs = 1000;
/** Messages of a client: this many at once, and so many a second in the long run. */
const messageBurst = 30;
const messagesPerSecond = 10;

export interface FeedClientHooks {
  readonly onSubscribe: (client: FeedClient) => void;
  readonly onClosed: (client: FeedClient) => void;
}

/** A connected client, from its upgrade until its socket is gone. */
export class FeedClient {
  readonly #socket: WebSocket;
  readonly #hooks: FeedClientHooks;
  readonly #now: () => number;
  readonly #queue: ClientQueue;
  readonly #heartbeat: Heartbeat;
  #subscription: Subscription;
  /** First and last seq of each stream that were sent live on this connection: `resume` does not send them again. */
  readonly #sent = new Map<string, { first: number; last: number }>();
  #toldDrops = 0;
  #toldDropsAtMs = -Infinity;
  #allowance = messageBurst;
  #allowanceAtMs: number;
  #leaving = false;

  constructor(socket: WebSocket, subscription: Subscription, queueMessages: number, hooks: FeedClientHooks, now: () => number) {
    this.#socket = socket;
    this.#subscription = subscription;
    this.#hooks = hooks;
    this.#now = now;
    this.#allowanceAtMs = now();
    this.#queue = new ClientQueue(queueMessages);
    socket.on("message", (data, isBinary) => this.#onMessage(data, isBinary));
    this.#heartbeat = new Heartbeat(socket);
    // ws closes the socket by itself after an error (an oversized message gets 1009); `close` follows.
    socket.on("error", () => undefined);
    socket.on("close", () => hooks.onClosed(this));
  }

  get subscription(): Subscription {
    return this.#subscription;
  }

  get drops(): Drops {
    return this.#queue.drops;
  }

  /** Memory this client keeps busy, bytes: what its socket holds and what waits. */
  get heldBytes(): number {
    return this.#socket.bufferedAmount + this.#queue.waitingBytes;
  }

  wants(streamId: string): boolean {
    return this.#subscription.streams?.has(streamId) ?? true;
  }

  wantsPreview(streamId: string): boolean {
    const { preview, previewStreams } = this.#subscription;
    return preview && this.wants(streamId) && (previewStreams?.has(streamId) ?? true);
  }

  /** Sends a frame, a picture or an episode's event if this client gets it. */
  offer(item: FrameItem): void {
    if (!this.#gets(item)) return;
    if (item.kind === "frame") {
      const range = this.#sent.get(item.streamId);
      if (range) range.last = item.seq;
      else this.#sent.set(item.streamId, { first: item.seq, last: item.seq });
    }
    this.#queue.add(item);
    this.#pump();
  }

  /** Sends a stream's state. */
  tellState(streamId: string, message: SharedMessage): void {
    this.#queue.addState(streamId, message);
    this.#pump();
  }

  /** Sends something to this client alone. One that asks much and reads nothing is cut off. */
  reply(message: SharedMessage): void {
    if (this.#queue.addReply(message)) this.#pump();
    else this.#socket.terminate();
  }

  /** Sends remembered frames, but for those that went out on this connection already. */
  replay(items: readonly FrameItem[]): void {
    this.#queue.setReplay(
      items.filter(({ streamId, seq }) => {
        const range = this.#sent.get(streamId);
        return range === undefined || seq < range.first || seq > range.last;
      }),
    );
    this.#pump();
  }

  /** Forgets what waits of a stream that is gone. */
  forget(streamId: string): void {
    this.#queue.keep((item) => item.streamId !== streamId);
    this.#sent.delete(streamId);
  }

  /** Tells drops that were not told yet; called about once a second. */
  tick(): void {
    this.#pump();
  }

  /** Asks for a sign of life; a client that gave none twice is closed. */
  ping(): void {
    this.#heartbeat.beat();
  }

  /** Says goodbye and closes. What still waits is not sent. */
  bye(error: AppError): void {
    if (this.#leaving) return;
    this.#leaving = true;
    this.#queue.clear();
    if (this.#socket.readyState === this.#socket.OPEN) this.#socket.send(JSON.stringify(byeMessage(error)));
    this.#socket.close(closeCode(error.code), error.code);
  }

  /** Cuts the connection. */
  terminate(): void {
    this.#socket.terminate();
  }

  #gets({ kind, streamId }: FrameItem): boolean {
    return kind === "preview" ? this.wantsPreview(streamId) : this.wants(streamId);
  }

  #pump(): void {
    while (!this.#leaving && this.#socket.readyState === this.#socket.OPEN && this.#socket.bufferedAmount < highWaterBytes) {
      const message = this.#dueDrops() ?? this.#queue.next();
      if (!message) return;
      this.#socket.send(message.bytes, { binary: message.binary }, (error) => this.#onSent(error));
    }
  }

  #onSent(error: Error | null | undefined): void {
    if (error || this.#queue.length === 0) return;
    // It reads, though slowly: its pong waits behind what the network holds for it.
    this.#heartbeat.alive();
    this.#pump();
  }

  #dueDrops(): SharedMessage | undefined {
    const drops = this.#queue.drops;
    const total = drops.frames + drops.previews + drops.episodes;
    if (total === this.#toldDrops || this.#now() - this.#toldDropsAtMs < dropsIntervalMs) return undefined;
    this.#toldDrops = total;
    this.#toldDropsAtMs = this.#now();
    return SharedMessage.json(dropsMessage(drops));
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (this.#leaving) return;
    if (!this.#mayTalk()) {
      this.bye(new AppError("too_many", `Expected at most ${messagesPerSecond} messages a second.`));
      return;
    }
    try {
      if (isBinary) throw new AppError("invalid_request", "Expected a text message with JSON, received a binary one.");
      this.#subscription = changed(this.#subscription, parseClientMessage(String(data)));
      this.#queue.keep((item) => this.#gets(item));
      this.#hooks.onSubscribe(this);
    } catch (error) {
      this.reply(SharedMessage.json(errorMessage(toAppError(error))));
    }
  }

  #mayTalk(): boolean {
    const now = this.#now();
    this.#allowance = Math.min(messageBurst, this.#allowance + ((now - this.#allowanceAtMs) / 1000) * messagesPerSecond) - 1;
    this.#allowanceAtMs = now;
    return this.#allowance >= 0;
  }
}
