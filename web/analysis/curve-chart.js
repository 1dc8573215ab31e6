// Curves of all people over time. One canvas as large as what is seen: lanes scroll beneath it, time is zoomed and moved, and only what is
// in sight is asked for and painted (chart-picture.js).

import { emotionNames, emotionWord } from "../emotions.js";
import { el } from "../dom.js";
import { iconButton } from "../icon-button.js";
import { styleOf } from "./chart-canvas.js";
import { ChartPicture, contentHeight } from "./chart-picture.js";
import { CurveStore } from "./curve-store.js";
import { TimeWindow } from "./time-window.js";
import { watchPointers } from "./pointers.js";
import { clock } from "./words.js";

/** @import {AnalysisCurves} from "../../src/server/analysis-views.ts" */
/** @import {Emotion} from "../emotions.js" */
/** @import {Person} from "./people.js" */
/** @import {ChartStyle} from "./paint-curves.js" */

/**
 * @typedef {object} ChartOptions
 * @property {number} durationMs
 * @property {(range: { from: number, to: number, points: number, tracks: readonly number[] }) => Promise<AnalysisCurves>} fetchCurves
 * @property {(timeMs: number) => void} onSeek
 * @property {() => void} onToggle plays or pauses
 */

const zoomStep = 1.6;

/** The chart and its buttons. */
export class CurveChart {
  element;
  #canvas = el("canvas", { class: "chart-canvas", tabindex: 0, role: "slider", "aria-label": "Position in the video", "aria-valuemin": 0 });
  #map = el("canvas", { class: "chart-map", "aria-hidden": "true" });
  #spacer = el("div", { class: "chart-spacer" });
  #scroller;
  #legend;
  #options;
  #window;
  #picture;
  /** @type {readonly Person[]} */
  #people = [];
  /** @type {Set<Emotion>} */
  #shown = new Set(emotionNames);
  #headMs = 0;
  #request = 0;
  /** More than the play head has changed since it was painted. */
  #stale = true;
  #resized = new ResizeObserver(() => this.repaint());
  /** @type {ChartStyle | undefined} */
  #style;

