// Draws marks into rgb24 pixels. Fast enough for every frame of a video: rectangles and ready-made text masks only.

import type { Mark } from "./layout.js";

/** Pixels that may be drawn on: rgb24, rows top first, no padding. */
export interface Canvas {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Coverage of a text, 0 to 255 a pixel, rows top first. */
export interface TextMask {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** Draws one mark; what lies outside the canvas is left out. `mask` is needed for texts. */
export function drawMark(canvas: Canvas, mark: Mark, mask?: TextMask): void {
  const [r, g, b] = parseColor(mark.color);
  if (mark.kind === "rect") {
    fillRect(canvas, mark, r, g, b);
  } else if (mask !== undefined) {
    drawMask(canvas, mark.x, mark.y, mask, r, g, b);
  }
}

function fillRect(canvas: Canvas, rect: Extract<Mark, { kind: "rect" }>, r: number, g: number, b: number): void {
  const x0 = Math.max(0, rect.x);
  const x1 = Math.min(canvas.width, rect.x + rect.width);
  const y1 = Math.min(canvas.height, rect.y + rect.height);
  // Fixed point: 256 is opaque.
  const alpha = Math.round(rect.opacity * 256);
  const { data } = canvas;
  for (let y = Math.max(0, rect.y); y < y1; y += 1) {
    for (let i = (y * canvas.width + x0) * 3, end = (y * canvas.width + x1) * 3; i < end; i += 3) blend(data, i, r, g, b, alpha);
  }
}

function drawMask(canvas: Canvas, x: number, y: number, mask: TextMask, r: number, g: number, b: number): void {
  for (let my = 0; my < mask.height; my += 1) {
    const cy = y + my;
    if (cy < 0 || cy >= canvas.height) continue;
    for (let mx = 0; mx < mask.width; mx += 1) {
      const cx = x + mx;
      if (cx < 0 || cx >= canvas.width) continue;
      const coverage = mask.data[my * mask.width + mx] ?? 0;
      if (coverage > 0) blend(canvas.data, (cy * canvas.width + cx) * 3, r, g, b, coverage + (coverage >> 7));
    }
  }
}

function blend(data: Uint8Array, i: number, r: number, g: number, b: number, alpha: number): void {
  const rest = 256 - alpha;
  data[i] = ((data[i] ?? 0) * rest + r * alpha) >> 8;
  data[i + 1] = ((data[i + 1] ?? 0) * rest + g * alpha) >> 8;
  data[i + 2] = ((data[i + 2] ?? 0) * rest + b * alpha) >> 8;
}

function parseColor(color: string): [number, number, number] {
  const value = Number.parseInt(color.slice(1), 16);
  return [value >> 16, (value >> 8) & 255, value & 255];
}
