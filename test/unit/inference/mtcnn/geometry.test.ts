import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { boxFromOffsets, pointsFromOffsets, squareAround } from "../../../../src/inference/mtcnn/box-regression.js";
import { nms, surest, type NmsMode, type ScoredBox } from "../../../../src/inference/mtcnn/nms.js";
import { imagePyramid } from "../../../../src/inference/mtcnn/pyramid.js";
import { gridOver, Pixels } from "../../../../src/inference/mtcnn/pixels.js";
import { noisePicture } from "../../../support/pixels.js";

const boxes = fc.array(
  fc.record({ x: fc.integer({ min: 0, max: 60 }), y: fc.integer({ min: 0, max: 60 }), width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }), score: fc.integer({ min: 0, max: 20 }).map((s) => s / 20) }),
  { maxLength: 40 },
);

/** Pixels that two boxes of whole numbers share, counted one by one. */
function shared(a: ScoredBox, b: ScoredBox): number {
  let count = 0;
  for (let y = a.y; y < a.y + a.height; y++) for (let x = a.x; x < a.x + a.width; x++) if (x >= b.x && x < b.x + b.width && y >= b.y && y < b.y + b.height) count++;
  return count;
}

describe("nms", () => {
  it("keeps what a slow, obvious version keeps", () => {
    fc.assert(
      fc.property(boxes, fc.integer({ min: 1, max: 19 }).map((t) => t / 20 + 0.001), fc.constantFrom<NmsMode>("union", "min"), (all, threshold, mode) => {
        const left = all.map((box, order) => ({ box, order })).toSorted((a, b) => b.box.score - a.box.score || a.order - b.order).map(({ box }) => box);
        const kept: ScoredBox[] = [];
        while (left.length > 0) {
          const best = left.shift()!;
          kept.push(best);
          for (let i = left.length - 1; i >= 0; i--) {
            const both = shared(best, left[i]!);
            const areas = [best.width * best.height, left[i]!.width * left[i]!.height] as const;
            if (both / (mode === "union" ? areas[0] + areas[1] - both : Math.min(...areas)) > threshold) left.splice(i, 1);
          }
        }
        expect(nms(all, threshold, Infinity, mode)).toEqual(kept);
      }),
    );
  });

  it("stops at the most it may keep; the surest are the first of all by score", () => {
    fc.assert(
      fc.property(boxes, fc.integer({ min: 0, max: 10 }), (all, most) => {
        expect(nms(all, 0.3, most)).toEqual(nms(all, 0.3).slice(0, most));
        expect(surest(all, most)).toEqual(all.toSorted((a, b) => b.score - a.score).slice(0, most));
      }),
    );
  });
});

describe("pyramid", () => {
  it("has every level in which P-Net's window still fits, one as small as the window, and no other", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 1, max: 5000 }), fc.integer({ min: 12, max: 400 }), fc.constantFrom(0.5, 0.709, 0.8, 0.9), (width, height, minFaceSize, scaleFactor) => {
        const expected: { width: number; height: number }[] = [];
        for (let i = 0; i < 100; i++) {
          const scale = (12 / minFaceSize) * scaleFactor ** i;
          expected.push({ width: width * scale, height: height * scale });
        }
        const fitting = expected.filter((level) => Math.min(Math.round(level.width), Math.round(level.height)) >= 12);
        const smallest = 12 / Math.min(width, height);
        if (fitting.length > 0 && Math.round(Math.min(fitting.at(-1)!.width, fitting.at(-1)!.height)) > 12) fitting.push({ width: width * smallest, height: height * smallest });
        const levels = imagePyramid(width, height, { minFaceSize, scaleFactor }, 12);
        expect(levels).toHaveLength(fitting.length);
        for (const [i, level] of levels.entries()) {
          expect(Math.abs(level.width - fitting[i]!.width)).toBeLessThanOrEqual(0.5 + 1e-6);
          expect(Math.abs(level.height - fitting[i]!.height)).toBeLessThanOrEqual(0.5 + 1e-6);
        }
        if (levels.length > 0) expect(Math.min(levels.at(-1)!.width, levels.at(-1)!.height)).toBe(12);
      }),
    );
  });

  it("is empty for pictures smaller than the smallest face", () => {
    for (const [w, h] of [[1, 1], [1, 500], [12, 12], [19, 400]] as const) expect(imagePyramid(w, h, { minFaceSize: 20, scaleFactor: 0.709 }, 12)).toEqual([]);
    expect(imagePyramid(12, 12, { minFaceSize: 12, scaleFactor: 0.709 }, 12)).toEqual([{ width: 12, height: 12 }]);
  });
});

