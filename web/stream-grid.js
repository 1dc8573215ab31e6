// All cards: which streams there are, their order, which of them a view shows, the counts.

import { byId, setText } from "./dom.js";
import { StreamCard } from "./stream-card.js";

/** @import {StreamMessage} from "../src/core/feed.ts" */
/** @import {CardAction} from "./stream-card.js" */
/** @import {StreamView} from "./stream-view.js" */
/** @import {View} from "./view-address.js" */

/**
 * @typedef {object} GridHandlers
 * @property {(card: StreamCard, action: CardAction) => void} onAction
 * @property {(card: StreamCard) => StreamView} makeDetails
 * @property {() => void} onVisible which pictures can be seen has changed
 * @property {() => void} onArranged cards came or went
 */

/** The cards of all streams. */
export class StreamGrid {
  #root = byId("streams", HTMLElement);
  #empty = byId("empty", HTMLElement);
  #missing = byId("missing", HTMLElement);
  #counts = byId("counts", HTMLElement);
  #handlers;
  /** @type {Map<string, StreamCard>} */
  #cards = new Map();
  #begun = false;
  #pictures = true;
  /** @type {View} */
  #view = { name: "grid" };

  /** @param {GridHandlers} handlers */
  constructor(handlers) {
    this.#handlers = handlers;
  }

  /** @param {string} id */
  card(id) {
    return this.#cards.get(id);
  }

  /** In the order of the page. */
  get cards() {
    return [...this.#cards.values()];
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
    const card = new StreamCard(id, { onAction: (action) => this.#handlers.onAction(card, action), onVisible: this.#handlers.onVisible });
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
    this.#arrange();
    this.#handlers.onVisible();
    if (hadFocus) this.#root.focus();
  }

  /** @param {View} view */
  setView(view) {
    this.#view = view;
    this.#arrange();
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
    const wanted = this.#view.name === "stream" ? this.#view.id : undefined;
    for (const [id, card] of this.#cards) {
      if ((id === wanted) !== card.focused) card.setFocused(id === wanted ? this.#handlers.makeDetails(card) : undefined);
      card.setOnWall(this.#view.name === "wall");
    }
    const missing = this.#begun && wanted !== undefined && !this.#cards.has(wanted);
    this.#missing.hidden = !missing;
    setText(byId("missing-id", HTMLElement), wanted ?? "");
    this.#empty.hidden = !this.#begun || this.#cards.size > 0 || missing;
    this.#root.dataset.count = String(this.#cards.size);
    this.#count();
    this.#handlers.onArranged();
  }

  #count() {
    const cards = this.cards;
    const live = cards.filter((c) => c.state === "live").length;
    const faces = cards.reduce((sum, c) => sum + c.faceCount, 0);
    setText(this.#counts, this.#begun ? [plural(cards.length, "stream"), `${live} live`, plural(faces, "face")].join(" · ") : "");
  }
}

/**
 * @param {number} n
 * @param {string} word
 */
function plural(n, word) {
  return `${n} ${word}${n === 1 ? "" : "s"}`;
}
