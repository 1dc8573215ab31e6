// Paints one frame: the picture and everything known of its faces, in one go. Sizes are in CSS pixels times `unit`.

import { fillRound, systemFont } from "./canvas.js";
import { faceWord, percent } from "./emotions.js";
import { paintBars } from "./overlay-bars.js";
import { chipPlace, overlap, placeBars } from "./overlay-layout.js";
import { paleText, trackColour, trackInk, veil } from "./track-colours.js";

/** @import {FrameMessage} from "../src/core/feed.ts" */
/** @import {Face} from "./emotions.js" */
/** @import {Emotion} from "./emotions.js" */
/** @import {Place, Rect} from "./overlay-layout.js" */

/** Beside the words of a chip, CSS pixels. */
const chipPad = 7;
const halo = "rgb(8 10 14 / 0.45)";

/** Parts of the overlay. @typedef {"box" | "label" | "bars" | "points"} Part */

/** @type {readonly Part[]} */
export const parts = ["box", "label", "bars", "points"];

/**
 * @typedef {object} OverlayStyle
 * @property {number} unit canvas pixels for one CSS pixel
 * @property {Record<Emotion, string>} colours of the emotions over a picture
 * @property {Map<number, Place>} places where each track's bars stood in the frame before; brought up to date here
 * @property {ReadonlySet<Part>} [show] default: box, label, bars
 * @property {string} [font] family, default: the system's
 * @property {(face: Face) => { paint: string, ink: string }} [colourOf] of box and chip, and of text on the chip; default: the track's tint
 * @property {(face: Face) => string} [nameOf] what the chip begins with; default: `#` and the track's number
 */

/**
 * A face where it goes on the canvas.
 * @typedef {object} PlacedFace
 * @property {Face} face
 * @property {number} trackId
 * @property {Rect} box canvas pixels
 * @property {readonly { x: number, y: number }[]} points its landmarks, canvas pixels
 * @property {number} opacity 0 to 1
 */

/** @type {ReadonlySet<Part>} */
const usualParts = new Set(["box", "label", "bars"]);

/**
 * Draws the picture over the whole canvas, or a plain ground that says why there is none, and the faces over it.
 * @param {CanvasRenderingContext2D} context
 * @param {CanvasImageSource | undefined} picture
 * @param {FrameMessage} result of the same frame
 * @param {OverlayStyle} style
 */
export function paintFrame(context, picture, result, style) {
  const { width, height } = context.canvas;
  if (picture) context.drawImage(picture, 0, 0, width, height);
  else paintGround(context, style);
  paintFaces(context, placeFaces(result, context.canvas), style);
}

/**
 * Where the faces of a picture go on a canvas that shows all of it. Without points.
 * @param {{ width: number, height: number, faces: readonly (Face & { box: Rect })[] }} frame
 * @param {{ width: number, height: number }} canvas
 * @returns {PlacedFace[]}
 */
export function placeFaces(frame, canvas) {
  const [sx, sy] = [canvas.width / frame.width, canvas.height / frame.height];
  return frame.faces.map((face) => ({
    face,
    trackId: face.trackId,
    box: { x: face.box.x * sx, y: face.box.y * sy, width: face.box.width * sx, height: face.box.height * sy },
    points: [],
    opacity: 1,
  }));
}

/**
 * Draws faces over what is on the canvas, largest first.
 * @param {CanvasRenderingContext2D} context
 * @param {readonly PlacedFace[]} faces
 * @param {OverlayStyle} style
 */
export function paintFaces(context, faces, style) {
  const show = style.show ?? usualParts;
  const { width, height } = context.canvas;
  const placed = show.has("bars") ? placeBars(faces, { width, height }, style.unit, style.places) : [];
  style.places.clear();
  for (const { trackId, place } of placed) style.places.set(trackId, place);
  for (const [index, { face, box, points, opacity }] of faces.entries()) {
    const bars = placed[index];
    context.globalAlpha = opacity;
    if (show.has("box")) paintBox(context, box, face, style);
    if (show.has("points")) paintPoints(context, points, face, style);
    if (bars) paintBars(context, bars, face, style);
  }
  const labelled = show.has("label") ? faces.map((face) => ({ ...face, name: nameChip(context, face, style) })) : [];
  /** @type {Rect[]} */
  const chips = [];
  for (const [index, { face, box, name, opacity }] of labelled.entries()) {
    const others = [...chips, ...faces.flatMap((f) => (f.face === face ? [] : [f.box])), ...labelled.slice(index + 1).map((l) => l.name)];
    context.globalAlpha = opacity;
    chips.push(paintChip(context, box, face, { name, others }, style));
  }
  context.globalAlpha = 1;
}

/**
 * What stands in place of a picture where the server gives none.
 * @param {CanvasRenderingContext2D} context
 * @param {OverlayStyle} style
 */
function paintGround(context, { unit }) {
  const { width, height } = context.canvas;
  context.fillStyle = "#151a24";
  context.fillRect(0, 0, width, height);
  context.fillStyle = "#aab3c2";
  context.textBaseline = "bottom";
  context.font = `400 ${12 * unit}px ${systemFont}`;
  context.fillText("No picture: strict privacy", 10 * unit, height - 8 * unit);
}

