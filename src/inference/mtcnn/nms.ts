// Non-maximum suppression: of boxes that overlap too much, only the surest stays; WebAssembly compares two at a time (assembly/suppress.ts).

import type { Box } from "../../core/geometry.js";
import { KernelMemory } from "./kernels.js";

/** `union`: intersection over union; `min`: intersection over the smaller area, which also takes out boxes inside others (the paper's last stage). */
export type NmsMode = "union" | "min";

export interface ScoredBox extends Box {
  readonly score: number;
}

/** Doubles for each box: edges, area and score, and what is kept of them. */
const columns = 11;
/** Nothing of the module's own lies there. */
const start = 64;

interface Kernels {
  suppress(at: number, room: number, count: number, threshold: number, ofSmaller: boolean, most: number): number;
}

let memory: KernelMemory<Kernels> | undefined;

/**
 * Boxes in the order of their scores (equal ones in their own order), without those that overlap a better one by more than `threshold`; at most `most`.
 * Time grows with the number of boxes times the number kept: bound either. @throws AppError `engine_unavailable` when the package has not been built
 */
export function nms<B extends ScoredBox>(boxes: readonly B[], threshold: number, most = Infinity, mode: NmsMode = "union"): B[] {
  if (boxes.length < 2) return boxes.slice(0, most);
  memory ??= new KernelMemory<Kernels>("suppress");
  // An even number, and one more for what the kernel writes after the last box that it keeps.
  const room = 2 * Math.ceil((boxes.length + 1) / 2);
  const order = start + columns * 8 * room;
  memory.reserve(order + 4 * room);
  const table = new Float64Array(memory.buffer, start, 6 * room);
  for (const [i, { x, y, width, height, score }] of boxes.entries()) {
    table[i] = x;
    table[room + i] = y;
    table[2 * room + i] = x + width;
    table[3 * room + i] = y + height;
    table[4 * room + i] = width * height;
    table[5 * room + i] = score;
  }
  const kept = memory.kernels.suppress(start, room, boxes.length, threshold, mode === "min", Math.min(boxes.length, most));
  return Array.from(new Int32Array(memory.buffer, order, kept), (i) => boxes[i]!);
}

/** The `most` boxes with the highest scores, in that order. */
export function surest<B extends ScoredBox>(boxes: readonly B[], most: number): B[] {
  const sorted = boxes.toSorted((a, b) => b.score - a.score);
  return sorted.length > most ? sorted.slice(0, most) : sorted;
}
