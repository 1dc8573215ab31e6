import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { iou, type Box, type Landmarks } from "../../../../src/core/geometry.js";
import { averagePrecision, matchLabels, median, medianShift, pointError, precisionRecall, shiftBox, type Judged } from "../../../../src/training/detector/detector-metrics.js";

const box = (x: number, y: number, width: number, height: number): Box => ({ x, y, width, height });
const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const aBox = fc.record({ x: number(0, 60), y: number(0, 60), width: number(5, 40), height: number(5, 40) });

describe("matching", () => {
  it("gives each label to the surest detection that overlaps it by half", () => {
    const labels = [box(0, 0, 10, 10), box(100, 0, 10, 10)];
    const found = [{ box: box(0, 0, 10, 10), score: 0.5 }, { box: box(0, 2, 10, 10), score: 0.9 }, { box: box(50, 50, 10, 10), score: 0.99 }, { box: box(100, 0, 10, 20), score: 0.1 }, { box: box(100, 0, 10, 21), score: 0.2 }];
    // The exact box comes second to a surer one; 100 of 200 is half, 100 of 210 is not.
    expect(matchLabels(found, labels)).toEqual([-1, 0, -1, 1, -1]);
    expect(matchLabels([], labels)).toEqual([]);
    expect(matchLabels(found, [])).toEqual([-1, -1, -1, -1, -1]);
  });

  it("takes the label that is overlapped most, and the next where that is taken", () => {
    const labels = [box(0, 0, 10, 10), box(3, 0, 10, 10)];
    const between = box(1, 0, 10, 10);
    // Nine of eleven columns with the first, eight of twelve with the second.
    expect(matchLabels([{ box: between, score: 0.9 }], labels)).toEqual([0]);
    expect(matchLabels([{ box: between, score: 0.9 }, { box: between, score: 0.8 }, { box: between, score: 0.7 }], labels)).toEqual([0, 1, -1]);
    expect(matchLabels([{ box: between, score: 0.7 }, { box: between, score: 0.8 }], labels, 0.7)).toEqual([-1, 0]);
  });

  it("of equal scores serves the first first", () => {
    const labels = [box(0, 0, 10, 10)];
    expect(matchLabels([{ box: box(0, 1, 10, 10), score: 0.5 }, { box: box(0, 0, 10, 10), score: 0.5 }], labels)).toEqual([0, -1]);
  });

  it("is what going through detections from the surest on gives", () => {
    fc.assert(
      fc.property(fc.array(fc.record({ box: aBox, score: fc.integer({ min: 0, max: 5 }) }), { maxLength: 12 }), fc.array(aBox, { maxLength: 6 }), number(0.1, 0.9), (found, labels, minOverlap) => {
        const left = new Map(labels.entries());
        const expected = found.map(() => -1);
        for (let score = 5; score >= 0; score--) {
          for (const [i, f] of found.entries()) {
            if (f.score !== score) continue;
            const best = [...left].map(([k, label]) => ({ k, overlap: iou(f.box, label) })).filter((c) => c.overlap >= minOverlap).toSorted((a, b) => b.overlap - a.overlap || b.k - a.k)[0];
            if (best === undefined) continue;
            expected[i] = best.k;
            left.delete(best.k);
          }
        }
        expect(matchLabels(found, labels, minOverlap)).toEqual(expected);
      }),
    );
  });
});

