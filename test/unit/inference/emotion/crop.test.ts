import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Landmarks, Point } from "../../../../src/core/geometry.js";
import { cropTransform, similarityBetween, type CropRule, type Similarity } from "../../../../src/inference/emotion/crop.js";

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const points = (count: { minLength: number; maxLength: number }) => fc.array(fc.tuple(number(-200, 200), number(-200, 200)), count);
const turns = fc.record({ scale: number(0.05, 20), degrees: number(-180, 180), tx: number(-1000, 1000), ty: number(-1000, 1000) }).map(({ scale, degrees, tx, ty }): Similarity => ({ a: scale * Math.cos((degrees * Math.PI) / 180), b: scale * Math.sin((degrees * Math.PI) / 180), tx, ty }));

describe("the similarity between points", () => {
  it("is the one they were moved by", () => {
    fc.assert(
      fc.property(points({ minLength: 2, maxLength: 8 }).filter((p) => spread(p) > 1), turns, (from, turn) => {
        const found = similarityBetween(from, from.map((p) => move(p, turn)))!;
        const scale = Math.hypot(turn.a, turn.b);
        for (const key of ["a", "b"] as const) expect(Math.abs(found[key] - turn[key])).toBeLessThan(1e-6 * scale);
        for (const p of from) for (const i of [0, 1] as const) expect(Math.abs(move(p, found)[i] - move(p, turn)[i])).toBeLessThan(1e-6 * (1 + scale));
      }),
    );
  });

  it("solves the normal equations of the least squares, written down and eliminated step by step", () => {
    fc.assert(
      fc.property(points({ minLength: 3, maxLength: 8 }).filter((p) => spread(p) > 10), fc.infiniteStream(fc.tuple(number(-200, 200), number(-200, 200))), (from, stream) => {
        const to = from.map(() => stream.next().value as Point);
        const found = similarityBetween(from, to);
        const slow = slowSimilarity(from, to);
        if (Math.hypot(slow.a, slow.b) < 1e-6) return;
        for (const key of ["a", "b", "tx", "ty"] as const) expect(found![key]).toBeCloseTo(slow[key], 5);
      }),
    );
  });

  it("does not exist where either side is one point, wherever that lies", () => {
    const several: Point[] = [[0, 0], [4, 1], [2, 5], [7, 7], [1, 3]];
    fc.assert(
      fc.property(number(-2000, 2000), number(-2000, 2000), (x, y) => {
        const one = several.map((): Point => [x, y]);
        expect(similarityBetween(several, one)).toBeUndefined();
        expect(similarityBetween(one, several)).toBeUndefined();
      }),
      { examples: [[0.1, 0.3], [1 / 3, 1e-3]] },
    );
  });
});

describe("the crop by points", () => {
  const rule: CropRule = { align: "points", points: [[0.3, 0.4], [0.7, 0.4], [0.5, 0.6], [0.35, 0.76], [0.65, 0.76]], boxScale: 1, boxShift: 0 };
  const size = 48;

  it("moves with the face: any turn, place and size", () => {
    fc.assert(
      fc.property(turns, (turn) => {
        const landmarks = rule.points.map(([x, y]) => move([x * size - 0.5, y * size - 0.5], turn)) as unknown as Landmarks;
        const side = Math.hypot(turn.a, turn.b) * size;
        fc.pre(side >= 1);
        const found = cropTransform({ x: landmarks[2][0] - side / 2, y: landmarks[2][1] - side / 2, width: side, height: side }, landmarks, rule, size);
        for (const corner of [[0, 0], [size, 0], [0, size]] as const) for (const i of [0, 1] as const) expect(Math.abs(move(corner, found)[i] - move(corner, turn)[i])).toBeLessThan(1e-6 * (1 + side));
      }),
    );
  });

  it("is the box's where the points are far smaller or larger than the box, and never anything else that is not finite", () => {
    const wild = fc.oneof(number(-1e4, 1e4), fc.constantFrom(Number.NaN, Infinity, -Infinity, 0, 1e300));
    fc.assert(
      fc.property(fc.array(fc.tuple(wild, wild), { minLength: 5, maxLength: 5 }), number(1, 2000), (marks, side) => {
        const box = { x: 10, y: 20, width: side, height: side };
        const { a, b, tx, ty } = cropTransform(box, marks as unknown as Landmarks, rule, size);
        for (const v of [a, b, tx, ty]) expect(Number.isFinite(v)).toBe(true);
        const ratio = (Math.hypot(a, b) * size) / side;
        expect(ratio).toBeGreaterThanOrEqual(0.4 - 1e-9);
        expect(ratio).toBeLessThanOrEqual(2.5 + 1e-9);
      }),
    );
    for (const [grow, taken] of [[0.39, false], [0.41, true], [2.49, true], [2.51, false]] as const) {
      const landmarks = rule.points.map(([x, y]) => [100 + 96 * grow * x, 100 + 96 * grow * y]) as unknown as Landmarks;
      expect(cropTransform({ x: 100, y: 100, width: 96, height: 96 }, landmarks, rule, size).a, `${grow}`).toBeCloseTo(taken ? 2 * grow : 2, 9);
    }
  });
});

function move([x, y]: Point, { a, b, tx, ty }: Similarity): Point {
  return [a * x - b * y + tx, b * x + a * y + ty];
}

/** Largest distance of a point from the first. */
function spread(all: readonly Point[]): number {
  return Math.max(...all.map(([x, y]) => Math.hypot(x - all[0]![0], y - all[0]![1])));
}

/** Rows `x -y 1 0` and `y x 0 1` for a, b, tx, ty; their normal equations by Gaussian elimination with the largest pivot. */
function slowSimilarity(from: readonly Point[], to: readonly Point[]): Similarity {
  const rows = from.flatMap(([x, y], i) => [[x, -y, 1, 0, to[i]![0]], [y, x, 0, 1, to[i]![1]]]);
  const m = [0, 1, 2, 3].map((i) => [0, 1, 2, 3, 4].map((k) => rows.reduce((sum, row) => sum + row[i]! * row[k]!, 0)));
  for (let c = 0; c < 4; c++) {
    const pivot = m.slice(c).reduce((best, row, i) => (Math.abs(row[c]!) > Math.abs(m[best]![c]!) ? c + i : best), c);
    [m[c], m[pivot]] = [m[pivot]!, m[c]!];
    for (let r = 0; r < 4; r++) if (r !== c) m[r] = m[r]!.map((v, k) => v - (m[r]![c]! / m[c]![c]!) * m[c]![k]!);
  }
  const [a, b, tx, ty] = m.map((row, i) => row[4]! / row[i]!) as [number, number, number, number];
  return { a, b, tx, ty };
}
