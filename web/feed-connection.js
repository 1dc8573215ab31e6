// The one WebSocket to the server: opens it, reads its messages, opens it again with growing pauses when it is lost.

import { decodePreview } from "./preview-codec.js";
import { givesPictures } from "./privacy-note.js";
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

/** The server allows some ten messages a second. */
const askAfterMs = 150;

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
  #strict = false;
  /** Streams whose pictures are wanted. @type {readonly string[]} */
  #wanted = [];
  /** What this connection was told last. */
  #asked = "";
  /** @type {number | undefined} */
  #askTimer;

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
    // Without pictures: whose are wanted is told once the streams are known.
    this.#asked = "";
    const socket = new WebSocket(this.#url);
    socket.binaryType = "arraybuffer";
    socket.addEventListener("message", (event) => this.#read(event.data));
    socket.addEventListener("close", () => this.#lost(socket));
    this.#socket = socket;
  }

  /**
   * Asks for the pictures of these streams and of no others. Changes that follow each other closely are told together, as scrolling brings many.
   * @param {readonly string[]} streamIds
   */
  setPreviews(streamIds) {
    this.#wanted = streamIds.toSorted();
    this.#askTimer ??= setTimeout(() => {
      this.#askTimer = undefined;
      this.#ask();
    }, askAfterMs);
  }

  /** Closes it for good. */
  close() {
    clearTimeout(this.#timer);
    clearTimeout(this.#askTimer);
    const socket = this.#socket;
    this.#socket = undefined;
    socket?.close(1000);
  }

  #ask() {
    const wanted = this.#strict ? [] : this.#wanted;
    const asked = wanted.join();
    if (asked === this.#asked || this.#socket?.readyState !== WebSocket.OPEN) return;
    this.#asked = asked;
    this.#socket.send(JSON.stringify(wanted.length > 0 ? { type: "subscribe", preview: "jpeg", previewStreams: wanted } : { type: "subscribe", preview: "none" }));
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
      // Such a server gives no pictures, so none are asked for.
      this.#strict = !givesPictures(message.privacy);
      this.#ask();
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
