// The wall: the pictures of all streams fill the screen, for a display that one looks at from across the room. Bar and cursor go while
// nobody touches anything. With more streams than stay readable there are pages.

import { byId, setText } from "./dom.js";
import { maxOnWall, wallGrid } from "./wall-layout.js";

/** @import {StreamCard} from "./stream-card.js" */

const idleMs = 3000;

/** Space between pictures, CSS pixels; as in the style sheet. */
const gap = 6;

/** Arranges cards as a wall while it is on. */
export class Wall {
  #root = byId("streams", HTMLElement);
  #bar = byId("wall-bar", HTMLElement);
  #page = byId("wall-page", HTMLElement);
  #previous = byId("wall-previous", HTMLButtonElement);
  #next = byId("wall-next", HTMLButtonElement);
  #fullscreen = byId("wall-fullscreen", HTMLButtonElement);
  #on = false;
  #pageIndex = 0;
  /** @type {number | undefined} */
  #idleTimer;
  #cards;

  /**
   * @param {() => readonly StreamCard[]} cards in the order of the page
   * @param {() => void} onLeave it was asked to end
   */
  constructor(cards, onLeave) {
    this.#cards = cards;
    byId("wall-leave", HTMLButtonElement).addEventListener("click", onLeave);
    this.#previous.addEventListener("click", () => this.#turn(-1));
    this.#next.addEventListener("click", () => this.#turn(1));
    this.#fullscreen.addEventListener("click", () => void this.fill());
    window.addEventListener("resize", () => this.arrange());
    document.addEventListener("fullscreenchange", () => {
      this.#showButtons();
      // Escape in full screen is the browser's own and reaches no page.
      if (this.#on && document.fullscreenElement === null) onLeave();
    });
    document.addEventListener("keydown", (event) => {
      if (!this.#on || event.target !== document.body) return;
      if (event.key === "ArrowRight" || event.key === "PageDown") this.#turn(1);
      if (event.key === "ArrowLeft" || event.key === "PageUp") this.#turn(-1);
    });
    for (const type of ["pointermove", "pointerdown", "keydown", "focusin"]) document.addEventListener(type, () => this.#stir());
  }

  /** @param {boolean} on */
  set(on) {
    if (on === this.#on) return;
    this.#on = on;
    this.#bar.hidden = !on;
    if (on) this.#stir();
    else {
      clearTimeout(this.#idleTimer);
      document.body.classList.remove("idle");
      if (document.fullscreenElement !== null) void document.exitFullscreen();
    }
    this.arrange();
  }

  /** Takes the whole screen, where the browser allows it: it wants a click or a key. */
  async fill() {
    if (!document.fullscreenEnabled || document.fullscreenElement !== null) return;
    try {
      await document.documentElement.requestFullscreen();
    } catch (error) {
      // Refused: the wall then fills the window.
      if (!(error instanceof TypeError || error instanceof DOMException)) throw error;
    }
  }

  /** Brings everything to its place: streams came or went, or the window has another size. */
  arrange() {
    const cards = this.#cards();
    const pages = Math.max(1, Math.ceil(cards.length / maxOnWall));
    this.#pageIndex = Math.min(this.#pageIndex, pages - 1);
    const first = this.#pageIndex * maxOnWall;
    const onPage = Math.min(maxOnWall, cards.length - first);
    for (const [index, { element }] of cards.entries()) element.classList.toggle("off-wall", this.#on && (index < first || index >= first + maxOnWall));
    const { columns, rows } = wallGrid(onPage, innerWidth - gap, innerHeight - gap);
    this.#root.style.setProperty("--columns", String(columns));
    this.#root.style.setProperty("--rows", String(rows));
    setText(this.#page, pages > 1 ? `${first + 1} to ${first + onPage} of ${cards.length}` : "");
    this.#previous.hidden = pages < 2;
    this.#next.hidden = pages < 2;
    this.#showButtons();
  }

  #showButtons() {
    this.#fullscreen.hidden = !document.fullscreenEnabled || document.fullscreenElement !== null;
  }

  /** @param {number} by pages; after the last one comes the first */
  #turn(by) {
    const pages = Math.max(1, Math.ceil(this.#cards().length / maxOnWall));
    this.#pageIndex = (this.#pageIndex + by + pages) % pages;
    this.arrange();
  }

  /** Somebody is there. */
  #stir() {
    if (!this.#on) return;
    document.body.classList.remove("idle");
    clearTimeout(this.#idleTimer);
    this.#idleTimer = setTimeout(() => document.body.classList.add("idle"), idleMs);
  }
}
