// Curves of all people over time. One canvas as large as what is seen: lanes scroll beneath it, time is zoomed and moved, and only what is
// in sight is asked for and painted.

import { emotionNames, emotionWord } from "../emotions.js";
import { el } from "../dom.js";
import { iconButton } from "../icon-button.js";
import { bucketFor, CurveStore } from "./curve-store.js";
import { axisHeight, laneHeight, paintAxis, paintLane, xOf } from "./paint-curves.js";
import { fit, styleOf } from "./chart-canvas.js";
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

/** One point for so many CSS pixels. */
const pixelsPerPoint = 2;
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
  #store;
  /** @type {readonly Person[]} */
  #people = [];
  /** @type {Set<Emotion>} */
  #shown = new Set(emotionNames);
  #headMs = 0;
  #request = 0;
  #resized = new ResizeObserver(() => this.repaint());
  /** @type {ChartStyle | undefined} */
  #style;

  /** @param {ChartOptions} options */
  constructor(options) {
    this.#options = options;
    this.#window = new TimeWindow(options.durationMs);
    this.#store = new CurveStore(options.fetchCurves, () => this.repaint());
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
    if (follow) this.#window.keepInView(timeMs);
    this.#canvas.setAttribute("aria-valuenow", String(Math.round(timeMs)));
    this.#canvas.setAttribute("aria-valuetext", clock(timeMs, 1));
    this.repaint();
  }

  /** Colours have changed. */
  recolour() {
    this.#style = undefined;
    this.repaint();
  }

  /** Paints with the next frame of the screen. */
  repaint() {
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

  /** Of the strip with the whole film: one tile. */
  get #mapBucketMs() {
    return bucketFor(this.#options.durationMs, 256);
  }

  #contentHeight() {
    return axisHeight + this.#people.length * laneHeight;
  }

  #paint() {
    const context = fit(this.#canvas);
    if (!context) return;
    const [width, height] = [this.#width, this.#canvas.clientHeight];
    const { fromMs, toMs, spanMs } = this.#window;
    const span = { fromMs, toMs, width };
    const style = (this.#style ??= styleOf(this.#canvas));
    const bucketMs = bucketFor(spanMs, Math.max(64, width / pixelsPerPoint));
    const scrolled = this.#scroller.scrollTop;
    const first = Math.max(0, Math.floor((scrolled - laneHeight) / laneHeight));
    const seen = this.#people.slice(first, Math.ceil((scrolled + height) / laneHeight));
    this.#store.want(
      [
        { fromMs, toMs, bucketMs },
        { fromMs: 0, toMs: this.#options.durationMs, bucketMs: this.#mapBucketMs },
      ],
      seen.map((p) => p.trackIds),
    );
    context.clearRect(0, 0, width, height);
    paintAxis(context, span, style, Math.min(height, this.#contentHeight() - scrolled));
    context.save();
    context.beginPath();
    context.rect(0, axisHeight, width, height);
    context.clip();
    for (const [i, person] of seen.entries()) {
      const curves = this.#store.curves(fromMs, toMs, bucketMs, person.trackIds);
      const episodes = this.#store.episodes(fromMs, toMs, bucketMs, person.trackIds);
      paintLane(context, { title: person.name ?? `#${person.trackIds[0]}`, colourId: person.trackIds[0] ?? 1, now: nowWords(curves, this.#headMs), curves, episodes }, axisHeight + (first + i) * laneHeight - scrolled, span, this.#shown, style);
    }
    context.restore();
    const x = xOf(span, this.#headMs);
    context.fillStyle = style.accent;
    if (x >= -1 && x <= width + 1) {
      context.fillRect(x - 0.75, 4, 1.5, height);
      context.beginPath();
      context.arc(x, 5, 4.5, 0, Math.PI * 2);
      context.fill();
    }
    Object.assign(this.#canvas.dataset, { fromMs: String(fromMs), toMs: String(toMs), headMs: String(this.#headMs), bucketMs: String(bucketMs) });
    this.#paintMap(style, seen);
  }

  /** The whole film in a strip, with a frame around what is in view. @param {ChartStyle} style @param {readonly Person[]} seen */
  #paintMap(style, seen) {
    const context = fit(this.#map);
    if (!context) return;
    const [width, height] = [this.#map.clientWidth, this.#map.clientHeight];
    const { durationMs } = this.#options;
    const span = { fromMs: 0, toMs: durationMs, width };
    context.clearRect(0, 0, width, height);
    context.fillStyle = style.ground;
    context.beginPath();
    context.roundRect(0, 0, width, height, 6);
    context.fill();
    for (const [row, person] of seen.slice(0, 3).entries()) {
      for (const { emotion, startMs, endMs } of this.#store.episodes(0, durationMs, this.#mapBucketMs, person.trackIds)) {
        context.fillStyle = style.colours[emotion];
        context.fillRect(xOf(span, startMs), 5 + row * 6, Math.max(1, xOf(span, endMs) - xOf(span, startMs)), 4);
      }
    }
    if (!this.#window.isWhole) {
      const [from, to] = [xOf(span, this.#window.fromMs), xOf(span, this.#window.toMs)];
      context.strokeStyle = style.accent;
      context.lineWidth = 2;
      context.strokeRect(Math.min(from, width - 4) + 1, 1, Math.max(4, to - from - 2), height - 2);
    }
    context.fillStyle = style.accent;
    context.fillRect(xOf(span, this.#headMs) - 0.75, 0, 1.5, height);
  }
}

/**
 * What a curve shows at a time: its leading emotion.
 * @param {readonly import("./curve-store.js").Curve[]} curves
 * @param {number} timeMs
 */
function nowWords(curves, timeMs) {
  for (const { bucketMs, points } of curves) {
    const point = points.findLast((p) => p.timeMs <= timeMs);
    if (!point || timeMs - point.timeMs > Math.max(bucketMs, 500)) continue;
    const top = point.mean.indexOf(Math.max(...point.mean));
    const name = emotionNames[top];
    if (name) return `${emotionWord(name)} ${Math.round((point.mean[top] ?? 0) * 100)}\u00a0%`;
  }
  return "";
}
