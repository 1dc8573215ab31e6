// The check that picture and overlay belong together, for any page that shows the viewer: the number painted into the picture, read back
// from the canvas in the task that drew it, must be the seq of the overlay.

import { expect } from "vitest";
import type { Page } from "puppeteer-core";
import { barCodeBits, barCodeRowHeight, barCodeWidth } from "./bar-code.js";
import { drawings, recordDrawings } from "./in-page.js";

/** One drawing as the page saw it. `code` is the number in the picture, -1 where none could be read. */
export interface Drawing {
  readonly seq: number;
  readonly overlaySeq: number;
  readonly faces: number;
  readonly code: number;
}

/** The painted picture's size, since blocks are whole pixels of it, and how its code follows from a seq. */
export interface PaintedSource {
  readonly width: number;
  readonly height: number;
  readonly codeOf: (seq: number) => number;
}

/** Selector of a stream's canvas. */
export function canvasOf(streamId: string): string {
  return `[data-stream="${streamId}"] canvas[data-overlay-seq]`;
}

/** Notes at least `count` drawings of the stream and returns them all. */
export async function watchDrawings(page: Page, streamId: string, source: PaintedSource, count: number): Promise<Drawing[]> {
  const selector = canvasOf(streamId);
  await page.waitForSelector(selector);
  await page.evaluate(recordDrawings, selector, {
    bits: barCodeBits,
    width: barCodeWidth,
    rowHeight: barCodeRowHeight,
    pictureWidth: source.width,
    pictureHeight: source.height,
  });
  await page.waitForFunction(`window.drawings.length >= ${count}`, { polling: 100, timeout: 90_000 });
  return page.evaluate(drawings);
}

/** Every drawing: overlay and picture of one frame, the picture that frame's in truth; never back to an older frame. */
export function expectFrameExact(all: readonly Drawing[], source: PaintedSource): void {
  expect(all.filter((d) => d.code !== source.codeOf(d.overlaySeq) || d.seq !== d.overlaySeq)).toEqual([]);
  const seqs = all.map((d) => d.overlaySeq);
  expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
}
