// Lists of facts: pairs of a name and a value, brought up to date without building them anew.

import { el, setText } from "./dom.js";

/** @typedef {readonly [name: string, value: string, note?: string]} Fact */

/** Values of so many letters stay in one line. */
const shortLength = 16;

/** A list of facts. */
export class FactList {
  element = el("dl", { class: "facts" });
  /** @type {Map<string, { row: HTMLElement, value: HTMLElement, note: HTMLElement }>} */
  #rows = new Map();

  /** @param {readonly Fact[]} facts */
  show(facts) {
    for (const [name, { row }] of this.#rows) {
      if (facts.some((fact) => fact[0] === name)) continue;
      row.remove();
      this.#rows.delete(name);
    }
    for (const [name, value, note = ""] of facts) {
      const row = this.#row(name);
      setText(row.value, value);
      setText(row.note, note);
      row.note.hidden = note === "";
      row.row.toggleAttribute("data-short", value.length + note.length <= shortLength);
    }
  }

  /** @param {string} name */
  #row(name) {
    const known = this.#rows.get(name);
    if (known) return known;
    const value = el("span", { class: "fact-value" });
    const note = el("span", { class: "fact-note" });
    const row = el("div", { class: "fact" }, el("dt", { text: name }), el("dd", {}, value, note));
    this.element.append(row);
    this.#rows.set(name, { row, value, note });
    return { row, value, note };
  }
}
