// Whether the other end of a WebSocket is still there.

import type { WebSocket } from "ws";

const maxMissedPings = 2;

/** Pings a socket, and cuts it off when two pings in a row brought nothing. */
export class Heartbeat {
  readonly #socket: WebSocket;
  #missed = 0;

  constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.on("pong", () => this.alive());
  }

  /** A sign of life. */
  alive(): void {
    this.#missed = 0;
  }

  /** Asks for a sign of life. */
  beat(): void {
    if (this.#missed >= maxMissedPings) {
      this.#socket.terminate();
      return;
    }
    this.#missed++;
    this.#socket.ping();
  }
}
