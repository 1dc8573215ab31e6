// Paints a face's last seconds or minutes: the seven probabilities stacked, and under them the name of whichever leads (its first letters where room is short).

import { systemFont } from "./canvas.js";
import { emotionNames, emotionWord } from "./emotions.js";
import { gapMs } from "./emotion-history.js";

/** @import {Emotion} from "./emotions.js" */
/** @import {EmotionHistory, Sample} from "./emotion-history.js" */

const labelHeight = 13;

/**
 * @typedef {object} TimelineStyle
 * @property {number} unit canvas pixels for one CSS pixel
 * @property {Record<Emotion, string>} colours
 * @property {string} textColour
 * @property {number} [endMs] time at the right edge; default: the newest sample's
 */

/**
 * Draws the history.
 * @param {CanvasRenderingContext2D} context
 * @param {EmotionHistory} history
 * @param {TimelineStyle} style
 */
export function paintTimeline(context, history, { unit, colours, textColour, endMs }) {
  const { width, height } = context.canvas;
  const floor = height - labelHeight * unit;
  const newest = history.samples.at(-1);
  context.clearRect(0, 0, width, height);
  if (newest === undefined) return;
  /** @param {number} ptsMs */
  const xOf = (ptsMs) => width - (((endMs ?? newest.ptsMs) - ptsMs) / history.spanMs) * width;
  for (const run of runs(history.samples)) paintRun(context, run, xOf, floor, colours);

  context.font = `${10 * unit}px ${systemFont}`;
  context.textBaseline = "alphabetic";
  context.fillStyle = textColour;
  for (const { label, uncertain, fromMs, toMs } of history.stretches()) {
    const x = Math.max(0, xOf(fromMs));
    const room = xOf(toMs) - x - 4 * unit;
    const word = wordsOf(label, uncertain).find((text) => context.measureText(text).width <= room);
    if (word === undefined) continue;
    context.fillRect(x, floor, unit, 4 * unit);
    context.fillText(word, x + 3 * unit, height - 2 * unit);
  }
}

/**
 * The last seconds in a sentence, for those who cannot see the picture.
 * @param {EmotionHistory} history
 */
export function describeTimeline(history) {
  const { samples } = history;
  if (samples.length === 0) return "No history yet";
  /** @type {Map<Emotion, number>} */
  const counts = new Map();
  for (const { label } of samples) counts.set(label, (counts.get(label) ?? 0) + 1);
  const parts = [...counts].toSorted((a, b) => b[1] - a[1]).slice(0, 3);
  return `${lastTime(history.spanMs)}: ${parts.map(([label, n]) => `${emotionWord(label)} ${Math.round((n / samples.length) * 100)} percent of the time`).join(", ")}`;
}

/** @param {number} spanMs */
function lastTime(spanMs) {
  return spanMs < 60_000 ? `Last ${spanMs / 1000} seconds` : `Last ${spanMs / 60_000} minutes`;
}

/**
 * The word of a stretch and a short form of it, with a question mark where the model was not sure.
 * @param {Emotion} label
 * @param {boolean} uncertain
 */
function wordsOf(label, uncertain) {
  return [emotionWord(label), emotionWord(label).slice(0, 3)].map((word) => (uncertain ? `${word}?` : word));
}

/**
 * Samples split where a gap lies between them.
 * @param {readonly Sample[]} samples
 */
function runs(samples) {
  /** @type {Sample[][]} */
  const all = [];
  for (const sample of samples) {
    const last = all.at(-1)?.at(-1);
    if (last === undefined || sample.ptsMs - last.ptsMs > gapMs) all.push([sample]);
    else all.at(-1)?.push(sample);
  }
  return all;
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {readonly Sample[]} run
 * @param {(ptsMs: number) => number} xOf
 * @param {number} floor y of probability 0
 * @param {Record<Emotion, string>} colours
 */
function paintRun(context, run, xOf, floor, colours) {
  let below = run.map(() => 0);
  for (const name of emotionNames) {
    const above = below.map((b, i) => b + (run[i]?.scores[name] ?? 0));
    context.beginPath();
    for (const [i, sample] of run.entries()) context.lineTo(xOf(sample.ptsMs), floor * (1 - (above[i] ?? 0)));
    for (let i = run.length - 1; i >= 0; i--) context.lineTo(xOf(run[i]?.ptsMs ?? 0), floor * (1 - (below[i] ?? 0)));
    context.closePath();
    context.fillStyle = colours[name];
    context.fill();
    below = above;
  }
}