  /** @param {ChartOptions} options */
  constructor(options) {
    this.#options = options;
    this.#window = new TimeWindow(options.durationMs);
    this.#picture = new ChartPicture(this.#canvas, this.#map, new CurveStore(options.fetchCurves, () => this.repaint()));
    this.#scroller = el("div", { class: "chart-scroller" }, this.#canvas, this.#spacer);
    this.#legend = el("div", { class: "legend", role: "group", "aria-label": "Emotions shown" }, ...emotionNames.map((name) => this.#legendButton(name)));
    const zoom = el(
      "div",
      { class: "chart-zoom" },
      iconButton("zoomOut", "Show more", { onClick: () => this.#zoom(1 / zoomStep) }),
      iconButton("zoomIn", "Show less, larger", { onClick: () => this.#zoom(zoomStep) }),
      iconButton("whole", "Show the whole video", { onClick: () => this.#change(() => this.#window.whole()) }),
    );
    this.element = el("section", { class: "chart", "aria-label": "Emotions over time" }, el("div", { class: "chart-bar" }, this.#legend, zoom), this.#map, this.#scroller);
    this.#canvas.setAttribute("aria-valuemax", String(Math.round(options.durationMs)));
    this.#listen();
    this.#resized.observe(this.#scroller);
  }

  /** @param {readonly Person[]} people a lane for each */
  setPeople(people) {
    this.#people = people;
    this.#spacer.style.height = `${this.#contentHeight()}px`;
    this.#scroller.style.setProperty("--content", `${this.#contentHeight()}px`);
    this.repaint();
  }

  /** The play head. @param {number} timeMs @param {boolean} follow turns the page when it leaves the view */
  setTime(timeMs, follow) {
    this.#headMs = timeMs;
    const { fromMs } = this.#window;
    if (follow) this.#window.keepInView(timeMs);
    this.#stale ||= this.#window.fromMs !== fromMs;
    this.#canvas.setAttribute("aria-valuenow", String(Math.round(timeMs)));
    this.#canvas.setAttribute("aria-valuetext", clock(timeMs, 1));
    this.#paintSoon();
  }

  /** Colours have changed. */
  recolour() {
    this.#style = undefined;
    this.repaint();
  }

  /** Paints all of it with the next frame of the screen. */
  repaint() {
    this.#stale = true;
    this.#paintSoon();
  }

  #paintSoon() {
    this.#request ||= requestAnimationFrame(() => {
      this.#request = 0;
      this.#paint();
    });
  }

  close() {
    this.#resized.disconnect();
    cancelAnimationFrame(this.#request);
    this.#request = -1;
  }

  /** @param {Emotion} name */
  #legendButton(name) {
    const button = el("button", { class: "legend-item", type: "button", "aria-pressed": "true", "data-emotion": name }, el("i"), emotionWord(name));
    button.addEventListener("click", () => {
      if (!this.#shown.delete(name)) this.#shown.add(name);
      button.setAttribute("aria-pressed", String(this.#shown.has(name)));
      this.repaint();
    });
    return button;
  }

  #listen() {
    this.#scroller.addEventListener("scroll", () => this.repaint(), { passive: true });
    this.#canvas.addEventListener("keydown", (event) => this.#key(event));
    this.#canvas.addEventListener(
      "wheel",
      (event) => {
        const sideways = event.shiftKey ? event.deltaY : event.deltaX;
        if (event.ctrlKey || event.metaKey) this.#change(() => this.#window.zoom(Math.exp(-event.deltaY / 300), this.#timeAt(event.offsetX)));
        else if (Math.abs(sideways) > Math.abs(event.shiftKey ? 0 : event.deltaY)) this.#change(() => this.#window.moveTo(this.#window.fromMs + (sideways / this.#width) * this.#window.spanMs));
        else return; // The lanes, or the page, scroll.
        event.preventDefault();
      },
      { passive: false },
    );
    watchPointers(this.#canvas, {
      onClick: (x) => this.#options.onSeek(this.#timeAt(x)),
      onDrag: (dx) => this.#change(() => this.#window.moveTo(this.#window.fromMs - (dx / this.#width) * this.#window.spanMs)),
      onPinch: (factor, x) => this.#change(() => this.#window.zoom(factor, this.#timeAt(x))),
    });
    const mapTo = (/** @type {number} */ x) => this.#change(() => this.#window.moveTo((x / Math.max(1, this.#map.clientWidth)) * this.#options.durationMs - this.#window.spanMs / 2));
    watchPointers(this.#map, {
      onClick: (x) => (this.#window.isWhole ? this.#options.onSeek((x / Math.max(1, this.#map.clientWidth)) * this.#options.durationMs) : mapTo(x)),
      onDrag: (_dx, x) => mapTo(x),
      onPinch: () => undefined,
    });
  }

  /** @param {KeyboardEvent} event */
  #key(event) {
    const second = event.shiftKey ? 10_000 : 1000;
    /** @type {Record<string, () => void>} */
    const actions = {
      ArrowLeft: () => this.#seek(this.#headMs - second),
      ArrowRight: () => this.#seek(this.#headMs + second),
      Home: () => this.#seek(0),
      End: () => this.#seek(this.#options.durationMs),
      "+": () => this.#zoom(zoomStep),
      "=": () => this.#zoom(zoomStep),
      "-": () => this.#zoom(1 / zoomStep),
      "0": () => this.#change(() => this.#window.whole()),
      " ": () => this.#options.onToggle(),
    };
    const action = event.ctrlKey || event.metaKey || event.altKey ? undefined : actions[event.key];
    if (!action) return;
    event.preventDefault();
    action();
  }

  /** @param {number} timeMs */
  #seek(timeMs) {
    this.#options.onSeek(timeMs);
    this.#change(() => this.#window.keepInView(this.#headMs));
  }

  /** About the play head where it is in view, else about the middle. @param {number} factor */
  #zoom(factor) {
    const { fromMs, toMs, spanMs } = this.#window;
    const atMs = this.#headMs >= fromMs && this.#headMs <= toMs ? this.#headMs : fromMs + spanMs / 2;
    this.#change(() => this.#window.zoom(factor, atMs));
  }

  /** @param {() => void} change */
  #change(change) {
    change();
    this.repaint();
  }

  /** @param {number} x CSS pixels */
  #timeAt(x) {
    return this.#window.fromMs + (x / this.#width) * this.#window.spanMs;
  }

  get #width() {
    return Math.max(1, this.#canvas.clientWidth);
  }

  #contentHeight() {
    return contentHeight(this.#people.length);
  }

  #paint() {
    const view = { window: this.#window, durationMs: this.#options.durationMs, people: this.#people, shown: this.#shown, scrolled: this.#scroller.scrollTop, style: (this.#style ??= styleOf(this.#canvas)) };
    if (this.#picture.paint(view, this.#headMs, this.#stale)) this.#stale = false;
  }
}
