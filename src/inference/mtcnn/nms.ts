// Non-maximum suppression: of boxes that overlap too much, only the surest stays. Pure.

import type { Box } from "../../core/geometry.js";

/** `union`: intersection over union; `min`: intersection over the smaller area, which also takes out boxes inside others (the paper's last stage). */
export type NmsMode = "union" | "min";

export interface ScoredBox extends Box {
  readonly score: number;
}

/**
 * Boxes in the order of their scores (equal ones in their own order), without those that overlap a better one by more than `threshold`; at most `most`.
 * Time grows with the number of boxes times the number kept: bound either.
 */
export function nms<B extends ScoredBox>(boxes: readonly B[], threshold: number, most = Infinity, mode: NmsMode = "union"): B[] {
  const kept: B[] = [];
  for (const box of boxes.toSorted((a, b) => b.score - a.score)) {
    if (kept.length >= most) break;
    if (!kept.some((better) => overlap(better, box, mode) > threshold)) kept.push(box);
  }
  return kept;
}

/** The `most` boxes with the highest scores, in that order. */
export function surest<B extends ScoredBox>(boxes: readonly B[], most: number): B[] {
  const sorted = boxes.toSorted((a, b) => b.score - a.score);
  return sorted.length > most ? sorted.slice(0, most) : sorted;
}

function overlap(a: Box, b: Box, mode: NmsMode): number {
  const width = Math.min(a.x + a.width, b.x + b.width) - Math.max(a.x, b.x);
  if (width <= 0) return 0;
  const height = Math.min(a.y + a.height, b.y + b.height) - Math.max(a.y, b.y);
  if (height <= 0) return 0;
  const both = width * height;
  const [areaA, areaB] = [a.width * a.height, b.width * b.height];
  return both / (mode === "union" ? areaA + areaB - both : Math.min(areaA, areaB));
}
