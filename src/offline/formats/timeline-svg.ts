// The timeline as SVG: one panel a track, seven curves over time, a band below that shows the leading emotion.

import { emotionNames, type Emotion } from "../../core/emotions.js";
import { emotionColors } from "../../core/palette.js";
import { escapeXml } from "../xml.js";
import type { Timeline, TimelinePoint, TimelineTrack } from "./timeline-data.js";

const width = 1600;
const left = 210;
const right = 40;
const top = 112;
const panelHeight = 128;
const bandHeight = 12;
const panelGap = 34;
const bottom = 58;
const plotWidth = width - left - right;
const maxTracks = 12;
const font = "DejaVu Sans, Verdana, sans-serif";

// Dashes tell curves apart where colours do not.
const dashes: Readonly<Record<Emotion, string>> = {
  anger: "",
  disgust: "9 4",
  fear: "2 4",
  happiness: "",
  sadness: "9 4",
  surprise: "2 4",
  neutral: "",
};

/** Draws the timeline. Pure: the same data give the same text. */
export function timelineSvg(timeline: Timeline, title: string): string {
  const shown = timeline.tracks.slice(0, maxTracks);
  const rowHeight = panelHeight + bandHeight + panelGap;
  const height = top + Math.max(1, shown.length) * rowHeight + bottom;
  const endMs = Math.max(timeline.endMs, 1);
  const x = (ms: number) => left + (Math.min(ms, endMs) / endMs) * plotWidth;
  const axisY = top + Math.max(1, shown.length) * rowHeight - panelGap + 10;
  const parts = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}" font-family="${font}" font-size="15" fill="#222">`,
    `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
    text(left, 38, shorten(title, 80), `font-size="24" font-weight="bold"`),
    text(width - right, 38, summary(timeline), `text-anchor="end" fill="#555"`),
    legend(),
    timeAxis(endMs, x, top, axisY),
    ...shown.map((track, i) => panel(track, timeline, top + i * rowHeight, x)),
  ];
  if (shown.length === 0) parts.push(text(left + plotWidth / 2, top + panelHeight / 2, "No face was found in this video.", `text-anchor="middle" font-size="20" fill="#555"`));
  const hidden = timeline.tracks.length - shown.length;
  if (hidden > 0) parts.push(text(left, height - 8, `and ${hidden} more ${hidden === 1 ? "face" : "faces"} seen for a shorter time (in the other result files)`, `fill="#555"`));
  parts.push("</svg>");
  return parts.join("\n");
}

function summary({ frames, tracks, endMs }: Timeline): string {
  return `${frames} ${frames === 1 ? "frame" : "frames"}, ${clock(endMs, endMs)}, ${tracks.length} ${tracks.length === 1 ? "face" : "faces"}`;
}

function legend(): string {
  const step = plotWidth / emotionNames.length;
  return emotionNames
    .map((name, i) => {
      const x = left + i * step;
      return `<line x1="${n(x)}" y1="74" x2="${n(x + 42)}" y2="74" ${stroke(name, 4)}/>${text(x + 50, 79, name)}`;
    })
    .join("\n");
}

function panel(track: TimelineTrack, timeline: Timeline, y: number, x: (ms: number) => number): string {
  const level = (p: number) => y + panelHeight - p * panelHeight;
  const lines = [0, 0.5, 1].map((p) => `<line x1="${left}" y1="${n(level(p))}" x2="${left + plotWidth}" y2="${n(level(p))}" stroke="${p === 0 ? "#888" : "#ddd"}"/>${text(left - 8, level(p) + 5, `${p * 100} %`, `text-anchor="end" font-size="12" fill="#777"`)}`);
  const share = Math.round((track.frames / timeline.frames) * 100);
  const side = [
    text(16, y + 22, `Face ${track.trackId}`, `font-size="20" font-weight="bold"`),
    text(16, y + 48, `${track.label} ${Math.round(track.mean * 100)} %`, `font-size="16"`),
    text(16, y + 70, "on average", `font-size="13" fill="#666"`),
    text(16, y + 96, `in ${share === 0 ? "<1" : share} % of frames`, `font-size="13" fill="#666"`),
    text(16, y + 115, `${clock(track.firstMs, timeline.endMs)} – ${clock(track.lastMs, timeline.endMs)}`, `font-size="13" fill="#666"`),
  ];
  // The leading emotion is drawn last, over the others.
  const order = emotionNames.toSorted((a, b) => Number(a === track.label) - Number(b === track.label));
  const curves = order.flatMap((name) => track.segments.map((segment) => curve(segment, name, x, level, timeline.binMs)));
  return [...lines, ...side, ...curves, band(track, y + panelHeight + 4, x, timeline.binMs)].join("\n");
}

