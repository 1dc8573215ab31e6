// What the chart shows. Axis, curves and strip change when somebody zooms, scrolls or chooses: they are painted out of sight and kept. The play head and what each face
// shows there change with every frame of the film, and are all that is painted anew then.

import { emotionNames, emotionWord } from "../emotions.js";
import { fit, fitLike } from "./chart-canvas.js";
import { bucketFor } from "./curve-store.js";
import { axisHeight, laneHeight, paintAxis, paintLane, paintLaneHead, xOf } from "./paint-curves.js";

/** @import {Emotion} from "../emotions.js" */
/** @import {Curve, CurveStore} from "./curve-store.js" */
/** @import {Person} from "./people.js" */
/** @import {ChartStyle, Span} from "./paint-curves.js" */
/** @import {TimeWindow} from "./time-window.js" */

/**
 * @typedef {object} ChartView
 * @property {TimeWindow} window
 * @property {number} durationMs
 * @property {readonly Person[]} people
 * @property {ReadonlySet<Emotion>} shown
 * @property {number} scrolled CSS pixels
 * @property {ChartStyle} style
 */

/** A lane that is in sight. @typedef {{ person: Person, top: number, curves: readonly Curve[] }} SeenLane */

/** One point for so many CSS pixels. */
const pixelsPerPoint = 2;

/** Height of the axis and a lane for each person. @param {number} people */
export function contentHeight(people) {
  return axisHeight + people * laneHeight;
}

/** Paints a chart's canvas and the strip of the whole film. */
export class ChartPicture {
  #canvas;
  #map;
  #store;
  #stillCanvas = document.createElement("canvas");
  #stillMap = document.createElement("canvas");
  /** @type {readonly SeenLane[]} */
  #lanes = [];

  /** @param {HTMLCanvasElement} canvas @param {HTMLCanvasElement} map @param {CurveStore} store */
  constructor(canvas, map, store) {
    this.#canvas = canvas;
    this.#map = map;
    this.#store = store;
  }

