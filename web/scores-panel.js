// Each face's scores as the model gave them, smoothed, and corrected by its resting face: side by side, none in the place of another.

import { el, setText } from "./dom.js";
import { emotionNames, emotionWord, faceWord, percent } from "./emotions.js";
import { trackColour } from "./track-colours.js";

/** @import {Face, FrameMessage} from "../src/core/feed.ts" */
/** @import {Emotion} from "./emotions.js" */

const readableMs = 250;
/** Most tables at a time, largest faces first. */
const mostFaces = 6;
/** A baseline that is late by so much does not come: the face has gone. */
const patienceMs = 5000;

const columns = /** @type {const} */ (["Raw", "Smoothed", "Corrected"]);

/**
 * @typedef {object} ScoresHandlers
 * @property {(trackId: number | undefined) => void} onRest somebody shows a resting face; undefined: all in view
 * @property {() => void} onForget no baselines any more
 */

/** The tables, and the buttons of the resting face. */
export class ScoresPanel {
  #onRest;
  #list = el("ul", { class: "scores" });
  #empty = el("p", { class: "panel-empty", text: "No face in the picture." });
  #note = el("p", { class: "panel-note", role: "status" });
  #restButton = el("button", { class: "button", type: "button", text: "This is my resting face", "data-admin": true });
  #forgetButton = el("button", { class: "button", type: "button", text: "Forget resting faces", "data-admin": true, hidden: true });
  element = el(
    "section",
    { class: "panel-box scores-panel" },
    el("h3", { text: "Scores" }),
    el("p", { class: "panel-hint", text: "Some resting faces look sad or angry to any model. Look neutral for a few seconds: the difference to that stands beside the other scores, which stay as they are." }),
    el("div", { class: "panel-buttons" }, this.#restButton, this.#forgetButton),
    this.#note,
    this.#empty,
    this.#list,
  );
  /** @type {Map<number, ScoreTable>} */
  #tables = new Map();
  /** When the baseline of a track will be there, on the page's clock. @type {Map<number, number>} */
  #due = new Map();
  #shownAtMs = -Infinity;

  /** @param {ScoresHandlers} handlers */
  constructor({ onRest, onForget }) {
    this.#onRest = onRest;
    this.#restButton.addEventListener("click", () => onRest(undefined));
    this.#forgetButton.addEventListener("click", onForget);
  }

  /**
   * Baselines of these tracks have begun.
   * @param {readonly number[]} tracks
   * @param {number} seconds
   * @param {number} nowMs
   */
  measuring(tracks, seconds, nowMs) {
    for (const trackId of tracks) this.#due.set(trackId, nowMs + seconds * 1000);
    setText(this.#note, `Looking at ${tracks.map((id) => `face ${id}`).join(" and ")} for ${seconds} second${seconds === 1 ? "" : "s"}.`);
  }

  /** @param {string} text */
  tell(text) {
    setText(this.#note, text);
  }

  /**
   * @param {FrameMessage | undefined} result of the frame that was just drawn; undefined: there is none
   * @param {number} nowMs
   */
  show(result, nowMs) {
    if (nowMs - this.#shownAtMs < readableMs && result !== undefined) return;
    this.#shownAtMs = nowMs;
    const faces = (result?.faces ?? []).toSorted((a, b) => b.box.width * b.box.height - a.box.width * a.box.height).slice(0, mostFaces);
    for (const [trackId, table] of this.#tables) {
      if (faces.some((face) => face.trackId === trackId)) continue;
      table.element.remove();
      this.#tables.delete(trackId);
    }
    for (const face of faces.toSorted((a, b) => a.trackId - b.trackId)) this.#table(face.trackId).show(face, this.#waitMs(face, nowMs), faces.length > 1);
    for (const [trackId, dueMs] of this.#due) if (nowMs - dueMs > patienceMs) this.#due.delete(trackId);
    this.#empty.hidden = faces.length > 0;
    this.#restButton.disabled = faces.length === 0;
    setText(this.#restButton, faces.length > 1 ? "These are resting faces" : "This is my resting face");
    if (faces.some((face) => face.corrected)) this.#forgetButton.hidden = false;
    else if (this.#due.size === 0) this.#forgetButton.hidden = true;
  }

  /**
   * @param {Face} face
   * @param {number} nowMs
   */
  #waitMs({ trackId, corrected }, nowMs) {
    const dueMs = this.#due.get(trackId);
    if (dueMs === undefined) return undefined;
    // A frame that was on its way when the baseline began still has the old one.
    if (corrected && nowMs >= dueMs - 500) {
      this.#due.delete(trackId);
      setText(this.#note, `The resting face of face ${trackId} is known.`);
      return undefined;
    }
    return Math.max(0, dueMs - nowMs);
  }

  /** @param {number} trackId */
  #table(trackId) {
    const known = this.#tables.get(trackId);
    if (known) return known;
    const table = new ScoreTable(trackId, () => this.#onRest(trackId));
    const after = [...this.#tables].filter(([id]) => id > trackId).toSorted((a, b) => a[0] - b[0])[0];
    this.#list.insertBefore(table.element, after ? after[1].element : null);
    this.#tables.set(trackId, table);
    return table;
  }
}

/** One face's table. */
class ScoreTable {
  #word = el("span", { class: "face-word" });
  #tag = el("span", { class: "uncertain-tag", text: "uncertain", hidden: true });
  #rest;
  /** @type {Map<Emotion, { row: HTMLElement, cells: readonly HTMLElement[] }>} */
  #rows = new Map();

  /**
   * @param {number} trackId
   * @param {() => void} onRest
   */
  constructor(trackId, onRest) {
    const chip = el("span", { class: "track-chip", text: `#${trackId}` });
    chip.style.backgroundColor = trackColour(trackId);
    this.#rest = el("button", { class: "text-button", type: "button", text: "Resting face", "aria-label": `This is the resting face of face ${trackId}`, "data-admin": true });
    this.#rest.addEventListener("click", onRest);
    const body = el("tbody");
    for (const name of emotionNames) {
      const cells = columns.map(() => el("td"));
      const row = el("tr", { "data-emotion": name }, el("th", { scope: "row", text: emotionWord(name) }), ...cells);
      body.append(row);
      this.#rows.set(name, { row, cells });
    }
    const head = el("thead", {}, el("tr", {}, el("td"), ...columns.map((text) => el("th", { scope: "col", text }))));
    this.element = el(
      "li",
      { class: "score-face", "data-track": trackId },
      el("div", { class: "face-head" }, chip, this.#word, this.#tag, this.#rest),
      el("table", { "aria-label": `Scores of face ${trackId}` }, head, body),
    );
  }

  /**
   * @param {Face} face
   * @param {number | undefined} waitMs until its baseline is known
   * @param {boolean} several whether there are other faces
   */
  show(face, waitMs, several) {
    setText(this.#word, faceWord(face));
    this.element.classList.toggle("uncertain", face.uncertain);
    this.#tag.hidden = !face.uncertain;
    this.#rest.hidden = !several;
    for (const [name, { row, cells }] of this.#rows) {
      row.classList.toggle("leads", name === face.label);
      const corrected = face.corrected?.[name];
      const texts = [percent(face.emotions[name]), percent(face.smoothed[name]), waitMs !== undefined ? `${Math.ceil(waitMs / 1000)}\u00a0s` : corrected === undefined ? "–" : signed(corrected)];
      for (const [index, cell] of cells.entries()) setText(cell, texts[index] ?? "");
    }
  }
}

/** @param {number} difference -1 to 1 */
function signed(difference) {
  const points = Math.round(difference * 100);
  return points > 0 ? `+${points}` : points < 0 ? `−${-points}` : "0";
}
