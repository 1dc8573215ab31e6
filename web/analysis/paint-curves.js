// Paints lanes of curves: one for each person, seven lines, and under them the episodes. Everything in CSS pixels; the context is scaled.

import { fillRound, systemFont } from "../canvas.js";
import { emotionNames, emotionWord } from "../emotions.js";
import { trackColour, trackInk } from "../track-colours.js";
import { clock } from "./words.js";

/** @import {Emotion} from "../emotions.js" */
/** @import {Curve, CurvePoint} from "./curve-store.js" */

/** Heights of a lane and its parts. */
export const laneParts = { head: 24, curve: 74, episodes: 18, gap: 14 };
export const laneHeight = laneParts.head + laneParts.curve + laneParts.episodes + laneParts.gap;
export const axisHeight = 24;
/** A face that is missing for longer breaks its curve. Milliseconds. */
const gapMs = 500;

/**
 * @typedef {object} ChartStyle
 * @property {Record<Emotion, string>} colours
 * @property {string} text
 * @property {string} muted
 * @property {string} line
 * @property {string} ground of a lane
 * @property {string} surface
 * @property {string} accent
 */

/**
 * @typedef {object} Span
 * @property {number} fromMs
 * @property {number} toMs
 * @property {number} width
 */

/**
 * @typedef {object} Lane
 * @property {readonly Curve[]} curves
 * @property {readonly { emotion: Emotion, startMs: number, endMs: number }[]} episodes
 */

/**
 * @typedef {object} LaneHead
 * @property {string} title
 * @property {number} colourId
 * @property {string} now what the face shows at the play head; empty where it is not seen
 */

/** @param {Span} span @param {number} timeMs */
export function xOf({ fromMs, toMs, width }, timeMs) {
  return ((timeMs - fromMs) / (toMs - fromMs)) * width;
}

/**
 * Times along the top.
 * @param {CanvasRenderingContext2D} context
 * @param {Span} span
 * @param {ChartStyle} style
 * @param {number} bottom to which the lines go
 */
export function paintAxis(context, span, style, bottom) {
  const stepMs = tickStep(((span.toMs - span.fromMs) / Math.max(1, span.width)) * 84);
  context.font = `11px ${systemFont}`;
  context.textBaseline = "middle";
  context.textAlign = "left";
  for (let timeMs = Math.ceil(span.fromMs / stepMs) * stepMs; timeMs <= span.toMs; timeMs += stepMs) {
    const x = Math.round(xOf(span, timeMs));
    context.fillStyle = style.line;
    context.fillRect(x, 6, 1, bottom - 6);
    const words = clock(timeMs, stepMs < 1000 ? 1 : 0);
    if (x + 5 + context.measureText(words).width > span.width) continue;
    context.fillStyle = style.muted;
    context.fillText(words, x + 5, 11);
  }
}

/** A round step of at least so many milliseconds. @param {number} leastMs */
export function tickStep(leastMs) {
  const steps = [100, 200, 500, 1000, 2000, 5000, 10_000, 15_000, 30_000, 60_000, 120_000, 300_000, 600_000, 900_000, 1_800_000, 3_600_000];
  return steps.find((s) => s >= leastMs) ?? Math.ceil(leastMs / 3_600_000) * 3_600_000;
}

/**
 * Curves and episodes of a person; the lane's head is painted by itself.
 * @param {CanvasRenderingContext2D} context
 * @param {Lane} lane
 * @param {number} top
 * @param {Span} span
 * @param {ReadonlySet<Emotion>} shown
 * @param {ChartStyle} style
 */
export function paintLane(context, lane, top, span, shown, style) {
  const floor = top + laneParts.head + laneParts.curve;
  context.fillStyle = style.ground;
  fillRound(context, { x: 0, y: top + laneParts.head, width: span.width, height: laneParts.curve }, 6);
  context.fillStyle = style.line;
  context.fillRect(0, Math.round(floor - laneParts.curve / 2), span.width, 1);
  context.save();
  context.beginPath();
  context.rect(0, top + laneParts.head, span.width, laneParts.curve);
  context.clip();
  const names = emotionNames.filter((name) => shown.has(name)).toSorted((a, b) => Number(b === "neutral") - Number(a === "neutral"));
  for (const name of names) paintEmotion(context, lane.curves, emotionNames.indexOf(name), name, floor, span, style);
  context.restore();
  for (const episode of lane.episodes) if (shown.has(episode.emotion)) paintEpisode(context, episode, floor + 3, span, style);
}