  /**
   * Gives whether there was room to paint.
   * @param {ChartView} view
   * @param {number} headMs
   * @param {boolean} stale whether more than the play head has changed
   */
  paint(view, headMs, stale) {
    const [context, strip] = [fit(this.#canvas), fit(this.#map)];
    if (!context || !strip) return false;
    const { fromMs, toMs, spanMs } = view.window;
    const [width, height] = [this.#canvas.clientWidth, this.#canvas.clientHeight];
    const span = { fromMs, toMs, width };
    const bucketMs = bucketFor(spanMs, Math.max(64, width / pixelsPerPoint));
    if (stale || !isLike(this.#stillCanvas, this.#canvas) || !isLike(this.#stillMap, this.#map)) this.#paintStill(view, span, bucketMs, height);
    copy(context, this.#stillCanvas, width, height);
    this.#paintHeads(context, view.style, headMs, width, height);
    paintPlayHead(context, span, view.style, headMs, height);
    Object.assign(this.#canvas.dataset, { fromMs: String(fromMs), toMs: String(toMs), headMs: String(headMs), bucketMs: String(bucketMs) });
    const mapWidth = this.#map.clientWidth;
    copy(strip, this.#stillMap, mapWidth, this.#map.clientHeight);
    strip.fillStyle = view.style.accent;
    strip.fillRect(xOf({ fromMs: 0, toMs: view.durationMs, width: mapWidth }, headMs) - 0.75, 0, 1.5, this.#map.clientHeight);
    return true;
  }

  /** @param {ChartView} view @param {Span} span @param {number} bucketMs @param {number} height */
  #paintStill({ window, durationMs, people, shown, scrolled, style }, span, bucketMs, height) {
    const { fromMs, toMs, width } = span;
    // The strip is one tile.
    const mapBucketMs = bucketFor(durationMs, 256);
    const first = Math.max(0, Math.floor((scrolled - laneHeight) / laneHeight));
    const seen = people.slice(first, Math.ceil((scrolled + height) / laneHeight));
    this.#store.want([{ fromMs, toMs, bucketMs }, { fromMs: 0, toMs: durationMs, bucketMs: mapBucketMs }], seen.map((p) => p.trackIds));
    this.#lanes = seen.map((person, i) => ({ person, top: axisHeight + (first + i) * laneHeight - scrolled, curves: this.#store.curves(fromMs, toMs, bucketMs, person.trackIds) }));
    const context = fitLike(this.#stillCanvas, this.#canvas);
    paintAxis(context, span, style, Math.min(height, contentHeight(people.length) - scrolled));
    belowAxis(context, width, height, () => {
      for (const { person, top, curves } of this.#lanes) paintLane(context, { curves, episodes: this.#store.episodes(fromMs, toMs, bucketMs, person.trackIds) }, top, span, shown, style);
    });
    this.#paintMap(window, durationMs, mapBucketMs, seen, style);
  }

  /** What each face shows at the play head. @param {CanvasRenderingContext2D} context @param {ChartStyle} style @param {number} headMs @param {number} width @param {number} height */
  #paintHeads(context, style, headMs, width, height) {
    belowAxis(context, width, height, () => {
      for (const { person, top, curves } of this.#lanes) {
        const id = person.trackIds[0];
        paintLaneHead(context, { title: person.name ?? `#${id}`, colourId: id ?? 1, now: nowWords(curves, headMs) }, top, style);
      }
    });
  }

  /** The whole film in a strip, with a frame around what is in view. @param {TimeWindow} window @param {number} durationMs @param {number} bucketMs @param {readonly Person[]} seen @param {ChartStyle} style */
  #paintMap(window, durationMs, bucketMs, seen, style) {
    const context = fitLike(this.#stillMap, this.#map);
    const [width, height] = [this.#map.clientWidth, this.#map.clientHeight];
    const span = { fromMs: 0, toMs: durationMs, width };
    context.fillStyle = style.ground;
    context.beginPath();
    context.roundRect(0, 0, width, height, 6);
    context.fill();
    for (const [row, person] of seen.slice(0, 3).entries()) {
      for (const { emotion, startMs, endMs } of this.#store.episodes(0, durationMs, bucketMs, person.trackIds)) {
        context.fillStyle = style.colours[emotion];
        context.fillRect(xOf(span, startMs), 5 + row * 6, Math.max(1, xOf(span, endMs) - xOf(span, startMs)), 4);
      }
    }
    if (window.isWhole) return;
    const [from, to] = [xOf(span, window.fromMs), xOf(span, window.toMs)];
    context.strokeStyle = style.accent;
    context.lineWidth = 2;
    context.strokeRect(Math.min(from, width - 4) + 1, 1, Math.max(4, to - from - 2), height - 2);
  }
}

/** @param {HTMLCanvasElement} still @param {HTMLCanvasElement} canvas */
function isLike(still, canvas) {
  return still.width === canvas.width && still.height === canvas.height;
}

/** @param {CanvasRenderingContext2D} context @param {HTMLCanvasElement} still @param {number} width @param {number} height */
function copy(context, still, width, height) {
  context.clearRect(0, 0, width, height);
  context.drawImage(still, 0, 0, width, height);
}

/** Lanes scroll beneath the axis. @param {CanvasRenderingContext2D} context @param {number} width @param {number} height @param {() => void} paint */
function belowAxis(context, width, height, paint) {
  context.save();
  context.beginPath();
  context.rect(0, axisHeight, width, height);
  context.clip();
  paint();
  context.restore();
}

/** @param {CanvasRenderingContext2D} context @param {Span} span @param {ChartStyle} style @param {number} headMs @param {number} height */
function paintPlayHead(context, span, style, headMs, height) {
  const x = xOf(span, headMs);
  if (x < -1 || x > span.width + 1) return;
  context.fillStyle = style.accent;
  context.fillRect(x - 0.75, 4, 1.5, height);
  context.beginPath();
  context.arc(x, 5, 4.5, 0, Math.PI * 2);
  context.fill();
}

/**
 * What a curve shows at a time: its leading emotion.
 * @param {readonly Curve[]} curves
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
