// The header's line on the connection to the server, with a countdown and a button while it is lost.

import { byId, setText } from "./dom.js";

/** @import {ConnectionState} from "./feed-connection.js" */

/** Shows the state of the feed connection. */
export class ConnectionBar {
  #pill = byId("connection", HTMLElement);
  /** Beside the part that is read out, since it changes every second. */
  #countdown = byId("countdown", HTMLElement);
  #retry = byId("retry", HTMLButtonElement);
  /** @type {ConnectionState} */
  #state = { state: "connecting" };
  /** Last words of the server before it closed. @type {string | undefined} */
  #farewell;

  /** @type {() => void} */
  #onRetry;

  /** @param {() => void} onRetry */
  constructor(onRetry) {
    this.#onRetry = onRetry;
    this.#retry.addEventListener("click", onRetry);
  }

  /** Does not wait any longer: the page came back into view, or the network did. */
  retryIfWaiting() {
    if (this.#state.state === "waiting") this.#onRetry();
  }

  /** @param {ConnectionState} state */
  show(state) {
    this.#state = state;
    if (state.state === "open") this.#farewell = undefined;
    this.#pill.dataset.state = state.state;
    this.#retry.hidden = state.state !== "waiting";
    byId("token-panel", HTMLElement).hidden = state.state !== "unauthenticated";
    this.tick(Date.now());
  }

  /** @param {string} words why the server says good-bye */
  setFarewell(words) {
    this.#farewell = words;
  }

  /** @param {number} nowMs */
  tick(nowMs) {
    setText(this.#pill, this.#words());
    const seconds = this.#state.state === "waiting" ? Math.max(1, Math.ceil((this.#state.nextTryAtMs - nowMs) / 1000)) : 0;
    setText(this.#countdown, seconds > 0 ? `Next try in ${seconds} s` : "");
  }

  #words() {
    if (this.#state.state === "open") return "Connected";
    if (this.#state.state === "unauthenticated") return "Token needed";
    if (this.#state.state === "waiting") return this.#farewell ?? "Server not reached";
    return "Connecting…";
  }
}
