// The picture that faces are looked for in, with its half-size copies, and samples of it as inputs of the nets: in the memory of a WebAssembly module
// (assembly/pixels.ts), whose vectors take several bytes at a time where JavaScript takes one. Whatever is looked at small is read from the copy that is
// not more than twice as fine, so that every pixel counts and none is read twice. The same in training and serving.

import type { AnyPicture, Picture, PlanarPicture } from "../../core/frame.js";
import { fixedCoefficientsOf, planesOf } from "../../core/planar.js";
import { halvingSizes, levelFor, type Size } from "./halvings.js";
// oxlint-disable-next-line no-restricted-imports -- kernels lie a level up, beside the crops that have some, too
import { aligned, KernelMemory, pixelAt, type Part } from "../kernels.js";

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
  fromPlanes(y: number, u: number, v: number, width: number, left: number, top: number, right: number, bottom: number, to: number, spare: number, lumaGain: number, redOfV: number, greenOfU: number, greenOfV: number, blueOfU: number): void;
  halve(from: number, width: number, to: number, toWidth: number, left: number, top: number, right: number, bottom: number): void;
  sample(level: number, levelWidth: number, levelHeight: number, x: number, y: number, stepX: number, stepY: number, width: number, height: number, table: number, blended: number, out: number, gain: number, lift: number): void;
}

/** A copy of the picture, where it lies, bytes, and which of its tiles are there. */
interface Level extends Size {
  readonly at: number;
  readonly columns: number;
  readonly isMade: Uint8Array;
}

/** Vectors read up to so many bytes beyond the end of a row. */
const slack = 32;
/** Levels are made tile by tile, as samples ask for them: where faces are followed, most of the picture is never looked at. Pixels, multiples of 16. */
const tile = { width: 64, height: 32 } as const;
/** Room for pixels at the end of a row, see fromPlanes. */
const spareBytes = 64;

/** One picture at a time, and its inputs. Owns their memory, which grows with the largest picture and input. Made without a build it throws AppError `engine_unavailable`. */
export class Pixels {
  readonly #memory = new KernelMemory<Kernels>("pixels");
  #levels: readonly Level[] = [];
  /** Writes a part of the first level; absent where it is there as it came. */
  #convert: ((part: Part) => void) | undefined;
  /** Where columns of a grid, a row of mixed pixels and the inputs lie: after the levels and planes, in this order. */
  #table = 0;

  /** Takes a copy of `picture`; what was there before is gone. */
  load(picture: AnyPicture): void {
    let end = 0;
    this.#levels = halvingSizes(picture).map((size) => {
      const at = end;
      end = aligned(at + size.width * size.height * 3 + slack);
      const columns = Math.ceil(size.width / tile.width);
      return { ...size, at, columns, isMade: new Uint8Array(columns * Math.ceil(size.height / tile.height)) };
    });
    const isPlanar = picture.pixelFormat === "yuv420p";
    const from = isPlanar ? end : 0;
    this.#table = isPlanar ? aligned(end + picture.data.length + slack) + spareBytes : end;
    this.#memory.reserve(this.#table);
    new Uint8Array(this.#memory.buffer, from, picture.data.length).set(picture.data);
    this.#convert = isPlanar ? this.#converter(picture, from) : undefined;
  }

  /** The picture and its half-size copies, finest first, valid until the next call of any method. */
  get levels(): readonly Picture[] {
    return this.#levels.map(({ width, height, at }, i) => {
      this.#make(i, { left: 0, top: 0, right: width, bottom: height });
      return { width, height, pixelFormat: "rgb24", data: new Uint8Array(this.#memory.buffer, at, width * height * 3) };
    });
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
    for (const grid of grids) {
      const { level, shrink } = levelFor(this.#levels, Math.min(Math.abs(grid.stepX), grid.stepY));
      const [x, y, stepX, stepY] = [grid.x / shrink, grid.y / shrink, grid.stepX / shrink, grid.stepY / shrink];
      const { width, height } = grid;
      this.#make(this.#levels.indexOf(level), partUnder(level, x, y, x + width * stepX, y + height * stepY));
      this.#memory.kernels.sample(level.at, level.width, level.height, x, y, stepX, stepY, width, height, table, blended, out, 1 / deviation, -mean / deviation);
      out += 12 * width * height;
    }
    return new Float32Array(this.#memory.buffer, input, values);
  }

  /** Sees to it that a part of a level is there. */
  #make(index: number, { left, top, right, bottom }: Part): void {
    if (index === 0 && this.#convert === undefined) return;
    const { width, height, columns, isMade } = this.#levels[index]!;
    for (let row = Math.floor(top / tile.height); row * tile.height < bottom; row++) {
      for (let column = Math.floor(left / tile.width); column * tile.width < right; column++) {
        if (isMade[row * columns + column] === 1) continue;
        isMade[row * columns + column] = 1;
        this.#makeTile(index, { left: column * tile.width, top: row * tile.height, right: Math.min(width, (column + 1) * tile.width), bottom: Math.min(height, (row + 1) * tile.height) });
      }
    }
  }

  #makeTile(index: number, part: Part): void {
    const finer = this.#levels[index - 1];
    if (finer === undefined) {
      this.#convert?.(part);
      return;
    }
    const { left, top, right, bottom } = part;
    this.#make(index - 1, { left: 2 * left, top: 2 * top, right: 2 * right, bottom: 2 * bottom });
    const { at, width } = this.#levels[index]!;
    this.#memory.kernels.halve(finer.at, finer.width, at, width, left, top, right, bottom);
  }

  /** Planes lie at `at`, and behind them there is room for pixels at the end of a row. */
  #converter(picture: PlanarPicture, at: number): (part: Part) => void {
    const { width } = picture;
    const { u, v } = planesOf(picture);
    const { luma, redOfV, greenOfU, greenOfV, blueOfU } = fixedCoefficientsOf(picture.matrix);
    const spare = this.#table - spareBytes;
    return ({ left, top, right, bottom }) => this.#memory.kernels.fromPlanes(at, at + u, at + v, width, left, top, right, bottom, 0, spare, luma, redOfV, greenOfU, greenOfV, blueOfU);
  }
}

/** The pixels that samples between two corners are mixed of, whichever is left or above. */
function partUnder({ width, height }: Size, x: number, y: number, endX: number, endY: number): Part {
  return { left: pixelAt(Math.min(x, endX) - 1, width), top: pixelAt(Math.min(y, endY) - 1, height), right: pixelAt(Math.max(x, endX) + 1, width) + 1, bottom: pixelAt(Math.max(y, endY) + 1, height) + 1 };
}
