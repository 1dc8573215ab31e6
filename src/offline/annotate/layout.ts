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

/** Smallest text of a panel, pixels. */
const minPanelFont = 9;

/** Line height of a text as a multiple of its size; masks and SVG put the baseline at `baselineFactor`. */
export const lineFactor = 1.3;
export const baselineFactor = 1;

/** Font size for a picture, pixels. */
export function fontSizeFor(width: number, height: number): number {
  return Math.round(Math.min(48, Math.max(10, Math.min(width, height) / 28)));
}

/** Where the bars of each track stood in the frame before, so that they do not jump about in a video. */
export type LayoutMemory = Map<number, { place: number; freeFrames: number }>;

/** Bars that had to go inside the box come out again after so many frames with room. */
const framesBeforeMovingOut = 15;
const insidePlace = -1;

/**
 * All marks of a picture. Faces are drawn smallest first, so that the largest stay on top.
 * @param memory Of the frame before, brought up to date; absent for stills.
 */
export function layoutFaces(faces: readonly AnnotatedFace[], width: number, height: number, memory: LayoutMemory = new Map()): Mark[] {
  const fontSize = fontSizeFor(width, height);
  const canvas = { x: 0, y: 0, width, height };
  const bySize = faces.toSorted((a, b) => b.box.width * b.box.height - a.box.width * a.box.height);
  const boxes = bySize.map((f) => clip(f.box, canvas));
  const visible = bySize.flatMap((face, i) => {
    const box = boxes[i];
    return box === undefined || box.width < 1 || box.height < 1 ? [] : [{ face, box }];
  });
  const chips: ReturnType<typeof placeChip>[] = [];
  for (const { face, box } of visible) chips.push(placeChip(face, box, canvas, fontSize, [...visible.filter((v) => v.box !== box).map((v) => v.box), ...chips.map((c) => c.rect)]));
  const obstacles = [...visible.map((v) => v.box), ...chips.map((c) => c.rect)];
  const panels = placePanels(visible, canvas, fontSize, obstacles, memory);
  const perFace = visible.map(({ face, box }, i) => {
    const panel = panels.get(face);
    const bars = panel === undefined ? insideBars(face, box, fontSize) : panelBars(face, panel.rect, panel.size);
    return [...frameMarks(box, emotionColors[face.label], fontSize), ...bars, ...(chips[i]?.marks ?? [])];
  });
  return perFace.toReversed().flat();
}

interface Seeker {
  readonly face: AnnotatedFace;
  readonly before: { readonly place: number; readonly freeFrames: number } | undefined;
  readonly places: readonly Panel[];
}

/**
 * A free place for each face's panel. A face keeps the place of the frame before where that is still free, unless more faces find
 * a place when all choose anew. Faces that find none are left out.
 */
function placePanels(visible: readonly { readonly face: AnnotatedFace; readonly box: Rect }[], canvas: Rect, fontSize: number, fixed: readonly Rect[], memory: LayoutMemory): Map<AnnotatedFace, Panel> {
  const seekers = visible.map(({ face, box }): Seeker => ({
    face,
    before: face.trackId === undefined ? undefined : memory.get(face.trackId),
    places: panelPlaces(box, canvas, fontSize).filter((p) => isFree(p.rect, fixed)),
  }));
  const steady = arrange(seekers, true);
  const anew = steady.size < seekers.length ? arrange(seekers, false) : steady;
  const placed = anew.size > steady.size ? anew : steady;
  for (const { face, before } of seekers) {
    if (face.trackId === undefined) continue;
    const panel = placed.get(face);
    // Bars that went inside come out only after a while, so that they do not flicker at the edge of a place.
    const freeFrames = panel === undefined ? 0 : (before?.freeFrames ?? 0) + 1;
    const stays = before?.place === insidePlace && freeFrames < framesBeforeMovingOut;
    if (stays) placed.delete(face);
    memory.set(face.trackId, { place: panel === undefined || stays ? insidePlace : panel.place, freeFrames });
  }
  return placed;
}

/** Gives out places: first to faces that keep theirs, then to those that have the fewest to choose from. */
function arrange(seekers: readonly Seeker[], keep: boolean): Map<AnnotatedFace, Panel> {
  const placed = new Map<AnnotatedFace, Panel>();
  const free = (places: readonly Panel[]) => places.filter((p) => isFree(p.rect, [...placed.values()].map((q) => q.rect)));
  for (const { face, before, places } of keep ? seekers : []) {
    const kept = free(places).find((p) => p.place === before?.place);
    if (kept !== undefined) placed.set(face, kept);
  }
  for (const { face, places } of seekers.filter((s) => !placed.has(s.face)).toSorted((a, b) => a.places.length - b.places.length)) {
    const [panel] = free(places);
    if (panel !== undefined) placed.set(face, panel);
  }
  return placed;
}

function isFree(rect: Rect, obstacles: readonly Rect[]): boolean {
  return obstacles.every((o) => overlap(rect, o) === 0);
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

interface Panel {
  readonly rect: Rect;
  readonly size: number;
  /** Number of the place: which side, and which size. */
  readonly place: number;
}

/** Places for the panel of bars that lie within the picture, best first, in two sizes of text. */
function panelPlaces(box: Rect, canvas: Rect, fontSize: number): Panel[] {
  const gap = Math.round(fontSize * 0.3);
  const chip = Math.ceil(fontSize * lineFactor);
  const sizes = new Set([Math.max(minPanelFont, Math.round(fontSize * 0.8)), minPanelFont]);
  return [...sizes].flatMap((size, sizeIndex) => {
    const { width, height } = panelSize(size);
    const top = clamp(box.y, 0, canvas.height - height);
    const low = clamp(box.y + box.height - height, 0, canvas.height - height);
    const x = clamp(box.x, 0, canvas.width - width);
    const right = box.x + box.width + gap;
    const left = box.x - width - gap;
    const below = box.y + box.height + gap;
    const corners = [
      [right, top],
      [left, top],
      [right, low],
      [left, low],
      [x, below],
      [x, below + chip],
      [x, box.y - height - gap - chip],
      [x, box.y - height - gap],
    ] as const;
    return corners
      .map(([cx, cy], i) => ({ rect: { x: cx, y: cy, width, height }, size, place: sizeIndex * corners.length + i }))
      .filter(({ rect: r }) => r.x >= 0 && r.y >= 0 && r.x + r.width <= canvas.width && r.y + r.height <= canvas.height);
  });
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
function insideBars(face: AnnotatedFace, box: Rect, fontSize: number): Mark[] {
  const height = Math.max(3, Math.round(Math.min(box.height * 0.28, fontSize * 3)));
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