describe("box regression", () => {
  it("places box and points about a window, worked out by hand", () => {
    const window = { x: 10, y: 20, side: 40 };
    expect(boxFromOffsets(window, [0.1, -0.05, -0.1, 0.2])).toEqual({ x: 14, y: 18, width: 32, height: 50 });
    expect(pointsFromOffsets(window, Float32Array.of(9, 0.25, 0.5, 0.75, 0.5, 0.5, 0.625, 0.25, 0.75, 0.75, 0.75), 1)).toEqual([[20, 40], [40, 40], [30, 45], [20, 50], [40, 50]]);
  });

  it("never gives a box without area, and squares it about its centre", () => {
    const number = fc.double({ min: -3, max: 3, noNaN: true });
    fc.assert(
      fc.property(fc.tuple(number, number, number, number), (offsets) => {
        const box = boxFromOffsets({ x: 0, y: 0, side: 24 }, offsets);
        expect(Math.min(box.width, box.height)).toBeGreaterThan(0);
        const { x, y, side } = squareAround(box);
        expect(side).toBe(Math.max(box.width, box.height));
        expect(x + side / 2).toBeCloseTo(box.x + box.width / 2, 9);
        expect(y + side / 2).toBeCloseTo(box.y + box.height / 2, 9);
      }),
    );
  });
});

describe("crops", () => {
  const pixels = new Pixels();

  it("equal a slow, obvious bilinear reading, beyond the picture's edges too", () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 30 }), fc.integer({ min: 1, max: 30 }), fc.integer({ min: -20, max: 30 }), fc.integer({ min: -20, max: 30 }), fc.integer({ min: 1, max: 20 }), fc.integer({ min: 0, max: 1000 }), (width, height, x, y, side, seed) => {
        const picture = noisePicture(width, height, seed);
        const size = 12;
        pixels.load(picture);
        const out = pixels.sample([gridOver({ x, y, width: side, height: side }, size, size)], { mean: 100, deviation: 50 });
        const at = (px: number, py: number, c: number) => picture.data[(Math.min(height - 1, Math.max(0, py)) * width + Math.min(width - 1, Math.max(0, px))) * 3 + c]!;
        for (let v = 0; v < size; v++) {
          for (let u = 0; u < size; u++) {
            const [sx, sy] = [x + ((u + 0.5) * side) / size - 0.5, y + ((v + 0.5) * side) / size - 0.5];
            const [ix, iy] = [Math.floor(sx), Math.floor(sy)];
            const [fx, fy] = [sx - ix, sy - iy];
            for (let c = 0; c < 3; c++) {
              const value = at(ix, iy, c) * (1 - fx) * (1 - fy) + at(ix + 1, iy, c) * fx * (1 - fy) + at(ix, iy + 1, c) * (1 - fx) * fy + at(ix + 1, iy + 1, c) * fx * fy;
              expect(Math.abs(out[c * size * size + v * size + u]! - (value - 100) / 50)).toBeLessThan(0.125 / 50 + 1e-5);
            }
          }
        }
      }),
      { numRuns: 60 },
    );
  });

  it("are read from the half-size copy that is not more than twice as fine", () => {
    pixels.load(noisePicture(96, 64, 1));
    expect(pixels.levels.map(({ width, height }) => [width, height])).toEqual([[96, 64], [48, 32], [24, 16]]);
    const out = pixels.sample([gridOver({ x: 0, y: 0, width: 96, height: 64 }, 24, 16)], { mean: 0, deviation: 1 }).slice();
    expect(Array.from(out.subarray(0, 24 * 16))).toEqual(Array.from({ length: 24 * 16 }, (_, i) => pixels.levels[2]!.data[i * 3]!));
  });
});