/**
 * @param {CanvasRenderingContext2D} context
 * @param {readonly Curve[]} curves
 * @param {number} index
 * @param {Emotion} name
 * @param {number} floor
 * @param {Span} span
 * @param {ChartStyle} style
 */
function paintEmotion(context, curves, index, name, floor, span, style) {
  const height = laneParts.curve - 6;
  /** @param {number} p */
  const yOf = (p) => floor - 3 - p * height;
  context.strokeStyle = style.colours[name];
  context.fillStyle = style.colours[name];
  context.lineWidth = name === "neutral" ? 1.2 : 1.7;
  context.lineJoin = "round";
  for (const run of runsOf(curves)) {
    // What a decimated point holds between its least and greatest.
    if (run.bucketMs > 100 && run.points.length > 1) {
      context.globalAlpha = 0.13;
      context.beginPath();
      for (const p of run.points) context.lineTo(xOf(span, p.timeMs + run.bucketMs / 2), yOf(p.max[index] ?? 0));
      for (const p of run.points.toReversed()) context.lineTo(xOf(span, p.timeMs + run.bucketMs / 2), yOf(p.min[index] ?? 0));
      context.fill();
    }
    context.globalAlpha = name === "neutral" ? 0.75 : 1;
    context.beginPath();
    for (const p of run.points) context.lineTo(xOf(span, p.timeMs + run.bucketMs / 2), yOf(p.mean[index] ?? 0));
    if (run.points.length === 1) {
      const only = run.points[0];
      if (only) context.lineTo(xOf(span, only.timeMs + run.bucketMs / 2) + 1.5, yOf(only.mean[index] ?? 0));
    }
    context.stroke();
  }
  context.globalAlpha = 1;
}

/**
 * Stretches in which the face is seen.
 * @param {readonly Curve[]} curves
 * @returns {{ bucketMs: number, points: CurvePoint[] }[]}
 */
export function runsOf(curves) {
  /** @type {{ bucketMs: number, points: CurvePoint[] }[]} */
  const runs = [];
  for (const { bucketMs, points } of curves) {
    for (const point of points) {
      const run = runs.at(-1);
      const last = run?.points.at(-1);
      if (run === undefined || last === undefined || point.timeMs - last.timeMs > Math.max(gapMs, 1.5 * bucketMs) || run.bucketMs !== bucketMs) runs.push({ bucketMs, points: [point] });
      else if (point.timeMs > last.timeMs) run.points.push(point);
    }
  }
  return runs;
}

/**
 * A strip with the emotion's name, its first letters where room is short.
 * @param {CanvasRenderingContext2D} context
 * @param {{ emotion: Emotion, startMs: number, endMs: number }} episode
 * @param {number} top
 * @param {Span} span
 * @param {ChartStyle} style
 */
function paintEpisode(context, { emotion, startMs, endMs }, top, span, style) {
  const x = Math.max(0, xOf(span, startMs));
  const width = Math.min(span.width, xOf(span, endMs)) - x;
  if (width <= 0) return;
  context.fillStyle = style.colours[emotion];
  fillRound(context, { x, y: top, width: Math.max(2, width - 1), height: 4 }, 2);
  context.font = `10.5px ${systemFont}`;
  context.textBaseline = "top";
  context.textAlign = "left";
  const word = [emotionWord(emotion), emotionWord(emotion).slice(0, 3)].find((text) => context.measureText(text).width <= width - 3);
  if (word === undefined) return;
  context.fillStyle = style.muted;
  context.fillText(word, x + 1, top + 5.5);
}

/** Whose lane it is and what the face shows now. @param {CanvasRenderingContext2D} context @param {LaneHead} head @param {number} top @param {ChartStyle} style */
export function paintLaneHead(context, { title, colourId, now }, top, style) {
  context.textBaseline = "middle";
  context.textAlign = "left";
  context.font = `700 11.5px ${systemFont}`;
  const width = context.measureText(title).width + 14;
  context.fillStyle = trackColour(colourId);
  fillRound(context, { x: 0, y: top + 2, width, height: 18 }, 5);
  context.fillStyle = trackInk;
  context.fillText(title, 7, top + 11.5);
  // What it shows now, readable over the lines of the axis.
  context.font = `12px ${systemFont}`;
  context.fillStyle = style.surface;
  if (now !== "") context.fillRect(width + 2, top + 2, context.measureText(now).width + 12, 18);
  context.fillStyle = style.muted;
  context.fillText(now, width + 8, top + 11.5);
}
