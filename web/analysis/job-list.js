// Uploads and analyses as rows: uploads first, then what the server has, newest first. Rows stay the same elements while they change, so
// that neither focus nor a screen reader loses its place.

import { el, setText } from "../dom.js";
import { iconButton } from "../icon-button.js";
import { wordsForCode } from "../words.js";
import { count, size, stateSentence } from "./words.js";

/** @import {AnalysisInfo} from "../../src/server/services.ts" */
/** @import {Upload} from "./upload-queue.js" */

/**
 * @typedef {object} JobActions
 * @property {(number: number) => void} dropUpload
 * @property {(info: AnalysisInfo) => void} cancel
 * @property {(info: AnalysisInfo) => void} remove
 */

/**
 * @typedef {object} Row
 * @property {HTMLLIElement} element
 * @property {HTMLElement} name
 * @property {HTMLElement} state
 * @property {HTMLElement} bar
 * @property {HTMLElement} buttons
 * @property {string} shown what the buttons were made for
 */

/** The list of files. */
export class JobList {
  /** @type {HTMLUListElement} */
  #list;
  /** @type {JobActions} */
  #actions;
  /** @type {Map<string, Row>} */
  #rows = new Map();

  /** @param {HTMLUListElement} list @param {JobActions} actions */
  constructor(list, actions) {
    this.#list = list;
    this.#actions = actions;
  }

  /**
   * @param {readonly Upload[]} uploads
   * @param {readonly AnalysisInfo[]} analyses
   */
  show(uploads, analyses) {
    const keys = [...uploads.map((u) => `u${u.number}`), ...analyses.map((a) => a.id)];
    for (const [key, row] of this.#rows) {
      if (keys.includes(key)) continue;
      row.element.remove();
      this.#rows.delete(key);
    }
    for (const upload of uploads) this.#showUpload(this.#row(`u${upload.number}`), upload);
    for (const info of analyses) this.#showAnalysis(this.#row(info.id), info);
    for (const [index, key] of keys.entries()) {
      const { element } = this.#row(key);
      if (this.#list.children[index] !== element) this.#list.insertBefore(element, this.#list.children[index] ?? null);
    }
  }

  /** @param {string} key @returns {Row} */
  #row(key) {
    const found = this.#rows.get(key);
    if (found) return found;
    const name = el("span", { class: "job-name" });
    const state = el("p", { class: "job-state" });
    const bar = el("div", { class: "job-bar", role: "progressbar", "aria-label": "Progress", "aria-valuemin": 0, "aria-valuemax": 100, hidden: true }, el("i"));
    const buttons = el("div", { class: "job-buttons" });
    const element = el("li", { class: "job", "data-job": key }, el("div", { class: "job-text" }, name, state), buttons, bar);
    const row = { element, name, state, bar, buttons, shown: "" };
    this.#rows.set(key, row);
    return row;
  }

  /** @param {Row} row @param {Upload} upload */
  #showUpload(row, upload) {
    const { file, state, sentBytes, failure, number } = upload;
    row.element.dataset.state = state === "failed" ? "failed" : "uploading";
    setText(row.name, file.name);
    const share = file.size === 0 ? 0 : sentBytes / file.size;
    const words = { waiting: `Waiting to be sent: ${size(file.size)}`, sending: sentBytes >= file.size ? "Sent; the server takes it in" : `Sending: ${size(sentBytes)} of ${size(file.size)}`, failed: failure ?? "Failed" };
    setText(row.state, words[state]);
    setBar(row.bar, state === "failed" ? undefined : share);
    if (row.shown === state) return;
    row.shown = state;
    const word = state === "failed" ? "Dismiss" : "Stop";
    row.buttons.replaceChildren(iconButton("close", `${word} ${file.name}`, { onClick: () => this.#actions.dropUpload(number) }));
  }

  /** @param {Row} row @param {AnalysisInfo} info */
  #showAnalysis(row, info) {
    row.element.dataset.state = info.state;
    const pending = info.state === "queued" || info.state === "running";
    const why = info.reason === undefined || info.state === "cancelled" ? undefined : wordsForCode(info.reason.code, info.reason.message);
    const upToBreak = info.state === "failed" && info.results.length > 0 ? `The results reach up to the break: ${count(info.frames, "frame")}` : undefined;
    setText(row.state, [stateSentence(info), why?.what, why?.hint, upToBreak].filter(Boolean).join(". "));
    setBar(row.bar, info.state === "running" ? info.progress : undefined);
    const shown = `${info.state}${info.results.length}`;
    if (row.shown === shown) return;
    row.shown = shown;
    row.name.replaceChildren(info.results.length > 0 ? el("a", { class: "job-link", href: `#${info.id}`, text: info.name }) : info.name);
    row.buttons.replaceChildren(
      ...(pending ? [iconButton("close", `Cancel ${info.name}`, { onClick: () => this.#actions.cancel(info) })] : []),
      iconButton("remove", `Delete ${info.name}`, { onClick: () => this.#actions.remove(info) }),
      ...(info.results.length > 0 ? [el("span", { class: "job-open", "aria-hidden": "true", text: "Open" })] : []),
    );
  }
}

/**
 * @param {HTMLElement} bar
 * @param {number | undefined} share undefined: none
 */
function setBar(bar, share) {
  bar.hidden = share === undefined;
  if (share === undefined) return;
  bar.setAttribute("aria-valuenow", String(Math.floor(share * 100)));
  const fill = bar.firstElementChild;
  if (fill instanceof HTMLElement) fill.style.transform = `scaleX(${share})`;
}
