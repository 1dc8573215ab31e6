// One face in the panel: its track number, what it shows and for how long, seven named bars and its last seconds.

import { fitCanvas } from "./canvas.js";
import { el, setText } from "./dom.js";
import { EmotionHistory } from "./emotion-history.js";
import { emotionNames, emotionWord, faceWord, percent } from "./emotions.js";
import { describeTimeline, paintTimeline } from "./timeline.js";
import { trackColour } from "./track-colours.js";

/** @import {Face} from "../src/core/feed.ts" */
/** @import {Emotion} from "./emotions.js" */

/** How often numbers change and the timeline moves: slow enough to read. Milliseconds. */
const readableMs = 200;

/** Builds and updates the row of one track. */
export class FaceRow {
  #history = new EmotionHistory();
  #word = el("span", { class: "face-word" });
  #since = el("span", { class: "face-since", title: "For how long without a break" });
  #lead = el("span", { class: "face-lead" });
  #timeline = el("canvas", { class: "timeline", role: "img" });
  /** @type {Map<Emotion, { row: HTMLElement, bar: HTMLElement, value: HTMLElement }>} */
  #bars = new Map();
  #readAtMs = -Infinity;
  /** When the face was last in a frame, on the page's clock. */
  seenAtMs = 0;

  /** @param {number} trackId */
  constructor(trackId) {
    const chip = el("span", { class: "track-chip", text: `#${trackId}` });
    chip.style.backgroundColor = trackColour(trackId);
    const list = el("dl", { class: "bars" });
    for (const name of emotionNames) {
      const bar = el("span", { class: "bar-fill" });
      const value = el("span", { class: "bar-value" });
      const row = el("div", { class: "bar-row", "data-emotion": name }, el("dt", { text: emotionWord(name) }), el("dd", {}, el("span", { class: "bar-track" }, bar), value));
      list.append(row);
      this.#bars.set(name, { row, bar, value });
    }
    this.element = el(
      "li",
      { class: "face", "data-track": trackId },
      el("div", { class: "face-head" }, chip, this.#word, this.#since, this.#lead),
      list,
      this.#timeline,
    );
  }

  /**
   * Shows what one drawn frame says of this face.
   * @param {Face} face
   * @param {number} epoch
   * @param {number} ptsMs
   * @param {number} nowMs
   * @param {number | undefined} durationMs for how long its leading emotion has gone on, where that is an episode
   */
  show(face, epoch, ptsMs, nowMs, durationMs) {
    this.seenAtMs = nowMs;
    this.#history.add(epoch, ptsMs, face.smoothed, face.label, face.uncertain);
    this.element.classList.remove("gone");
    this.element.classList.toggle("uncertain", face.uncertain);
    for (const [name, { bar }] of this.#bars) bar.style.transform = `scaleX(${face.smoothed[name].toFixed(3)})`;
    if (nowMs - this.#readAtMs < readableMs) return;
    this.#readAtMs = nowMs;
    setText(this.#word, faceWord(face));
    setText(this.#since, durationMs === undefined ? "" : `${Math.floor(durationMs / 1000)}\u00a0s`);
    setText(this.#lead, percent(face.smoothed[face.label]));
    for (const [name, { row, value }] of this.#bars) {
      setText(value, percent(face.smoothed[name]));
      row.classList.toggle("leads", name === face.label);
    }
  }

  /** Fades the row of a face that is not in the picture just now. */
  fade() {
    this.element.classList.add("gone");
  }

  /**
   * Draws the timeline at its present size.
   * @param {Record<Emotion, string>} colours
   * @param {string} textColour
   */
  paintTimeline(colours, textColour) {
    const context = fitCanvas(this.#timeline);
    if (!context) return;
    paintTimeline(context, this.#history, { unit: devicePixelRatio, colours, textColour });
    this.#timeline.setAttribute("aria-label", describeTimeline(this.#history));
  }
}
