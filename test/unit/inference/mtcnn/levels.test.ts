import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Picture } from "../../../../src/core/frame.js";
import { rgbOf } from "../../../../src/core/planar.js";
import { levelFor } from "../../../../src/inference/mtcnn/halvings.js";
import { Pixels, type Grid } from "../../../../src/inference/mtcnn/pixels.js";
import { imagePyramid } from "../../../../src/inference/mtcnn/pyramid.js";
import { noisePicture, pixelsOf, planarNoise } from "../../../support/pixels.js";

const side = (max: number) => fc.integer({ min: 1, max });
const pictures = (max: number) => fc.record({ width: side(max), height: side(max), seed: fc.integer({ min: 0, max: 9999 }) }).map(({ width, height, seed }) => noisePicture(width, height, seed));

// One for all pictures: what a larger one left behind must not show.
const pixels = new Pixels();

describe("half-size copies", () => {
  it("hold the rounded mean of four pixels each, and end below 24 pixels", () => {
    fc.assert(
      fc.property(pictures(120), (picture) => {
        pixels.load(picture);
        const { levels } = pixels;
        expect(levels[0]).toEqual(picture);
        for (const [i, level] of levels.entries()) {
          expect(level.data).toHaveLength(level.width * level.height * 3);
          expect(Math.min(level.width, level.height) >= 24).toBe(i + 1 < levels.length);
          if (i === 0) continue;
          const fine = levels[i - 1]!;
          expect([level.width, level.height]).toEqual([Math.floor(fine.width / 2), Math.floor(fine.height / 2)]);
          const wrong: string[] = [];
          for (let y = 0; y < level.height; y++) {
            for (let x = 0; x < level.width; x++) {
              for (let c = 0; c < 3; c++) {
                const four = [[0, 0], [1, 0], [0, 1], [1, 1]].map(([dx, dy]) => at(fine, 2 * x + dx!, 2 * y + dy!, c));
                if (at(level, x, y, c) !== Math.round(four.reduce((a, b) => a + b) / 4)) wrong.push(`${x},${y},${c} of level ${i}`);
              }
            }
          }
          expect(wrong).toEqual([]);
        }
      }),
      { numRuns: 60 },
    );
  });

  it("are read at the coarsest that is still as fine as the samples lie apart", () => {
    fc.assert(
      fc.property(fc.double({ min: 0.01, max: 300, noNaN: true }), fc.integer({ min: 1, max: 6 }), (step, count) => {
        const levels = Array.from({ length: count }, () => noisePicture(1, 1, 1));
        const { level, shrink } = levelFor(levels, step);
        let k = 0;
        while (k + 1 < count && 2 ** (k + 1) <= step) k++;
        expect(level).toBe(levels[k]);
        expect(shrink).toBe(2 ** k);
      }),
    );
  });
});

describe("samples of a picture with its copies", () => {
  it("are the same of planes as of the RGB they stand for, whichever part is looked at first", () => {
    const step = fc.double({ min: 0.2, max: 12, noNaN: true });
    const place = fc.double({ min: -60, max: 250, noNaN: true });
    const grid = fc.record({ x: place, y: place, stepX: fc.oneof(step, step.map((s) => -s)), stepY: step, width: side(30), height: side(30) });
    const size = fc.record({ width: side(220), height: side(120), seed: fc.nat(9999), matrix: fc.constantFrom("bt601", "bt709") });
    fc.assert(
      fc.property(size, fc.array(grid, { minLength: 1, maxLength: 5 }), ({ width, height, seed, matrix }, grids) => {
        const planes = planarNoise(width, height, seed, matrix);
        const scale = { mean: 0, deviation: 1 };
        pixels.load(planes);
        const parts = grids.map((one) => pixels.sample([one], scale).slice());
        pixels.load(rgbOf(planes));
        expect(parts).toEqual(grids.map((one) => pixels.sample([one], scale).slice()));
        const whole = pixels.levels.map(({ data }) => data.slice());
        pixels.load(planes);
        expect(pixels.levels.map(({ data }) => data.slice())).toEqual(whole);
      }),
      { numRuns: 150 },
    );
  });

  it("equal a slow bilinear reading of the right copy, for any grid, inside the picture and outside", () => {
    const step = fc.double({ min: 0.2, max: 12, noNaN: true });
    const place = fc.double({ min: -150, max: 150, noNaN: true });
    const grids = fc.record({ x: place, y: place, stepX: step, stepY: step, width: side(9), height: side(9) });
    fc.assert(
      fc.property(pictures(110), grids, (picture, grid) => {
        pixels.load(picture);
        const out = pixels.sample([grid], { mean: 127.5, deviation: 128 }).slice();
        expect(out).toHaveLength(3 * grid.width * grid.height);
        const slow = slowSamples(pixels.levels, grid);
        for (const [i, value] of slow.entries()) {
          // A sample lies at most half of 1/1024 of a pixel too high or too low: an eighth of a grey value.
          expect(Math.abs(out[i]! - (value - 127.5) / 128)).toBeLessThan(0.125 / 128 + 1e-5);
        }
      }),
      { numRuns: 150 },
    );
  });
});