/** @param {Face} face */
function trackPaint({ trackId }) {
  return { paint: trackColour(trackId), ink: trackInk };
}

/** @param {Face} face */
function trackName({ trackId }) {
  return `#${trackId}`;
}

/**
 * Landmarks as dots in the colour of the box.
 * @param {CanvasRenderingContext2D} context
 * @param {readonly { x: number, y: number }[]} points
 * @param {Face} face
 * @param {OverlayStyle} style
 */
function paintPoints(context, points, face, { unit, colourOf = trackPaint }) {
  context.save();
  context.strokeStyle = halo;
  context.fillStyle = colourOf(face).paint;
  context.lineWidth = 2 * unit;
  for (const { x, y } of points) {
    context.beginPath();
    context.arc(x, y, 2.5 * unit, 0, 2 * Math.PI);
    context.stroke();
    context.fill();
  }
  context.restore();
}

/**
 * Corners in the track's colour over a dark halo, joined by a faint line; dashes instead where the emotion is uncertain.
 * @param {CanvasRenderingContext2D} context
 * @param {Rect} box
 * @param {Face} face
 * @param {OverlayStyle} style
 */
function paintBox(context, box, face, { unit, colourOf = trackPaint }) {
  const radius = Math.min(10 * unit, box.width / 4, box.height / 4);
  const corner = Math.min(box.width, box.height) * 0.26;
  const outline = new Path2D();
  outline.roundRect(box.x, box.y, box.width, box.height, radius);
  context.save();
  context.lineCap = "round";
  const opacity = context.globalAlpha;
  context.strokeStyle = halo;
  context.lineWidth = 4.5 * unit;
  context.stroke(outline);
  context.strokeStyle = colourOf(face).paint;
  context.globalAlpha = opacity * (face.uncertain ? 0.9 : 0.55);
  context.lineWidth = 1.5 * unit;
  if (face.uncertain) context.setLineDash([5 * unit, 6 * unit]);
  context.stroke(outline);
  if (!face.uncertain) {
    context.globalAlpha = opacity;
    context.lineWidth = 2.75 * unit;
    context.stroke(cornerPath(box, radius, corner));
  }
  context.restore();
}

/**
 * @param {Rect} box
 * @param {number} radius
 * @param {number} length of each arm
 */
function cornerPath({ x, y, width, height }, radius, length) {
  const path = new Path2D();
  const right = x + width;
  const bottom = y + height;
  path.moveTo(x, y + length);
  path.arcTo(x, y, x + length, y, radius);
  path.lineTo(x + length, y);
  path.moveTo(right - length, y);
  path.arcTo(right, y, right, y + length, radius);
  path.lineTo(right, y + length);
  path.moveTo(right, bottom - length);
  path.arcTo(right, bottom, right - length, bottom, radius);
  path.lineTo(right - length, bottom);
  path.moveTo(x + length, bottom);
  path.arcTo(x, bottom, x, bottom - length, radius);
  path.lineTo(x, bottom - length);
  return path;
}

/**
 * Where the name alone would stand.
 * @param {CanvasRenderingContext2D} context
 * @param {PlacedFace} placed
 * @param {OverlayStyle} style
 * @returns {Rect}
 */
function nameChip(context, { face, box }, { unit, font = systemFont, nameOf = trackName }) {
  context.font = `700 ${12 * unit}px ${font}`;
  return chipPlace(box, context.measureText(nameOf(face)).width + 2 * chipPad * unit, context.canvas, unit);
}

/**
 * Name and leading emotion over the box, kept inside the picture; the name alone where the words would cover something.
 * @param {CanvasRenderingContext2D} context
 * @param {Rect} box
 * @param {Face} face
 * @param {{ name: Rect, others: readonly Rect[] }} places of the name alone; chips painted before, names and boxes of other faces
 * @param {OverlayStyle} style
 * @returns {Rect} where it was painted
 */
function paintChip(context, box, face, { name, others }, { unit, font = systemFont, colourOf = trackPaint, nameOf = trackName }) {
  const pad = chipPad * unit;
  const words = `${faceWord(face)} ${percent(face.smoothed[face.label])}`;
  context.save();
  context.textBaseline = "middle";
  context.font = `500 ${12 * unit}px ${font}`;
  const wide = chipPlace(box, name.width + context.measureText(words).width + 2 * pad, context.canvas, unit);
  const chip = box.width < 44 * unit || others.some((other) => overlap(other, wide)) ? name : wide;
  const { x, y, height } = chip;
  context.fillStyle = veil;
  fillRound(context, chip, 6 * unit);
  if (chip === wide) {
    context.fillStyle = paleText;
    context.fillText(words, x + name.width + pad, y + height / 2 + unit / 2);
  }
  const { paint, ink } = colourOf(face);
  context.fillStyle = paint;
  fillRound(context, { x, y, width: name.width, height }, 6 * unit);
  context.font = `700 ${12 * unit}px ${font}`;
  context.fillStyle = ink;
  context.fillText(nameOf(face), x + pad, y + height / 2 + unit / 2);
  context.restore();
  return chip;
}