function curve(segment: readonly TimelinePoint[], name: Emotion, x: (ms: number) => number, y: (p: number) => number, binMs: number): string {
  const index = emotionNames.indexOf(name);
  const points = segment.map((p) => `${n(x(p.timeMs))},${n(y(p.means[index] ?? 0))}`);
  const only = segment[0];
  // A single point has no length: draw it as long as its bin, at least visible.
  if (segment.length === 1 && only !== undefined) {
    const half = Math.max(binMs / 2, 1);
    const level = n(y(only.means[index] ?? 0));
    return `<line x1="${n(x(only.timeMs - half) - 1)}" y1="${level}" x2="${n(x(only.timeMs + half) + 1)}" y2="${level}" ${stroke(name, 2.5)}/>`;
  }
  return `<polyline fill="none" points="${points.join(" ")}" ${stroke(name, 2.5)}/>`;
}

/** A strip in the colours of the leading emotion. */
function band(track: TimelineTrack, y: number, x: (ms: number) => number, binMs: number): string {
  const rects: string[] = [];
  for (const segment of track.segments) {
    for (let i = 0; i < segment.length; ) {
      const label = leading(segment[i]);
      let j = i;
      while (j + 1 < segment.length && leading(segment[j + 1]) === label) j += 1;
      const startMs = (segment[i]?.timeMs ?? 0) - binMs / 2;
      const endMs = segment[j + 1] === undefined ? (segment[j]?.timeMs ?? 0) + binMs / 2 : (segment[j + 1]?.timeMs ?? 0) - binMs / 2;
      rects.push(`<rect x="${n(x(startMs))}" y="${n(y)}" width="${n(Math.max(1, x(endMs) - x(startMs)))}" height="${bandHeight}" fill="${emotionColors[label]}"/>`);
      i = j + 1;
    }
  }
  return rects.join("\n");
}

function leading(point: TimelinePoint | undefined): Emotion {
  const means = point?.means ?? [];
  return emotionNames[means.indexOf(Math.max(...means))] ?? "neutral";
}

function timeAxis(endMs: number, x: (ms: number) => number, y0: number, y1: number): string {
  const stepMs = tickStep(endMs);
  const ticks: string[] = [];
  for (let ms = 0; ms <= endMs; ms += stepMs) {
    ticks.push(`<line x1="${n(x(ms))}" y1="${y0}" x2="${n(x(ms))}" y2="${y1}" stroke="#eee"/>${text(x(ms), y1 + 18, clock(ms, endMs), `text-anchor="middle" font-size="13" fill="#555"`)}`);
  }
  return ticks.join("\n");
}

/** Distance of time marks: at most about ten of them, at round times. Milliseconds. */
export function tickStep(endMs: number): number {
  const seconds = [0.1, 0.2, 0.5, 1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 43_200, 86_400];
  return (seconds.find((s) => endMs / (s * 1000) <= 10) ?? Math.ceil(endMs / 864_000_000) * 86_400) * 1000;
}

/** `0:07`, `1:02:03`, and tenths where the whole is short. */
function clock(ms: number, endMs: number): string {
  const short = endMs < 10_000;
  const s = short ? Math.round(ms / 100) / 10 : Math.round(ms / 1000);
  if (short) return `${s.toFixed(1)} s`;
  const [h, m, sec] = [Math.floor(s / 3600), Math.floor(s / 60) % 60, s % 60];
  return h > 0 ? `${h}:${two(m)}:${two(sec)}` : `${m}:${two(sec)}`;
}

function two(value: number): string {
  return String(value).padStart(2, "0");
}

function stroke(name: Emotion, thickness: number): string {
  const dash = dashes[name];
  return `stroke="${emotionColors[name]}" stroke-width="${thickness}" stroke-linejoin="round"${dash === "" ? "" : ` stroke-dasharray="${dash}"`}`;
}

function text(x: number, y: number, content: string, attributes = ""): string {
  return `<text x="${n(x)}" y="${n(y)}" ${attributes}>${escapeXml(content)}</text>`;
}

function shorten(value: string, length: number): string {
  return value.length <= length ? value : `${value.slice(0, length - 1)}…`;
}

function n(value: number): string {
  return String(Math.round(value * 10) / 10);
}