describe("samples of several grids", () => {
  it("follow one another, and a grid that runs to the left is the mirror image of its twin", () => {
    pixels.load(noisePicture(90, 70, 3));
    const scale = { mean: 127.5, deviation: 128 };
    const grid: Grid = { x: 7.3, y: -4, stepX: 1.7, stepY: 1.2, width: 7, height: 5 };
    const mirrored = { ...grid, x: grid.x + grid.stepX * grid.width, stepX: -grid.stepX };
    const other: Grid = { x: 20, y: 10, stepX: 3, stepY: 3, width: 13, height: 2 };
    const [one, two, three] = [grid, mirrored, other].map((g) => pixels.sample([g], scale).slice()) as [Float32Array, Float32Array, Float32Array];
    expect([...pixels.sample([grid, mirrored, other], scale)]).toEqual([...one, ...two, ...three]);
    const turned = Array.from(one, (_, i) => one[i - (i % grid.width) + grid.width - 1 - (i % grid.width)]!);
    expect([...two].map((value, i) => Math.abs(value - turned[i]!)).every((apart) => apart < 1e-5)).toBe(true);
  });

  it("are what they are, whatever was looked at before, larger or smaller", () => {
    const scale = { mean: 0, deviation: 1 };
    const grid: Grid = { x: 0, y: 0, stepX: 2.5, stepY: 2.5, width: 12, height: 12 };
    for (const [seed, width] of [[1, 40], [2, 900], [3, 33], [4, 1], [5, 300]] as const) {
      const picture = noisePicture(width, width, seed);
      pixels.load(picture);
      // An input that makes the memory grow after the picture was taken.
      pixels.sample([{ ...grid, width: 64 * seed, height: 64 * seed }], scale);
      expect([...pixels.sample([grid], scale)], `${width}`).toEqual([...pixelsOf(picture).sample([grid], scale)]);
    }
  });

  it("are of the first pixel where a place is no number", () => {
    pixels.load({ width: 2, height: 2, pixelFormat: "rgb24", data: Uint8Array.from({ length: 12 }, (_, i) => i) });
    expect([...pixels.sample([{ x: Number.NaN, y: 0, stepX: 1, stepY: 1, width: 1, height: 1 }], { mean: 0, deviation: 1 })].every((v) => !(v > 11))).toBe(true);
  });
});

describe("the pyramid", () => {
  it("never enlarges: what is smaller than P-Net's window has no more pixels for it", () => {
    fc.assert(
      fc.property(side(2000), side(2000), fc.double({ min: 0.01, max: 12, noNaN: true }), (width, height, minFaceSize) => {
        expect(imagePyramid(width, height, { minFaceSize, scaleFactor: 0.709 }, 12)).toEqual(imagePyramid(width, height, { minFaceSize: 12, scaleFactor: 0.709 }, 12));
      }),
    );
  });

  it("ends for sizes that are none", () => {
    for (const [width, height, minFaceSize] of [[Number.NaN, 100, 20], [100, 100, Number.NaN], [0, 0, 20], [-5, 100, 20], [100, 100, Infinity]] as const) {
      expect(imagePyramid(width, height, { minFaceSize, scaleFactor: 0.709 }, 12), `${width} ${height} ${minFaceSize}`).toEqual([]);
    }
    expect(imagePyramid(24, 24, { minFaceSize: 0, scaleFactor: 0.5 }, 12)).toEqual([{ width: 24, height: 24 }, { width: 12, height: 12 }]);
  });
});

function slowSamples(levels: readonly Picture[], { x, y, stepX, stepY, width, height }: Grid): number[] {
  let k = 0;
  while (k + 1 < levels.length && 2 ** (k + 1) <= Math.min(stepX, stepY)) k++;
  const level = levels[k]!;
  const values: number[] = [];
  for (let c = 0; c < 3; c++) {
    for (let v = 0; v < height; v++) {
      for (let u = 0; u < width; u++) {
        // Where the sample lies in the picture, counted from the outer edge of its first pixel; then the same in the copy, counted from that pixel's centre.
        const [px, py] = [x + (u + 0.5) * stepX, y + (v + 0.5) * stepY];
        const [sx, sy] = [px / 2 ** k - 0.5, py / 2 ** k - 0.5];
        const [ix, iy] = [Math.floor(sx), Math.floor(sy)];
        const row = (yy: number) => at(level, ix, yy, c) * (1 - (sx - ix)) + at(level, ix + 1, yy, c) * (sx - ix);
        values.push(row(iy) * (1 - (sy - iy)) + row(iy + 1) * (sy - iy));
      }
    }
  }
  return values;
}

/** The nearest pixel's value where there is none at that place. */
function at({ width, height, data }: Picture, x: number, y: number, c: number): number {
  return data[(Math.min(height - 1, Math.max(0, y)) * width + Math.min(width - 1, Math.max(0, x))) * 3 + c]!;
}
