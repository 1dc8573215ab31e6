// Which view is on, kept in the address so that it can be linked and the browser's back button works.

import { parseView, viewHash } from "./view-address.js";

/** @import {View} from "./view-address.js" */

/** The views of the page. One entry in the browser's history leads from the grid to another view, and back. */
export class Views {
  /** @type {View} */
  current = parseView(location.hash);
  #onChange;

  /** @param {(view: View, before: View) => void} onChange */
  constructor(onChange) {
    this.#onChange = onChange;
    // Also told when somebody types another hash, or a link leads there.
    window.addEventListener("popstate", () => this.#apply());
    window.addEventListener("hashchange", () => this.#apply());
  }

  /** @param {View} view */
  goTo(view) {
    if (view.name === "grid") {
      this.leave();
      return;
    }
    const address = viewHash(view);
    // From one view to another the way back still leads to the grid.
    if (this.current.name === "grid") history.pushState({ fromGrid: true }, "", address);
    else history.replaceState(history.state, "", address);
    this.#apply();
  }

  /** Back to all streams: the way somebody came, or, for those who came by a link, in its place. */
  leave() {
    if (this.current.name === "grid") return;
    if (history.state?.fromGrid === true) {
      history.back();
      return;
    }
    history.replaceState(null, "", location.pathname + location.search);
    this.#apply();
  }

  #apply() {
    const before = this.current;
    const view = parseView(location.hash);
    if (viewHash(view) === viewHash(before)) return;
    this.current = view;
    this.#onChange(view, before);
  }
}