describe("average precision", () => {
  const judged: readonly Judged[] = [{ score: 0.6, right: false }, { score: 0.9, right: true }, { score: 0.7, right: true }, { score: 0.8, right: false }];

  it("is the area under the curve, worked out by hand", () => {
    // From the surest on: 1 of 1, 1 of 2, 2 of 3, 2 of 4; three labels. The precision at a recall is the best from there on.
    const curve = precisionRecall(judged, 3);
    const expected = [[1 / 3, 1], [1 / 3, 2 / 3], [2 / 3, 2 / 3], [2 / 3, 1 / 2]];
    for (const [i, point] of curve.entries()) for (const k of [0, 1] as const) expect(point[k]).toBeCloseTo(expected[i]![k]!, 12);
    expect(curve).toHaveLength(4);
    expect(averagePrecision(curve)).toBeCloseTo(1 / 3 + 2 / 9, 12);
  });

  it("is 1 for all found before anything else, 0 for none, and for no labels", () => {
    expect(averagePrecision(precisionRecall([{ score: 0.9, right: true }, { score: 0.2, right: true }, { score: 0.1, right: false }], 2))).toBe(1);
    expect(averagePrecision(precisionRecall([], 2))).toBe(0);
    expect(averagePrecision(precisionRecall([{ score: 0.9, right: false }], 2))).toBe(0);
    expect(averagePrecision(precisionRecall([{ score: 0.9, right: false }], 0))).toBe(0);
  });

  it("is the mean over all labels of the best precision from where each is found", () => {
    fc.assert(
      fc.property(fc.uniqueArray(fc.record({ score: fc.integer({ min: 0, max: 10_000 }), right: fc.boolean() }), { maxLength: 40, selector: (d) => d.score }), fc.integer({ min: 0, max: 9 }), (all, missed) => {
        const labels = all.filter((d) => d.right).length + missed;
        fc.pre(labels > 0);
        const sorted = all.toSorted((a, b) => b.score - a.score);
        const precisionAt = (i: number) => sorted.slice(0, i + 1).filter((d) => d.right).length / (i + 1);
        const best = sorted.map((_, i) => Math.max(...sorted.slice(i).map((_d, k) => precisionAt(i + k))));
        const expected = sorted.reduce((sum, d, i) => sum + (d.right ? best[i]! : 0), 0) / labels;
        expect(averagePrecision(precisionRecall(all, labels))).toBeCloseTo(expected, 9);
      }),
    );
  });
});

describe("the shift between conventions", () => {
  const labels = Array.from({ length: 6 }, (_, i) => box(100 * i, 50, 20 + i, 30 + i));

  it("is the median over pairs, worked out by hand", () => {
    // Found boxes are half as large again, and lie a tenth of their width to the left: in their own sizes the label is 2 / 3, moved by 0.1.
    const found = labels.map((l) => ({ box: { x: l.x + l.width / 2 - 0.75 * l.width - 0.15 * l.width, y: l.y + l.height / 2 - 0.75 * l.height, width: 1.5 * l.width, height: 1.5 * l.height }, score: 0.9 }));
    // One that is quite wrong changes nothing.
    found[2] = { box: { ...labels[2]!, height: 2 * labels[2]!.height }, score: 0.9 };
    const shift = medianShift([{ found: found.slice(0, 4), labels }, { found: found.slice(4), labels }]);
    for (const [key, value] of Object.entries({ x: 0.1, y: 0, width: 2 / 3, height: 2 / 3 })) expect(shift[key as keyof Box]).toBeCloseTo(value, 9);
    for (const i of [0, 1, 3, 4, 5]) for (const key of ["x", "y", "width", "height"] as const) expect(shiftBox(found[i]!.box, shift)[key]).toBeCloseTo(labels[i]![key], 9);
  });

  it("is none where fewer than five pairs tell it", () => {
    const found = labels.map((l) => ({ box: { ...l, width: 1.2 * l.width }, score: 0.9 }));
    const none = { x: 0, y: 0, width: 1, height: 1 };
    expect(medianShift([{ found: found.slice(0, 4), labels }])).toEqual(none);
    expect(medianShift([])).toEqual(none);
    expect(shiftBox(labels[0]!, none)).toEqual(labels[0]);
    expect(medianShift([{ found: found.slice(0, 5), labels }]).width).toBeCloseTo(1 / 1.2, 9);
  });
});

describe("points", () => {
  const truth: Landmarks = [[10, 10], [20, 10], [15, 15], [12, 20], [18, 20]];

  it("are off by their mean distance, in distances of the eyes", () => {
    expect(pointError(truth, truth)).toBe(0);
    expect(pointError(truth.map(([x, y]) => [x + 3, y - 4]) as unknown as Landmarks, truth)).toBeCloseTo(0.5, 12);
    // Only the nose is off, by 10: 10 / 5 / 10.
    expect(pointError([truth[0], truth[1], [15, 25], truth[3], truth[4]], truth)).toBeCloseTo(0.2, 12);
  });

  it("have a median with a middle of two", () => {
    expect([median([3, 1, 2]), median([4, 1, 2, 3]), median([7])]).toEqual([2, 2.5, 7]);
  });
});
