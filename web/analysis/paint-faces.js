// Boxes and labels of one frame over the film. Sizes are in CSS pixels times `unit`.

import { emotionWord, percent } from "../emotions.js";
import { chipPlace, overlap } from "../overlay-layout.js";
import { trackColour, trackInk } from "../track-colours.js";

/** @import {ShownFrame} from "./frame-store.js" */

const font = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

/**
 * @param {CanvasRenderingContext2D} context
 * @param {ShownFrame | undefined} frame undefined: nothing is known of this moment
 * @param {{ unit: number, nameOf: (trackId: number) => { name: string, colourId: number } }} style
 */
export function paintFaces(context, frame, { unit, nameOf }) {
  const { width, height } = context.canvas;
  context.clearRect(0, 0, width, height);
  if (!frame) return;
  const [sx, sy] = [width / frame.width, height / frame.height];
  /** @type {import("../overlay-layout.js").Rect[]} */
  const chips = [];
  for (const face of frame.faces) {
    const box = { x: face.box.x * sx, y: face.box.y * sy, width: face.box.width * sx, height: face.box.height * sy };
    const { name, colourId } = nameOf(face.trackId);
    const colour = trackColour(colourId);
    const outline = new Path2D();
    outline.roundRect(box.x, box.y, box.width, box.height, Math.min(10 * unit, box.width / 4));
    context.strokeStyle = "rgb(8 10 14 / 0.5)";
    context.lineWidth = 5 * unit;
    context.stroke(outline);
    context.strokeStyle = colour;
    context.lineWidth = 2.25 * unit;
    context.setLineDash(face.uncertain ? [5 * unit, 6 * unit] : []);
    context.stroke(outline);
    context.setLineDash([]);
    const words = `${emotionWord(face.label)}${face.uncertain ? "?" : ""} ${percent(face.smoothed[face.label])}`;
    chips.push(paintChip(context, box, name, words, colour, unit, chips));
  }
}

/**
 * Name and emotion; the name alone where the emotion would lie on a neighbour's.
 * @param {CanvasRenderingContext2D} context
 * @param {{ x: number, y: number, width: number, height: number }} box
 * @param {string} name
 * @param {string} words
 * @param {string} colour
 * @param {number} unit
 * @param {readonly import("../overlay-layout.js").Rect[]} others painted before
 */
function paintChip(context, box, name, words, colour, unit, others) {
  const pad = 7 * unit;
  context.textBaseline = "middle";
  context.font = `700 ${12 * unit}px ${font}`;
  const nameWidth = context.measureText(name).width + 2 * pad;
  context.font = `500 ${12 * unit}px ${font}`;
  const wordsWidth = context.measureText(words).width + 2 * pad;
  const wide = chipPlace(box, nameWidth + wordsWidth, context.canvas, unit);
  const crowded = others.some((other) => overlap(other, wide));
  const chip = crowded ? chipPlace(box, nameWidth, context.canvas, unit) : wide;
  const { x, y, height } = chip;
  const middle = y + height / 2 + unit / 2;
  if (!crowded) {
    context.fillStyle = "rgb(12 15 21 / 0.78)";
    fillRound(context, x, y, chip.width, height, 6 * unit);
    context.fillStyle = "#f3f5f9";
    context.fillText(words, x + nameWidth + pad, middle);
  }
  context.fillStyle = colour;
  fillRound(context, x, y, nameWidth, height, 6 * unit);
  context.fillStyle = trackInk;
  context.font = `700 ${12 * unit}px ${font}`;
  context.fillText(name, x + pad, middle);
  return chip;
}

/** @param {CanvasRenderingContext2D} context @param {number} x @param {number} y @param {number} width @param {number} height @param {number} radius */
function fillRound(context, x, y, width, height, radius) {
  context.beginPath();
  context.roundRect(x, y, width, height, radius);
  context.fill();
}
