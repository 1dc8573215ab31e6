// All streams and all clients of the feed: who gets what, and which pictures are wanted at all.

import type { Subscription as Running } from "rxjs";
import type { WebSocket } from "ws";
import type { Config } from "../../core/config.js";
import type { EngineInfo } from "../../core/engine.js";
import { AppError } from "../../core/errors.js";
import type { Role } from "../../core/feed.js";
import { allowsPictures, declarationOf, pictureRefusal, type Privacy } from "../../core/privacy.js";
import type { StreamRegistry } from "../stream-registry.js";
import type { Drops, FrameItem } from "./client-queue.js";
import { FeedClient } from "./feed-client.js";
import { errorMessage, helloMessage } from "./messages.js";
import { SharedMessage } from "./shared-message.js";
import { StreamFeed } from "./stream-feed.js";
import type { Subscription } from "./subscription.js";

const tickIntervalMs = 1000;

export interface FeedHubDeps {
  readonly config: Config["feed"];
  /** The settings of streams that set none of their own. */
  readonly analysis: Config["analysis"];
  readonly privacy: Privacy;
  readonly version: string;
  readonly engineInfo: EngineInfo;
  readonly registry: StreamRegistry;
  readonly now: () => number;
}

/** Figures of the feed for the metrics. */
export interface FeedStats {
  readonly clients: number;
  /** Left out for slow clients, those included that are gone. */
  readonly droppedFrames: number;
  readonly droppedPreviews: number;
  readonly droppedEpisodes: number;
  readonly heldBytes: number;
}

/** Owns every client from its upgrade until it is gone. */
export class FeedHub {
  readonly #deps: FeedHubDeps;
  readonly #clients = new Set<FeedClient>();
  readonly #streams = new Map<string, StreamFeed>();
  readonly #changes: Running;
  readonly #timers: readonly NodeJS.Timeout[];
  #gone: Drops = { frames: 0, previews: 0, episodes: 0 };
  #closing: (() => void) | undefined;

  constructor(deps: FeedHubDeps) {
    this.#deps = deps;
    this.#changes = deps.registry.change$.subscribe(({ type, entry }) => {
      if (type === "removed") return this.#removeStream(entry.id);
      const sinks = { onItem: (item: FrameItem) => this.#deliver(item), onState: (id: string, message: SharedMessage) => this.#tellState(id, message) };
      const feed = new StreamFeed(entry, deps.config.resumeFrames, sinks);
      this.#streams.set(entry.id, feed);
      feed.setPreviews(this.#wantsPreview(entry.id));
      feed.tellState();
    });
    this.#timers = [setInterval(() => this.#tick(), tickIntervalMs), setInterval(() => this.#ping(), deps.config.pingIntervalMs)];
    for (const timer of this.#timers) timer.unref();
  }

  get isFull(): boolean {
    return this.#clients.size >= this.#deps.config.maxClients;
  }

  get stats(): FeedStats {
    let drops = this.#gone;
    let heldBytes = 0;
    for (const client of this.#clients) {
      drops = sum(drops, client.drops);
      heldBytes += client.heldBytes;
    }
    return { clients: this.#clients.size, droppedFrames: drops.frames, droppedPreviews: drops.previews, droppedEpisodes: drops.episodes, heldBytes };
  }

  /** Takes over a connected socket. */
  accept(socket: WebSocket, subscription: Subscription, role: Role): void {
    const hooks = { onSubscribe: (c: FeedClient) => this.#greet(c), onClosed: (c: FeedClient) => this.#forget(c) };
    const client = new FeedClient(socket, subscription, this.#deps.config.queueMessages, hooks, this.#deps.now);
    this.#clients.add(client);
    client.reply(SharedMessage.json(helloMessage(this.#deps.version, this.#deps.engineInfo, this.#deps.analysis, [...this.#streams.keys()], role, declarationOf(this.#deps.privacy))));
    this.#greet(client);
  }

  /** Says goodbye to all clients and waits until they are gone, at most `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    for (const timer of this.#timers) clearInterval(timer);
    const gone = new Promise<void>((resolve) => (this.#closing = resolve));
    const bye = new AppError("shutting_down", "The server is stopping.");
    for (const client of this.#clients) client.bye(bye);
    if (this.#clients.size > 0) {
      const deadline = setTimeout(() => {
        for (const client of this.#clients) client.terminate();
      }, timeoutMs);
      await gone;
      clearTimeout(deadline);
    }
    this.#changes.unsubscribe();
    for (const feed of this.#streams.values()) feed.close();
  }

  /** What a client needs after it has said what it wants: states, errors for unknown streams, missed frames. */
  #greet(client: FeedClient): void {
    const { streams, resume, preview } = client.subscription;
    for (const feed of this.#streams.values()) if (client.wants(feed.id)) client.tellState(feed.id, feed.state());
    const unknown = [...(streams ?? [])].filter((id) => !this.#streams.has(id));
    if (unknown.length > 0) {
      const error = new AppError("stream_not_found", `Not there at present, sent once added: ${unknown.join(", ")}.`);
      client.reply(SharedMessage.json(errorMessage(error, unknown.length === 1 ? unknown[0] : undefined)));
    }
    const refusal = preview ? pictureRefusal(this.#deps.privacy, "Previews") : undefined;
    if (refusal) client.reply(SharedMessage.json(errorMessage(refusal)));
    client.replay([...resume].flatMap(([id, seq]) => (client.wants(id) ? (this.#streams.get(id)?.after(seq) ?? []) : [])));
    this.#updatePreviews();
  }

  #forget(client: FeedClient): void {
    this.#clients.delete(client);
    this.#gone = sum(this.#gone, client.drops);
    this.#updatePreviews();
    if (this.#clients.size === 0) this.#closing?.();
  }

  #removeStream(id: string): void {
    const feed = this.#streams.get(id);
    if (!feed) return;
    for (const client of this.#clients) client.forget(id);
    feed.tellState(true);
    feed.close();
    this.#streams.delete(id);
  }

  #deliver(item: FrameItem): void {
    for (const client of this.#clients) client.offer(item);
  }

  #tellState(streamId: string, message: SharedMessage): void {
    for (const client of this.#clients) if (client.wants(streamId)) client.tellState(streamId, message);
  }

  #wantsPreview(streamId: string): boolean {
    if (!allowsPictures(this.#deps.privacy)) return false;
    for (const client of this.#clients) if (client.wantsPreview(streamId)) return true;
    return false;
  }

  #updatePreviews(): void {
    for (const feed of this.#streams.values()) feed.setPreviews(this.#wantsPreview(feed.id));
  }

  #tick(): void {
    if (this.#clients.size > 0) for (const feed of this.#streams.values()) feed.tellFigures();
    for (const client of this.#clients) client.tick();
  }

  #ping(): void {
    for (const client of this.#clients) client.ping();
  }
}

function sum(a: Drops, b: Drops): Drops {
  return { frames: a.frames + b.frames, previews: a.previews + b.previews, episodes: a.episodes + b.episodes };
}
