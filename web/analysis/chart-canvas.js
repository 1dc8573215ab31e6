// A canvas that counts in CSS pixels, and the colours to paint on it.

import { fitCanvas, resizeCanvas } from "../canvas.js";
import { emotionColours } from "../emotions.js";

/** @import {ChartStyle} from "./paint-curves.js" */

/** Gives a canvas the screen's resolution; its context then counts in CSS pixels. @param {HTMLCanvasElement} canvas */
export function fit(canvas) {
  const context = fitCanvas(canvas);
  return context && inCssPixels(context);
}

/**
 * Makes a canvas out of sight as large as another one that was fitted, and empties it; its context counts in CSS pixels, too.
 * @param {HTMLCanvasElement} still
 * @param {HTMLCanvasElement} like
 */
export function fitLike(still, like) {
  resizeCanvas(still, like.width, like.height);
  const context = still.getContext("2d");
  if (!context) throw new Error("expected a 2d context, received none");
  inCssPixels(context).clearRect(0, 0, still.width / devicePixelRatio, still.height / devicePixelRatio);
  return context;
}

/** @param {CanvasRenderingContext2D} context */
function inCssPixels(context) {
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  return context;
}

/** Colours that hold at an element, out of the style sheet. @param {Element} element @returns {ChartStyle} */
export function styleOf(element) {
  const style = getComputedStyle(element);
  const value = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  return { colours: emotionColours(element), text: value("--text"), muted: value("--text-muted"), line: value("--line"), ground: value("--surface-2"), surface: value("--surface"), accent: value("--accent") };
}
