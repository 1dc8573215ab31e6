// The seven emotions of a face as bars on the picture: a block with names where there is room, else a bare strip.

import { fillRound, systemFont } from "./canvas.js";
import { emotionNames, emotionWord } from "./emotions.js";
import { paleText, veil } from "./track-colours.js";

/** @import {Face} from "./emotions.js" */
/** @import {OverlayStyle} from "./overlay.js" */
/** @import {Place, Rect} from "./overlay-layout.js" */

/**
 * @param {CanvasRenderingContext2D} context
 * @param {{ place: Place, bars: Rect }} placed
 * @param {Face} face
 * @param {OverlayStyle} style
 */
export function paintBars(context, { place, bars }, face, style) {
  if (place === "strip") paintStrip(context, bars, face, style);
  else paintBlock(context, bars, face, style);
}

/**
 * Seven named bars beside the box.
 * @param {CanvasRenderingContext2D} context
 * @param {Rect} area
 * @param {Face} face
 * @param {OverlayStyle} style
 */
function paintBlock(context, area, face, { unit, colours, font = systemFont }) {
  const pad = 6 * unit;
  const row = (area.height - 2 * pad) / emotionNames.length;
  const textWidth = 64 * unit;
  const full = area.width - textWidth - 2 * pad;
  context.save();
  context.fillStyle = veil;
  fillRound(context, area, 8 * unit);
  context.textBaseline = "middle";
  const opacity = context.globalAlpha;
  for (const [index, name] of emotionNames.entries()) {
    const y = area.y + pad + index * row;
    const leads = name === face.label && !face.uncertain;
    context.globalAlpha = opacity * (face.uncertain ? 0.62 : 1);
    context.font = `${leads ? 700 : 400} ${10 * unit}px ${font}`;
    context.fillStyle = paleText;
    context.fillText(emotionWord(name), area.x + pad, y + row / 2 + unit / 2);
    const track = { x: area.x + pad + textWidth, y: y + row / 2 - 3 * unit, width: full, height: 6 * unit };
    context.fillStyle = "rgb(255 255 255 / 0.16)";
    fillRound(context, track, 3 * unit);
    context.fillStyle = colours[name];
    fillRound(context, { ...track, width: Math.max(2 * unit, full * face.smoothed[name]) }, 3 * unit);
  }
  context.restore();
}

/**
 * Seven bare bars in the same order, for faces with no room beside them; the panel next to the picture names them.
 * @param {CanvasRenderingContext2D} context
 * @param {Rect} area
 * @param {Face} face
 * @param {OverlayStyle} style
 */
function paintStrip(context, area, face, { unit, colours }) {
  const pad = 3 * unit;
  const step = (area.width - 2 * pad) / emotionNames.length;
  const full = area.height - 2 * pad;
  context.save();
  context.fillStyle = veil;
  fillRound(context, area, 5 * unit);
  if (face.uncertain) context.globalAlpha *= 0.62;
  for (const [index, name] of emotionNames.entries()) {
    const height = Math.max(1.5 * unit, full * face.smoothed[name]);
    context.fillStyle = colours[name];
    context.fillRect(area.x + pad + index * step + unit, area.y + pad + full - height, step - 2 * unit, height);
  }
  context.restore();
}
