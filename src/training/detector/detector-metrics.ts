// How well detections fit labels: matching at an overlap, average precision, and the shift between two conventions of what a face's box is. Pure.

import { iou, type Box, type Landmarks } from "../../core/geometry.js";

export interface Found {
  readonly box: Box;
  readonly score: number;
}

/** For each detection of a photo the label it stands for, or -1; surest first, each label once. */
export function matchLabels(found: readonly Found[], labels: readonly Box[], minOverlap = 0.5): number[] {
  const matched = Array<number>(found.length).fill(-1);
  const taken = new Set<number>();
  const order = found.map((_, i) => i).toSorted((a, b) => found[b]!.score - found[a]!.score || a - b);
  for (const i of order) {
    let [best, overlap] = [-1, minOverlap];
    for (const [k, label] of labels.entries()) {
      const value = taken.has(k) ? 0 : iou(found[i]!.box, label);
      if (value >= overlap) [best, overlap] = [k, value];
    }
    if (best === -1) continue;
    matched[i] = best;
    taken.add(best);
  }
  return matched;
}

/** A detection over all photos: how sure, and whether it stands for a label. */
export interface Judged {
  readonly score: number;
  readonly right: boolean;
}

/** A point of the precision-recall curve. */
export type PrecisionRecall = readonly [recall: number, precision: number];

/** Precision over recall, a point for each detection from the surest on; the precision is the best at this recall or a higher one (all-point interpolation). */
export function precisionRecall(judged: readonly Judged[], labels: number): PrecisionRecall[] {
  let right = 0;
  const curve = judged.toSorted((a, b) => b.score - a.score).map(({ right: hit }, i): [number, number] => {
    if (hit) right++;
    return [labels === 0 ? 0 : right / labels, right / (i + 1)];
  });
  for (let i = curve.length - 2; i >= 0; i--) curve[i]![1] = Math.max(curve[i]![1], curve[i + 1]![1]);
  return curve;
}

/** Area under the curve of `precisionRecall`, 0 to 1. */
export function averagePrecision(curve: readonly PrecisionRecall[]): number {
  let [area, before] = [0, 0];
  for (const [recall, precision] of curve) {
    area += (recall - before) * precision;
    before = recall;
  }
  return area;
}

/** What turns a detector's boxes into those of a set: moved by shares of their size, then grown. */
export interface BoxShift {
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

const noShift: BoxShift = { x: 0, y: 0, width: 1, height: 1 };

/** The median shift from found boxes to the labels they overlap by at least 0.3; none for fewer than 5 pairs. */
export function medianShift(photos: readonly { readonly found: readonly Found[]; readonly labels: readonly Box[] }[]): BoxShift {
  const pairs = photos.flatMap(({ found, labels }) => matchLabels(found, labels, 0.3).flatMap((k, i) => (k === -1 ? [] : [{ from: found[i]!.box, to: labels[k]! }])));
  if (pairs.length < 5) return noShift;
  const over = (f: (p: (typeof pairs)[number]) => number) => median(pairs.map(f));
  return {
    x: over(({ from, to }) => (to.x + to.width / 2 - from.x - from.width / 2) / from.width),
    y: over(({ from, to }) => (to.y + to.height / 2 - from.y - from.height / 2) / from.height),
    width: over(({ from, to }) => to.width / from.width),
    height: over(({ from, to }) => to.height / from.height),
  };
}

export function shiftBox({ x, y, width, height }: Box, shift: BoxShift): Box {
  const [w, h] = [width * shift.width, height * shift.height];
  return { x: x + width / 2 + shift.x * width - w / 2, y: y + height / 2 + shift.y * height - h / 2, width: w, height: h };
}

/** Mean distance of five points from where they should be, as a share of the distance between the eyes. */
export function pointError(found: Landmarks, truth: Landmarks): number {
  const eyes = Math.hypot(truth[0][0] - truth[1][0], truth[0][1] - truth[1][1]);
  return found.reduce((sum, [x, y], i) => sum + Math.hypot(x - truth[i]![0], y - truth[i]![1]), 0) / 5 / Math.max(1e-6, eyes);
}

export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const half = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[half]! : (sorted[half - 1]! + sorted[half]!) / 2;
}
