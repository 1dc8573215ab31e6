// Everybody in the film: name, how long seen, what the face mostly shows. Several can be made one, and one several again.

import { el } from "../dom.js";
import { emotionWord, percent } from "../emotions.js";
import { trackColour } from "../track-colours.js";
import { personTitle } from "./people.js";
import { clock, count } from "./words.js";

/** @import {Person} from "./people.js" */

/**
 * @typedef {object} PeopleActions
 * @property {(timeMs: number) => void} seek
 * @property {(people: readonly Person[]) => void} merge
 * @property {(person: Person, name: string) => void} rename
 * @property {(person: Person) => void} split
 */

/** Rows that are there from the start; more on request. */
const firstRows = 40;

/** The list of people. */
export class PeoplePanel {
  element;
  #list = el("ul", { class: "people" });
  #more = el("button", { class: "text-button", type: "button", hidden: true });
  #merge = el("button", { class: "button small", type: "button", text: "Merge", disabled: true });
  #note = el("p", { class: "panel-note" });
  #actions;
  /** @type {readonly Person[]} */
  #people = [];
  /** Keys of people. @type {Set<string>} */
  #chosen = new Set();
  #rows = firstRows;

  /** @param {PeopleActions} actions */
  constructor(actions) {
    this.#actions = actions;
    this.#merge.addEventListener("click", () => {
      const people = this.#people.filter((p) => this.#chosen.has(p.key));
      this.#chosen.clear();
      this.#actions.merge(people);
    });
    this.#more.addEventListener("click", () => {
      this.#rows += 200;
      this.#show();
    });
    this.element = el("section", { class: "side-panel people-panel", "aria-labelledby": "people-title" }, el("div", { class: "side-head" }, el("h3", { id: "people-title", text: "People" }), this.#merge), this.#note, this.#list, this.#more);
  }

  /** @param {readonly Person[]} people @param {number} leftOut tracks that are not listed */
  setPeople(people, leftOut) {
    this.#people = people;
    this.#note.textContent = people.length === 0 ? "No face was found." : `Tick those who are the same person and merge them. Names go into the table.${leftOut > 0 ? ` The ${count(leftOut, "face")} seen for the shortest time are not listed.` : ""}`;
    this.#show();
  }

  #show() {
    // Whoever types or ticks keeps the focus.
    const focused = document.activeElement instanceof HTMLElement && this.#list.contains(document.activeElement) ? document.activeElement.dataset.focus : undefined;
    this.#list.replaceChildren(...this.#people.slice(0, this.#rows).map((person) => this.#row(person)));
    const left = this.#people.length - this.#rows;
    this.#more.hidden = left <= 0;
    this.#more.textContent = `Show ${count(Math.min(200, Math.max(0, left)), "more face")}`;
    this.#updateMerge();
    if (focused !== undefined) [...this.#list.querySelectorAll("[data-focus]")].find((e) => e instanceof HTMLElement && e.dataset.focus === focused)?.dispatchEvent(new CustomEvent("refocus"));
  }

  /** @param {Person} person */
  #row(person) {
    const title = personTitle(person);
    const tick = el("input", { type: "checkbox", "aria-label": `Choose ${title}`, "data-focus": `tick ${person.key}` });
    tick.checked = this.#chosen.has(person.key);
    tick.addEventListener("change", () => {
      if (tick.checked) this.#chosen.add(person.key);
      else this.#chosen.delete(person.key);
      this.#updateMerge();
    });
    const chip = el("span", { class: "person-chip", "aria-hidden": "true", text: person.trackIds.length === 1 ? `#${person.trackIds[0]}` : `${person.trackIds.length} ×` });
    chip.style.background = trackColour(person.trackIds[0] ?? 1);
    const name = el("input", { class: "person-name", type: "text", maxlength: 80, placeholder: "Name", autocomplete: "off", "aria-label": `Name of ${title}`, value: person.name ?? "", "data-focus": `name ${person.key}` });
    name.addEventListener("change", () => this.#actions.rename(person, name.value));
    for (const input of [tick, name]) input.addEventListener("refocus", () => input.focus());
    const jump = el("button", { class: "text-button person-jump", type: "button", "aria-label": `Go to where ${title} is first seen`, text: clock(person.firstMs) });
    jump.addEventListener("click", () => this.#actions.seek(person.firstMs));
    const tracks = person.trackIds.length > 1 ? `${person.trackIds.slice(0, 6).map((id) => `#${id}`).join(" ")}${person.trackIds.length > 6 ? " …" : ""} · ` : "";
    const facts = el("p", { class: "person-facts" }, `${tracks}mostly ${emotionWord(person.label)} ${percent(person.mean)} · from`, jump);
    if (person.trackIds.length > 1) {
      const split = el("button", { class: "text-button", type: "button", text: "Split", "aria-label": `Split ${title}` });
      split.addEventListener("click", () => this.#actions.split(person));
      facts.append(split);
    }
    return el("li", { class: "person", "data-tracks": person.trackIds.join(",") }, el("label", { class: "person-tick" }, tick), chip, name, facts);
  }

  #updateMerge() {
    const chosen = this.#people.filter((p) => this.#chosen.has(p.key)).length;
    this.#merge.disabled = chosen < 2;
    this.#merge.textContent = chosen < 2 ? "Merge" : `Merge ${chosen} into one`;
  }
}
