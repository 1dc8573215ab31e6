// The picture that faces are looked for in, with its half-size copies, and samples of it as inputs of the nets: in the memory of a WebAssembly module
// (assembly/pixels.ts), whose vectors take several bytes at a time where JavaScript takes one. Whatever is looked at small is read from the copy that is
// not more than twice as fine, so that every pixel counts and none is read twice. The same in training and serving.

import type { Picture } from "../../core/frame.js";
import { halvingSizes, levelFor, type Size } from "./halvings.js";
import { KernelMemory } from "./kernels.js";

/** How pixels become inputs: `(value - mean) / deviation`. */
export interface PixelScale {
  readonly mean: number;
  readonly deviation: number;
}

/**
 * `width` x `height` samples that cover a rectangle of the picture evenly: sample (0, 0) lies half a step inside its corner. With a negative `stepX` they run to the left: a
 * mirror image.
 */
export interface Grid {
  readonly x: number;
  readonly y: number;
  readonly stepX: number;
  readonly stepY: number;
  readonly width: number;
  readonly height: number;
}

/** The grid of `width` x `height` over a rectangle in pixels of the picture. */
export function gridOver(area: { readonly x: number; readonly y: number; readonly width: number; readonly height: number }, width: number, height: number): Grid {
  return { x: area.x, y: area.y, stepX: area.width / width, stepY: area.height / height, width, height };
}

/** What the module exports; addresses and sizes in bytes. */
interface Kernels {
  halve(from: number, width: number, to: number, toWidth: number, toHeight: number): void;
  sample(level: number, levelWidth: number, levelHeight: number, x: number, y: number, stepX: number, stepY: number, width: number, height: number, table: number, blended: number, out: number, gain: number, lift: number): void;
}

/** A copy of the picture and where it lies, bytes. */
interface Level extends Size {
  readonly at: number;
}

/** Vectors read and write up to so many bytes beyond the end of a row. */
const slack = 32;
/** Where a part of the memory may begin, bytes. */
const alignment = 64;

/** One picture at a time, and its inputs. Owns their memory, which grows with the largest picture and input. Made without a build it throws AppError `engine_unavailable`. */
export class Pixels {
  readonly #memory = new KernelMemory<Kernels>("pixels");
  #levels: readonly Level[] = [];
  /** Where columns of a grid, a row of mixed pixels and the inputs lie: after the levels, in this order. */
  #table = 0;

  /** Takes a copy of `picture` and halves it; what was there before is gone. */
  load(picture: Picture): void {
    let end = 0;
    this.#levels = halvingSizes(picture).map((size) => {
      const at = end;
      end = aligned(at + size.width * size.height * 3 + slack);
      return { ...size, at };
    });
    this.#table = end;
    this.#memory.reserve(end);
    new Uint8Array(this.#memory.buffer, 0, picture.data.length).set(picture.data);
    for (const [i, { width, height, at }] of this.#levels.entries()) {
      const finer = this.#levels[i - 1];
      if (finer !== undefined) this.#memory.kernels.halve(finer.at, finer.width, at, width, height);
    }
  }

  /** The picture and its half-size copies, finest first, valid until the next call of any method. */
  get levels(): readonly Picture[] {
    return this.#levels.map(({ width, height, at }) => ({ width, height, pixelFormat: "rgb24", data: new Uint8Array(this.#memory.buffer, at, width * height * 3) }));
  }

  /** Red, green and blue planes of each of `grids` after one another, `3 * width * height` floats each. Beyond the picture its border is repeated. Valid until the next call of any method. */
  sample(grids: readonly Grid[], { mean, deviation }: PixelScale): Float32Array {
    const widest = grids.reduce((most, { width }) => Math.max(most, width), 0);
    const values = grids.reduce((sum, { width, height }) => sum + 3 * width * height, 0);
    const table = this.#table;
    const blended = aligned(table + widest * 8);
    const input = aligned(blended + (this.#levels[0]?.width ?? 0) * 12 + 4 * slack);
    this.#memory.reserve(input + values * 4 + slack);
    let out = input;
    for (const { x, y, stepX, stepY, width, height } of grids) {
      const { level, shrink } = levelFor(this.#levels, Math.min(Math.abs(stepX), stepY));
      this.#memory.kernels.sample(level.at, level.width, level.height, x / shrink, y / shrink, stepX / shrink, stepY / shrink, width, height, table, blended, out, 1 / deviation, -mean / deviation);
      out += 12 * width * height;
    }
    return new Float32Array(this.#memory.buffer, input, values);
  }
}

const aligned = (at: number): number => Math.ceil(at / alignment) * alignment;
