// Whether anything has moved since a picture was looked at last. Built to err on one side: what may be a movement is one, as the price of that is one
// look; and a look is due after a stated time whatever this says.

import type { AnyPicture, Frame } from "../core/frame.js";
import { brightnessAt, fourfoldBrightness } from "../core/planar.js";

/** Longest time of the video between two looks. */
export const longestPauseMs = 500;
/** Containers round their times to a millisecond. */
const roundingMs = 1;

/** Cells along the longer side (of about 10 pixels in a picture of 640), and how many pixels along each side of one are read. */
const cellsAlong = 64;
const samples = 3;

/** A cell, or four cells together, count as moved from so many standard deviations of the noise on, and from so many grey values. */
const deviations = 6;
const leastDifference = { one: 5, four: 2.5 } as const;
/** The noise is told from the picture itself, and may grow by so much from one picture to the next: what changes everywhere at once is no noise. */
const noiseGrowth = { factor: 1.2, plus: 0.05 } as const;
/** A change of light within the longest pause is at most by this factor, or a lamp has been switched on: worth a look. */
const mostLight = 1.15;
/** With more noise than this in a cell, faces could hide in it. Grey values. */
const mostNoise = 5;

/** The picture in cells: mean brightness of each, row by row. */
export interface Cells {
  readonly columns: number;
  readonly rows: number;
  readonly values: Float32Array;
}

/** Means of cells that are as square as the picture allows. */
export function cellsOf(picture: AnyPicture): Cells {
  const { width, height, data } = picture;
  const { step, black, gain } = brightnessAt(picture);
  const longer = Math.max(width, height);
  const columns = Math.max(1, Math.round((cellsAlong * width) / longer));
  const rows = Math.max(1, Math.round((cellsAlong * height) / longer));
  const across = Int32Array.from({ length: columns * samples }, (_, i) => step * Math.floor(((i + 0.5) * width) / (columns * samples)));
  const values = new Float32Array(columns * rows);
  for (let line = 0; line < rows * samples; line++) {
    const from = step * width * Math.floor(((line + 0.5) * height) / (rows * samples));
    const row = columns * Math.floor(line / samples);
    for (let column = 0, i = 0; column < columns; column++) {
      let sum = 0;
      for (const end = i + samples; i < end; i++) sum += fourfoldBrightness(data, from + across[i]!, step);
      values[row + column]! += sum;
    }
  }
  for (let i = 0; i < values.length; i++) values[i] = (values[i]! / (4 * samples * samples) - black) * gain;
  return { columns, rows, values };
}

/**
 * What is left of the difference of two pictures when a change of light (all values times one factor, plus another) is taken off: the
 * straight line through all cells by least squares, not too steep. Both of the same size.
 */
export function differenceWithoutLight(before: Cells, now: Cells): Float32Array {
  const [a, b] = [before.values, now.values];
  const n = a.length;
  let [sumA, sumB] = [0, 0];
  for (let i = 0; i < n; i++) {
    sumA += a[i]!;
    sumB += b[i]!;
  }
  const [meanA, meanB] = [sumA / n, sumB / n];
  let [dot, spread] = [0, 0];
  for (let i = 0; i < n; i++) {
    dot += (a[i]! - meanA) * (b[i]! - meanB);
    spread += (a[i]! - meanA) ** 2;
  }
  const gain = spread > n ? Math.min(mostLight, Math.max(1 / mostLight, dot / spread)) : 1;
  const left = new Float32Array(n);
  for (let i = 0; i < n; i++) left[i] = b[i]! - meanB - gain * (a[i]! - meanA);
  return left;
}

/** Standard deviation of most of the values: from the median size of every third, which a movement in less than half of the picture does not touch. */
export function noiseOf(difference: Float32Array): number {
  const sizes = Float32Array.from({ length: Math.ceil(difference.length / 3) }, (_, i) => Math.abs(difference[3 * i]!)).toSorted();
  return 1.4826 * sizes[sizes.length >> 1]!;
}

/** Whether a cell, or four neighbours together, differ by more than noise. Written so that a NaN has moved. */
export function hasMoved(difference: Float32Array, columns: number, noise: number): boolean {
  const one = Math.max(leastDifference.one, deviations * noise);
  const four = 4 * Math.max(leastDifference.four, (deviations * noise) / 2);
  for (let i = 0; i < difference.length; i++) {
    if (!(Math.abs(difference[i]!) <= one)) return true;
    if (i < columns || i % columns === 0) continue;
    if (!(Math.abs(difference[i]! + difference[i - 1]! + difference[i - columns]! + difference[i - columns - 1]!) <= four)) return true;
  }
  return false;
}

type GateFrame = Pick<Frame, "epoch" | "ptsMs" | "picture">;

interface Look {
  readonly cells: Cells;
  readonly epoch: number;
  readonly ptsMs: number;
}

/** Compares the pictures of one stream with the one that was looked at last. */
export class MotionGate {
  #look: Look | undefined;
  /** Of the last picture that was compared, so that a look at it need not read it again. */
  #compared: Look | undefined;
  #noise = 0;
  #lastMs = 0;

  /** Whether a frame needs no look: it shows what the last look showed, and that was not long ago. Frames come in seq order. */
  isStill({ epoch, ptsMs, picture }: GateFrame): boolean {
    const intervalMs = ptsMs - this.#lastMs;
    this.#lastMs = ptsMs;
    const look = this.#look;
    // The one after this, coming as late as this one did, would be too late.
    if (look === undefined || epoch !== look.epoch || ptsMs + intervalMs - look.ptsMs > longestPauseMs + roundingMs) return false;
    const cells = cellsOf(picture);
    this.#compared = { cells, epoch, ptsMs };
    return isSameSize(cells, look.cells) && !this.#moved(look.cells, cells);
  }

  /** The frame is looked at: from now on others are compared with it. */
  look({ epoch, ptsMs, picture }: GateFrame): void {
    const compared = this.#compared;
    const cells = compared?.epoch === epoch && compared.ptsMs === ptsMs ? compared.cells : cellsOf(picture);
    // The noise of a new scene is not known.
    if (this.#look !== undefined && (this.#look.epoch !== epoch || !isSameSize(this.#look.cells, cells))) this.#noise = 0;
    this.#look = { cells, epoch, ptsMs };
  }

  /** What is looked at now is not compared with anything. */
  forget(): void {
    this.#look = undefined;
    this.#compared = undefined;
  }

  #moved(before: Cells, now: Cells): boolean {
    const difference = differenceWithoutLight(before, now);
    this.#noise = Math.min(noiseOf(difference), noiseGrowth.factor * this.#noise + noiseGrowth.plus);
    return this.#noise > mostNoise || hasMoved(difference, now.columns, this.#noise);
  }
}

function isSameSize(one: Cells, other: Cells): boolean {
  return one.columns === other.columns && one.rows === other.rows;
}
