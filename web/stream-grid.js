// All cards: which streams there are, their order, the one that is enlarged (kept in the address, so that it can be linked), the counts.

import { byId, setText } from "./dom.js";
import { StreamCard } from "./stream-card.js";

/** @import {StreamMessage} from "../src/core/feed.ts" */
/** @import {CardAction} from "./stream-card.js" */

/** The grid of streams. */
export class StreamGrid {
  #root = byId("streams", HTMLElement);
  #empty = byId("empty", HTMLElement);
  #counts = byId("counts", HTMLElement);
  /** @type {(card: StreamCard, action: CardAction) => void} */
  #onAction;
  /** @type {Map<string, StreamCard>} */
  #cards = new Map();
  #begun = false;
  #pictures = true;

  /** @param {(card: StreamCard, action: CardAction) => void} onAction */
  constructor(onAction) {
    this.#onAction = onAction;
    window.addEventListener("hashchange", () => this.#applyFocus());
    document.addEventListener("keydown", (event) => {
      if (event.key === "Escape" && !document.querySelector("dialog[open]")) this.#leaveFocus();
    });
  }

  /** @param {string} id */
  card(id) {
    return this.#cards.get(id);
  }

  /**
   * A connection began: exactly these streams exist, and their numbers may start anew.
   * @param {readonly string[]} ids
   * @param {boolean} pictures whether the server gives pictures
   */
  begin(ids, pictures) {
    this.#begun = true;
    this.#pictures = pictures;
    for (const id of this.#cards.keys()) if (!ids.includes(id)) this.remove(id);
    for (const id of ids) {
      const card = this.add(id);
      card.setPictures(pictures);
      card.reset();
    }
    this.#arrange();
  }

  /**
   * The card of a stream, made where there is none.
   * @param {string} id
   */
  add(id) {
    const known = this.#cards.get(id);
    if (known) return known;
    const card = new StreamCard(id, (action) => this.#onAction(card, action));
    card.setPictures(this.#pictures);
    this.#cards.set(id, card);
    this.#root.append(card.element);
    this.#arrange();
    return card;
  }

  /** @param {StreamMessage} message */
  show(message) {
    if (message.removed) this.remove(message.streamId);
    else this.add(message.streamId).setMessage(message);
    this.#count();
  }

  /** @param {string} id */
  remove(id) {
    const card = this.#cards.get(id);
    if (!card) return;
    const hadFocus = card.element.contains(document.activeElement);
    this.#cards.delete(id);
    card.close();
    if (card.focused) this.#leaveFocus();
    this.#arrange();
    if (hadFocus) byId("add", HTMLButtonElement).focus();
  }

  /** @param {StreamCard} card */
  toggleFocus(card) {
    if (card.focused) this.#leaveFocus();
    else location.hash = card.id;
  }

  /** @param {{ frames: number, previews: number }} drops */
  setViewerDrops(drops) {
    for (const card of this.#cards.values()) card.setViewerDrops(drops);
  }

  /** Once a second. */
  tick() {
    for (const card of this.#cards.values()) card.tick();
    this.#count();
  }

  /** The page's colours changed. */
  recolour() {
    for (const card of this.#cards.values()) card.recolour();
  }

  #arrange() {
    this.#empty.hidden = !this.#begun || this.#cards.size > 0;
    this.#root.dataset.count = String(this.#cards.size);
    this.#applyFocus();
    this.#count();
  }

  #count() {
    const cards = [...this.#cards.values()];
    const live = cards.filter((c) => c.state === "live").length;
    const faces = cards.reduce((sum, c) => sum + c.faceCount, 0);
    setText(this.#counts, this.#begun ? [plural(cards.length, "stream"), `${live} live`, plural(faces, "face")].join(" · ") : "");
  }

  #applyFocus() {
    const wanted = decodeURIComponent(location.hash.slice(1));
    for (const [id, card] of this.#cards) {
      const focused = id === wanted;
      if (focused !== card.focused) card.setFocused(focused);
    }
    document.body.classList.toggle("focus-view", this.#cards.has(wanted));
  }

  #leaveFocus() {
    if (location.hash === "") return;
    history.replaceState(undefined, "", location.pathname + location.search);
    this.#applyFocus();
  }
}

/**
 * @param {number} n
 * @param {string} word
 */
function plural(n, word) {
  return `${n} ${word}${n === 1 ? "" : "s"}`;
}
