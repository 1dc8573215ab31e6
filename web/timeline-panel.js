// The last minutes of each face of one stream, one strip a face, all on one axis of time.

import { fitCanvas } from "./canvas.js";
import { el, setText } from "./dom.js";
import { emotionColours, emotionNames, emotionWord } from "./emotions.js";
import { minutesMs } from "./minutes-history.js";
import { describeTimeline, paintTimeline } from "./timeline.js";
import { trackColour } from "./track-colours.js";

/** @import {MinutesHistory} from "./minutes-history.js" */

/** Draws a record's minutes. */
export class TimelinePanel {
  #list = el("ul", { class: "minutes" });
  #empty = el("p", { class: "panel-empty", text: "No face was seen in the last minutes." });
  /** @type {Map<number, { row: HTMLElement, canvas: HTMLCanvasElement }>} */
  #rows = new Map();
  #axis = el("div", { class: "minutes-axis", "aria-hidden": true });
  element = el("section", { class: "panel-box minutes-panel" }, el("h3", { text: `Last ${minutesMs / 60_000} minutes` }), legend(), this.#empty, this.#list, this.#axis);

  constructor() {
    for (let minute = minutesMs / 60_000; minute >= 0; minute--) this.#axis.append(el("span", { text: minute === 0 ? "now" : `−${minute} min` }));
  }

  /**
   * @param {MinutesHistory} minutes
   * @param {number} nowMs
   */
  show(minutes, nowMs) {
    const tracks = minutes.tracks(nowMs);
    for (const [trackId, { row }] of this.#rows) {
      if (tracks.some((track) => track.trackId === trackId)) continue;
      row.remove();
      this.#rows.delete(trackId);
    }
    const colours = emotionColours(this.element);
    const textColour = getComputedStyle(this.element).color;
    for (const { trackId, history } of tracks) {
      const canvas = this.#canvas(trackId);
      const context = fitCanvas(canvas);
      if (!context) continue;
      paintTimeline(context, history, { unit: devicePixelRatio, colours, textColour, endMs: nowMs });
      canvas.setAttribute("aria-label", `Face ${trackId}. ${describeTimeline(history)}`);
    }
    this.#empty.hidden = tracks.length > 0;
    this.#axis.hidden = tracks.length === 0;
    setText(this.#empty, "No face was seen in the last minutes.");
  }

  /** @param {number} trackId */
  #canvas(trackId) {
    const known = this.#rows.get(trackId);
    if (known) return known.canvas;
    const chip = el("span", { class: "track-chip", text: `#${trackId}` });
    chip.style.backgroundColor = trackColour(trackId);
    const canvas = el("canvas", { class: "minutes-canvas", role: "img" });
    const row = el("li", { "data-track": trackId }, chip, canvas);
    this.#rows.set(trackId, { row, canvas });
    const after = [...this.#rows].filter(([id]) => id > trackId).toSorted((a, b) => a[0] - b[0])[0];
    this.#list.insertBefore(row, after ? after[1].row : null);
    return canvas;
  }
}

function legend() {
  return el("ul", { class: "legend", "aria-label": "Colours" }, ...emotionNames.map((name) => el("li", { "data-emotion": name, text: emotionWord(name) })));
}
