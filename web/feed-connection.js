// The one WebSocket to the server: opens it, reads its messages, opens it again with growing pauses when it is lost.

import { decodePreview } from "./preview-codec.js";
import { retryDelayMs } from "./retry-delay.js";

/** @import {ServerMessage} from "../src/core/feed.ts" */
/** @import {PreviewMessage} from "./preview-codec.js" */

/**
 * @typedef {{ state: "connecting" }
 *   | { state: "open" }
 *   | { state: "waiting", nextTryAtMs: number }
 *   | { state: "unauthenticated" }} ConnectionState
 */

/**
 * @typedef {object} FeedHandlers
 * @property {(message: ServerMessage) => void} onMessage
 * @property {(preview: PreviewMessage) => void} onPreview
 * @property {(state: ConnectionState) => void} onState
 * @property {() => Promise<boolean>} isRefused tells whether the server asks for a token; a browser does not say why a WebSocket failed
 */

/** Keeps one feed open until it is closed. */
export class FeedConnection {
  /** @type {URL} */
  #url;
  /** @type {FeedHandlers} */
  #handlers;
  /** @type {WebSocket | undefined} */
  #socket;
  /** @type {number | undefined} */
  #timer;
  #failures = 0;
  #preview = true;
  #strict = false;
  /** What this connection was opened with or told last. */
  #askedPreview = true;

  /**
   * @param {URL} url of the feed, ws: or wss:
   * @param {FeedHandlers} handlers
   */
  constructor(url, handlers) {
    this.#url = url;
    this.#handlers = handlers;
  }

  /** Opens the connection now, also when it waits for its next attempt. */
  open() {
    if (this.#socket) return;
    clearTimeout(this.#timer);
    this.#handlers.onState({ state: "connecting" });
    const url = new URL(this.#url);
    this.#askedPreview = this.#preview && !this.#strict;
    if (this.#askedPreview) url.searchParams.set("preview", "jpeg");
    const socket = new WebSocket(url);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", (event) => this.#read(event.data));
    socket.addEventListener("close", () => this.#lost(socket));
    this.#socket = socket;
  }

  /**
   * Asks for pictures, or for none while nobody looks.
   * @param {boolean} wanted
   */
  setPreview(wanted) {
    this.#preview = wanted;
    this.#askPreview();
  }

  /** Closes it for good. */
  close() {
    clearTimeout(this.#timer);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000);
  }

  #askPreview() {
    const asks = this.#preview && !this.#strict;
    if (asks === this.#askedPreview || this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#askedPreview = asks;
    this.#socket.send(JSON.stringify({ type: "subscribe", preview: asks ? "jpeg" : "none" }));
  }

  /** @param {unknown} data */
  #read(data) {
    if (data instanceof ArrayBuffer) {
      const preview = decodePreview(data);
      if (preview) this.#handlers.onPreview(preview);
      return;
    }
    const message = /** @type {ServerMessage} */ (JSON.parse(String(data)));
    if (message.type === "hello") {
      this.#failures = 0;
      // Such a server gives no pictures, so none are asked for again.
      this.#strict = message.privacy?.mode === "strict";
      this.#askPreview();
      this.#handlers.onState({ state: "open" });
    }
    this.#handlers.onMessage(message);
  }

  /** @param {WebSocket} socket */
  async #lost(socket) {
    if (socket !== this.#socket) return;
    this.#socket = undefined;
    const waitMs = retryDelayMs(++this.#failures, Math.random());
    this.#handlers.onState({ state: "waiting", nextTryAtMs: Date.now() + waitMs });
    this.#timer = setTimeout(() => this.open(), waitMs);
    if (await this.#handlers.isRefused()) {
      clearTimeout(this.#timer);
      if (!this.#socket) this.#handlers.onState({ state: "unauthenticated" });
    }
  }
}
