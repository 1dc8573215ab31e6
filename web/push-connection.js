// The WebSocket that carries the viewer's own camera to the server: declares the pictures, sends as credits allow, hands on the answers.

import { encodeFrame } from "./push-frame.js";

/** @import {ByeMessage, ErrorMessage, FrameMessage} from "../src/core/feed.ts" */
/** @import {DroppedMessage, PushConfigMessage, ReadyMessage} from "../src/core/push.ts" */

/** One is in the engine, one waits: more would only be older when their turn comes. */
const mostOpen = 2;

/**
 * @typedef {object} PushHandlers
 * @property {(ready: ReadyMessage) => void} onReady
 * @property {(answer: FrameMessage | DroppedMessage) => void} onAnswer one for each frame, while the connection lasts
 * @property {(why: { code: string, message: string } | undefined) => void} onEnd the connection ended, and not by `close`; undefined: nobody said why
 */

/** One pushed stream. It does not reconnect. */
export class PushConnection {
  #socket;
  #handlers;
  #credits = 0;
  /** @type {Set<number>} */
  #open = new Set();
  #nextId = 0;
  #over = false;
  /** @type {{ code: string, message: string } | undefined} */
  #why;

  /**
   * @param {URL} url ws: or wss:
   * @param {PushConfigMessage} config
   * @param {PushHandlers} handlers
   */
  constructor(url, config, handlers) {
    this.#handlers = handlers;
    this.#socket = new WebSocket(url);
    this.#socket.addEventListener("open", () => this.#socket.send(JSON.stringify(config)));
    this.#socket.addEventListener("message", (event) => this.#read(JSON.parse(String(event.data))));
    this.#socket.addEventListener("close", () => {
      if (!this.#over) handlers.onEnd(this.#why);
      this.#over = true;
    });
  }

  /** Whether a frame sent now would be looked at soon. */
  get maySend() {
    return !this.#over && this.#open.size < Math.min(this.#credits, mostOpen);
  }

  /**
   * @param {Uint8Array} picture
   * @param {number} capturedAtMs
   * @returns {number} the frame's id
   */
  send(picture, capturedAtMs) {
    const frameId = this.#nextId++;
    this.#open.add(frameId);
    this.#socket.send(encodeFrame(frameId, capturedAtMs, picture));
    return frameId;
  }

  /** Ends it; nothing is called any more. */
  close() {
    this.#over = true;
    this.#socket.close(1000);
  }

  /** @param {ReadyMessage | FrameMessage | DroppedMessage | ErrorMessage | ByeMessage} message */
  #read(message) {
    if (this.#over) return;
    if (message.type === "ready") {
      this.#credits = message.credits;
      this.#handlers.onReady(message);
    } else if (message.type === "error" || message.type === "bye") {
      this.#why = { code: message.code, message: message.message };
      // Refused before it began: what the viewer declares would not change on a second try.
      if (this.#credits === 0) this.#socket.close(1000);
    } else if ((message.type === "frame" || message.type === "dropped") && message.frameId !== undefined) {
      this.#open.delete(message.frameId);
      this.#handlers.onAnswer(message);
    }
  }
}
