// What stands over a picture that does not move: the state in words, the reason, what to try, and when the next attempt starts.

import { el, setText } from "./dom.js";
import { stateWords, wordsForCode } from "./words.js";

/** @import {StreamStatus} from "../src/core/feed.ts" */

/** The notice of one stream. */
export class StreamNotice {
  #title = el("p", { class: "notice-title" });
  #text = el("p", { class: "notice-text" });
  #next = el("p", { class: "notice-next" });
  element = el("div", { class: "notice", role: "status", hidden: true }, el("span", { class: "spinner", "aria-hidden": true }), this.#title, this.#text);
  /** @type {StreamStatus | undefined} */
  #status;

  constructor() {
    // The countdown changes every second: it stands outside the part that is read out.
    this.#next.setAttribute("aria-live", "off");
    this.element.append(this.#next);
  }

  /**
   * Shows the state, or nothing while the stream is live.
   * @param {StreamStatus} status
   */
  show(status) {
    this.#status = status;
    const { state, reason } = status;
    this.element.hidden = state === "live";
    this.element.dataset.state = state;
    const words = reason && state !== "paused" && state !== "ended" ? wordsForCode(reason.code, reason.message) : undefined;
    setText(this.#title, words?.what ?? stateWords[state].word);
    setText(this.#text, words ? (words.hint ?? "") : stateWords[state].meaning);
    this.tick(Date.now());
  }

  /**
   * Brings the countdown up to date.
   * @param {number} nowMs
   */
  tick(nowMs) {
    const status = this.#status;
    if (status?.state !== "reconnecting" || status.nextTryAt === undefined) {
      setText(this.#next, "");
      return;
    }
    const seconds = Math.ceil((Date.parse(status.nextTryAt) - nowMs) / 1000);
    const attempt = status.attempt > 1 ? ` (attempt ${status.attempt + 1})` : "";
    setText(this.#next, seconds > 0 ? `Next try in ${seconds} s${attempt}` : `Trying again${attempt}…`);
  }
}
