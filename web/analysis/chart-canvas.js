// A canvas as sharp as the screen, and the colours to paint on it.

import { emotionColours } from "../emotions.js";

/** @import {ChartStyle} from "./paint-curves.js" */

/** Gives a canvas the screen's resolution; its context then counts in CSS pixels. @param {HTMLCanvasElement} canvas */
export function fit(canvas) {
  const [width, height] = [Math.round(canvas.clientWidth * devicePixelRatio), Math.round(canvas.clientHeight * devicePixelRatio)];
  const context = canvas.getContext("2d");
  if (!context || width === 0 || height === 0) return undefined;
  if (canvas.width !== width) canvas.width = width;
  if (canvas.height !== height) canvas.height = height;
  context.setTransform(devicePixelRatio, 0, 0, devicePixelRatio, 0, 0);
  return context;
}

/** Colours that hold at an element, out of the style sheet. @param {Element} element @returns {ChartStyle} */
export function styleOf(element) {
  const style = getComputedStyle(element);
  const value = (/** @type {string} */ name) => style.getPropertyValue(name).trim();
  return { colours: emotionColours(element), text: value("--text"), muted: value("--text-muted"), line: value("--line"), ground: value("--surface-2"), surface: value("--surface"), accent: value("--accent") };
}
