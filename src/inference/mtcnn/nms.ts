// Non-maximum suppression: of boxes that overlap too much, only the surest stays; WebAssembly compares two at a time (assembly/suppress.ts).

import type { Box } from "../../core/geometry.js";
// oxlint-disable-next-line no-restricted-imports -- kernels lie a level up, beside the crops that have some, too
import { KernelMemory } from "../kernels.js";

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
  suppress(at: number, room: number, count: number, threshold: number, ofSmaller: boolean, most: number, considered: number): number;
}

/** Of each box, in the kernel's memory. */
interface Columns {
  readonly left: Float64Array;
  readonly top: Float64Array;
  readonly right: Float64Array;
  readonly bottom: Float64Array;
  readonly area: Float64Array;
  readonly score: Float64Array;
}

let memory: KernelMemory<Kernels> | undefined;

/**
 * Boxes in the order of their scores (equal ones in their own order), without those that overlap a better one by more than `threshold`; at most `most`.
 * Time grows with the number of boxes times the number kept: bound either. @throws AppError `engine_unavailable` when the package has not been built
 */
export function nms<B extends ScoredBox>(boxes: readonly B[], threshold: number, most = Infinity, mode: NmsMode = "union"): B[] {
  if (boxes.length < 2) return boxes.slice(0, most);
  const table = new BoxTable(boxes.length);
  for (const { x, y, width, height, score } of boxes) table.put(x, y, width, height, score);
  return Array.from(table.suppress(threshold, { most, mode }), (i) => boxes[i]!);
}

/** Boxes that lie in the kernel's memory from the first: where hundreds come and few stay, only these become objects. One at a time: the next table takes the memory of the last. */
export class BoxTable {
  readonly #room: number;
  readonly #columns: Columns;
  #count = 0;

  /** For at most so many boxes. @throws AppError `engine_unavailable` when the package has not been built */
  constructor(most: number) {
    memory ??= new KernelMemory<Kernels>("suppress");
    // An even number, and one more for what the kernel writes after the last box that it keeps.
    const room = 2 * Math.ceil((most + 1) / 2);
    memory.reserve(start + columns * 8 * room + 4 * room);
    const { buffer } = memory;
    const column = (i: number) => new Float64Array(buffer, start + i * 8 * room, room);
    this.#room = room;
    this.#columns = { left: column(0), top: column(1), right: column(2), bottom: column(3), area: column(4), score: column(5) };
  }

  /** Adds a box. */
  put(x: number, y: number, width: number, height: number, score: number): void {
    const { left, top, right, bottom, area, score: scores } = this.#columns;
    const i = this.#count++;
    left[i] = x;
    top[i] = y;
    right[i] = x + width;
    bottom[i] = y + height;
    area[i] = width * height;
    scores[i] = score;
  }

  /** Numbers of the boxes that stay, as they were put, the surest first; only the `considered` surest are looked at. Valid until the next table. */
  suppress(threshold: number, { most = Infinity, mode = "union", considered = Infinity }: { readonly most?: number; readonly mode?: NmsMode; readonly considered?: number } = {}): Int32Array {
    const { kernels, buffer } = memory!;
    const kept = kernels.suppress(start, this.#room, this.#count, threshold, mode === "min", Math.min(this.#count, most), Math.min(this.#count, considered));
    return new Int32Array(buffer, start + columns * 8 * this.#room, kept);
  }

  /** The box that was put as the i-th. */
  at(i: number): ScoredBox {
    const { left, top, right, bottom, score } = this.#columns;
    return { x: left[i]!, y: top[i]!, width: right[i]! - left[i]!, height: bottom[i]! - top[i]!, score: score[i]! };
  }
}

/** The `most` boxes with the highest scores, in that order. */
export function surest<B extends ScoredBox>(boxes: readonly B[], most: number): B[] {
  const sorted = boxes.toSorted((a, b) => b.score - a.score);
  return sorted.length > most ? sorted.slice(0, most) : sorted;
}
