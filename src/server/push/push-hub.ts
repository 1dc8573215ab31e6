// All clients that push frames, and the streams that they leave behind.

import type { WebSocket } from "ws";
import type { Config } from "../../core/config.js";
import { AppError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { OpenPushedSource } from "../../core/pushed-source.js";
import type { StreamEntry, StreamRegistry } from "../stream-registry.js";
import { PushConnection } from "./push-connection.js";

export interface PushHubDeps {
  readonly config: Config;
  readonly registry: StreamRegistry;
  readonly openPushedSource: OpenPushedSource;
  readonly logger: Logger;
}

/** Figures for the metrics. */
export interface PushStats {
  readonly clients: number;
  /** Frames that were refused, since the start. */
  readonly refused: number;
  /** Answers that wait for clients to read. */
  readonly heldBytes: number;
}

/** Owns every pushing client from its upgrade until it is gone, and removes its stream some time after. */
export class PushHub {
  readonly #deps: PushHubDeps;
  readonly #connections = new Set<PushConnection>();
  readonly #removals = new Set<NodeJS.Timeout>();
  readonly #pings: NodeJS.Timeout;
  #refused = 0;
  #closing: (() => void) | undefined;
  #closed = false;

  constructor(deps: PushHubDeps) {
    this.#deps = deps;
    this.#pings = setInterval(() => {
      for (const connection of this.#connections) connection.ping();
    }, deps.config.feed.pingIntervalMs);
    this.#pings.unref();
  }

  get isFull(): boolean {
    return this.#connections.size >= this.#deps.config.push.maxClients;
  }

  get stats(): PushStats {
    let heldBytes = 0;
    for (const connection of this.#connections) heldBytes += connection.heldBytes;
    return { clients: this.#connections.size, refused: this.#refused, heldBytes };
  }

  /** Takes over a connected socket. */
  accept(socket: WebSocket): void {
    const { config, registry, openPushedSource } = this.#deps;
    const connection = new PushConnection(socket, { config, registry, openPushedSource, onRefused: () => this.#refused++, onGone: (gone, entry) => this.#forget(gone, entry) });
    this.#connections.add(connection);
  }

  /** Says goodbye to all clients and waits until they are gone, at most `timeoutMs`. */
  async close(timeoutMs: number): Promise<void> {
    this.#closed = true;
    clearInterval(this.#pings);
    for (const timer of this.#removals) clearTimeout(timer);
    if (this.#connections.size === 0) return;
    const gone = new Promise<void>((resolve) => (this.#closing = resolve));
    for (const connection of this.#connections) connection.bye(new AppError("shutting_down", "The server is stopping."));
    const deadline = setTimeout(() => {
      for (const connection of this.#connections) connection.terminate();
    }, timeoutMs);
    await gone;
    clearTimeout(deadline);
  }

  #forget(connection: PushConnection, entry: StreamEntry | undefined): void {
    this.#connections.delete(connection);
    if (this.#connections.size === 0) this.#closing?.();
    if (entry === undefined || this.#closed) return;
    const timer = setTimeout(() => {
      this.#removals.delete(timer);
      void this.#remove(entry);
    }, this.#deps.config.push.keepEndedMs);
    timer.unref();
    this.#removals.add(timer);
  }

  async #remove(entry: StreamEntry): Promise<void> {
    // It may have been removed by hand, and another one may have its id by now.
    if (!this.#deps.registry.list().includes(entry)) return;
    await this.#deps.registry.remove(entry.id).catch((error: unknown) => this.#deps.logger.warn({ err: error, streamId: entry.id }, "pushed stream could not be removed"));
  }
}
