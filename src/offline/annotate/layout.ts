// Where boxes, labels and emotion bars go on a picture. Pure; whole pixels. The same marks are drawn on stills (as SVG) and on
// video frames (straight into the pixels). Every face gets its box, its label and its bars: beside the face where there is room,
// else as small columns inside the box. Nothing reaches past the picture.

import { emotionNames, type Emotion, type EmotionScores } from "../../core/emotions.js";
import type { Box } from "../../core/geometry.js";
import { emotionColors, emotionTextColors } from "../../core/palette.js";
import { textWidth } from "./text-metrics.js";

/** A face to draw. */
export interface AnnotatedFace {
  readonly trackId?: number;
  readonly box: Box;
  readonly scores: EmotionScores;
  readonly label: Emotion;
  readonly uncertain: boolean;
}

/** Things to draw, in order. Coordinates are whole pixels; `y` of a text is the top of its line. */
export type Mark =
  | { readonly kind: "rect"; readonly x: number; readonly y: number; readonly width: number; readonly height: number; readonly color: string; readonly opacity: number }
  | { readonly kind: "text"; readonly x: number; readonly y: number; readonly size: number; readonly text: string; readonly color: string };

interface Rect {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const darkPlate = "#101418";
const lightText = "#ffffff";

/** Line height of a text as a multiple of its size; masks and SVG put the baseline at `baselineFactor`. */
export const lineFactor = 1.3;
export const baselineFactor = 1;

/** Font size for a picture, pixels. */
export function fontSizeFor(width: number, height: number): number {
  return Math.round(Math.min(48, Math.max(10, Math.min(width, height) / 28)));
}

/** All marks of a picture. Faces are drawn smallest first, so that the largest stay on top. */
export function layoutFaces(faces: readonly AnnotatedFace[], width: number, height: number, fontSize = fontSizeFor(width, height)): Mark[] {
  const canvas = { x: 0, y: 0, width, height };
  const bySize = faces.toSorted((a, b) => b.box.width * b.box.height - a.box.width * a.box.height);
  const boxes = bySize.map((f) => clip(f.box, canvas));
  const taken: Rect[] = [];
  const perFace: Mark[][] = [];
  for (const [i, face] of bySize.entries()) {
    const box = boxes[i];
    if (box === undefined || box.width < 1 || box.height < 1) continue;
    const others = boxes.filter((_, j) => j !== i);
    const chip = placeChip(face, box, canvas, fontSize, [...others, ...taken]);
    taken.push(chip.rect);
    const panel = placePanel(box, canvas, fontSize, [...boxes, ...taken]);
    if (panel !== undefined) taken.push(panel.rect);
    const bars = panel === undefined ? insideBars(face, box) : panelBars(face, panel.rect, panel.size);
    perFace.push([...frameMarks(box, emotionColors[face.label], fontSize), ...bars, ...chip.marks]);
  }
  return perFace.toReversed().flat();
}

/** The outline: a coloured line between two dark ones. */
function frameMarks(box: Rect, color: string, fontSize: number): Mark[] {
  const line = Math.max(1, Math.round(fontSize / 7));
  const dark = Math.max(1, Math.round(line / 2));
  return [...outline(box, line + dark, darkPlate, 0.7), ...outline({ x: box.x, y: box.y, width: box.width, height: box.height }, line, color, 1)];
}

function outline({ x, y, width, height }: Rect, line: number, color: string, opacity: number): Mark[] {
  const w = Math.min(line, width);
  const h = Math.min(line, height);
  const rect = (rx: number, ry: number, rw: number, rh: number): Mark => ({ kind: "rect", x: rx, y: ry, width: rw, height: rh, color, opacity });
  const inner = height - 2 * h;
  const marks = [rect(x, y, width, h)];
  if (height > h) marks.push(rect(x, y + height - h, width, h));
  if (inner > 0) marks.push(rect(x, y + h, w, inner));
  if (inner > 0 && width > w) marks.push(rect(x + width - w, y + h, w, inner));
  return marks;
}

/** The label above the box, below it, or inside where neither fits or is free. */
function placeChip(face: AnnotatedFace, box: Rect, canvas: Rect, fontSize: number, obstacles: readonly Rect[]): { rect: Rect; marks: Mark[] } {
  const percent = `${Math.round(face.scores[face.label] * 100)}%`;
  const id = face.trackId === undefined ? "" : `#${face.trackId} `;
  const name = `${face.label}${face.uncertain ? "?" : ""}`;
  const texts = [`${id}${name} ${percent}`, `${id}${name}`, `${id}${name.slice(0, 3)}`, id.trim()];
  const pad = Math.round(fontSize * 0.3);
  // A text that is wider than the picture gives way to a shorter one.
  const text = texts.find((t) => t !== "" && textWidth(t, fontSize) + 2 * pad <= canvas.width) ?? "";
  const width = Math.min(canvas.width, textWidth(text, fontSize) + 2 * pad);
  const height = Math.min(canvas.height, Math.ceil(fontSize * lineFactor));
  const at = (x: number, y: number): Rect => ({ x: clamp(x, 0, canvas.width - width), y, width, height });
  const candidates = [at(box.x, box.y - height), at(box.x, box.y + box.height), at(box.x + box.width - width, box.y - height), at(box.x + box.width - width, box.y + box.height), at(box.x, box.y), at(box.x, box.y + box.height - height)];
  const inside = candidates.filter((r) => r.y >= 0 && r.y + r.height <= canvas.height);
  const rect = leastCovered(inside, obstacles) ?? at(box.x, clamp(box.y, 0, canvas.height - height));
  if (text === "") return { rect, marks: [] };
  return {
    rect,
    marks: [
      { kind: "rect", ...rect, color: emotionColors[face.label], opacity: 1 },
      { kind: "text", x: rect.x + pad, y: rect.y, size: fontSize, text, color: emotionTextColors[face.label] },
    ],
  };
}

/** A free place for the panel of bars, at full size or a little smaller; undefined where there is none. */
function placePanel(box: Rect, canvas: Rect, fontSize: number, obstacles: readonly Rect[]): { rect: Rect; size: number } | undefined {
  const gap = Math.round(fontSize * 0.3);
  for (const size of [fontSize, Math.max(9, Math.round(fontSize * 0.75))]) {
    const { width, height } = panelSize(size);
    const y = clamp(box.y, 0, canvas.height - height);
    const x = clamp(box.x, 0, canvas.width - width);
    const above = box.y - height - gap - Math.ceil(fontSize * lineFactor);
    const places = [
      { x: box.x + box.width + gap, y },
      { x: box.x - width - gap, y },
      { x: box.x + box.width + gap, y: clamp(box.y + box.height - height, 0, canvas.height - height) },
      { x: box.x - width - gap, y: clamp(box.y + box.height - height, 0, canvas.height - height) },
      { x, y: box.y + box.height + gap + Math.ceil(fontSize * lineFactor) },
      { x, y: box.y + box.height + gap },
      { x, y: above },
    ];
    const free = places
      .map((p) => ({ ...p, width, height }))
      .find((r) => r.x >= 0 && r.y >= 0 && r.x + r.width <= canvas.width && r.y + r.height <= canvas.height && obstacles.every((o) => overlap(r, o) === 0));
    if (free !== undefined) return { rect: free, size };
  }
  return undefined;
}

function panelSize(size: number): { width: number; height: number; rowHeight: number; nameWidth: number; pad: number } {
  const rowHeight = Math.ceil(size * 1.2);
  const pad = Math.round(size * 0.35);
  const nameWidth = Math.max(...emotionNames.map((n) => textWidth(n, size)));
  return { width: nameWidth + Math.round(size * 4.5) + 3 * pad, height: rowHeight * emotionNames.length + 2 * pad, rowHeight, nameWidth, pad };
}

function panelBars(face: AnnotatedFace, rect: Rect, size: number): Mark[] {
  const { rowHeight, nameWidth, pad } = panelSize(size);
  const marks: Mark[] = [{ kind: "rect", ...rect, color: darkPlate, opacity: 0.72 }];
  const barX = rect.x + nameWidth + 2 * pad;
  const barWidth = rect.x + rect.width - pad - barX;
  for (const [i, name] of emotionNames.entries()) {
    const y = rect.y + pad + i * rowHeight;
    marks.push({ kind: "text", x: rect.x + pad, y: y + Math.round((rowHeight - size * lineFactor) / 2), size, text: name, color: lightText });
    const barHeight = Math.max(2, Math.round(size * 0.7));
    const barY = y + Math.round((rowHeight - barHeight) / 2);
    marks.push({ kind: "rect", x: barX, y: barY, width: barWidth, height: barHeight, color: "#ffffff", opacity: 0.16 });
    const filled = Math.round(barWidth * clamp(face.scores[name], 0, 1));
    if (filled > 0) marks.push({ kind: "rect", x: barX, y: barY, width: filled, height: barHeight, color: emotionColors[name], opacity: 1 });
  }
  return marks;
}

/** Seven columns along the lower edge of the box. */
function insideBars(face: AnnotatedFace, box: Rect): Mark[] {
  const height = Math.max(3, Math.round(box.height * 0.28));
  const inset = Math.min(3, Math.floor(box.width / 10));
  const y = box.y + box.height - height - inset;
  const inner = box.width - 2 * inset;
  if (inner < emotionNames.length || y < box.y) return [];
  const marks: Mark[] = [{ kind: "rect", x: box.x + inset, y, width: inner, height, color: darkPlate, opacity: 0.5 }];
  for (const [i, name] of emotionNames.entries()) {
    const x0 = box.x + inset + Math.round((inner * i) / emotionNames.length);
    const x1 = box.x + inset + Math.round((inner * (i + 1)) / emotionNames.length);
    const filled = Math.round(height * clamp(face.scores[name], 0, 1));
    if (filled > 0) marks.push({ kind: "rect", x: x0, y: y + height - filled, width: Math.max(1, x1 - x0 - (x1 - x0 > 3 ? 1 : 0)), height: filled, color: emotionColors[name], opacity: 1 });
  }
  return marks;
}

function leastCovered(rects: readonly Rect[], obstacles: readonly Rect[]): Rect | undefined {
  let best: Rect | undefined;
  let bestCovered = Number.POSITIVE_INFINITY;
  for (const rect of rects) {
    const covered = obstacles.reduce((sum, o) => sum + overlap(rect, o), 0);
    if (covered < bestCovered) {
      best = rect;
      bestCovered = covered;
    }
  }
  return best;
}

function overlap(a: Rect, b: Rect): number {
  const w = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  const h = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  return w > 0 && h > 0 ? w * h : 0;
}

/** The visible part of a box in whole pixels. */
function clip(box: Box, canvas: Rect): Rect {
  const x0 = clamp(Math.round(box.x), 0, canvas.width);
  const y0 = clamp(Math.round(box.y), 0, canvas.height);
  const x1 = clamp(Math.round(box.x + box.width), 0, canvas.width);
  const y1 = clamp(Math.round(box.y + box.height), 0, canvas.height);
  return { x: x0, y: y0, width: x1 - x0, height: y1 - y0 };
}

function clamp(value: number, min: number, max: number): number {
  return Math.max(min, Math.min(max, value));
}
