// The assignment against all permutations.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { assign } from "../../../src/pipeline/assignment.js";

/** Least total over every way to give each of the fewer ones a partner. */
function cheapest(costs: readonly (readonly number[])[]): number {
  const rows = costs.length;
  const columns = costs[0]?.length ?? 0;
  const skips = Math.max(0, rows - columns);
  const best = (row: number, taken: ReadonlySet<number>, skipped: number): number => {
    if (row === rows) return 0;
    let least = skipped < skips ? best(row + 1, taken, skipped + 1) : Number.POSITIVE_INFINITY;
    for (let c = 0; c < columns; c++) if (!taken.has(c)) least = Math.min(least, costs[row]![c]! + best(row + 1, new Set([...taken, c]), skipped));
    return least;
  };
  return best(0, new Set(), 0);
}

test("small cases", () => {
  expect(assign([])).toEqual([]);
  expect(assign([[], []])).toEqual([-1, -1]);
  expect(assign([[3]])).toEqual([0]);
  // Greedy would take 1 first and pay 101.
  expect(
    assign([
      [1, 2],
      [2, 100],
    ]),
  ).toEqual([1, 0]);
  expect(assign([[5], [1], [3]])).toEqual([-1, 0, -1]);
});

test("is optimal for every shape", () => {
  const matrix = fc
    .tuple(fc.integer({ min: 1, max: 5 }), fc.integer({ min: 1, max: 5 }))
    .chain(([rows, columns]) => fc.array(fc.array(fc.integer({ min: -5, max: 20 }), { minLength: columns, maxLength: columns }), { minLength: rows, maxLength: rows }));
  fc.assert(
    fc.property(matrix, (costs) => {
      const answer = assign(costs);
      const pairs = answer.map((c, r) => ({ r, c })).filter(({ c }) => c >= 0);
      expect(pairs).toHaveLength(Math.min(costs.length, costs[0]!.length));
      expect(new Set(pairs.map(({ c }) => c)).size).toBe(pairs.length);
      expect(pairs.reduce((sum, { r, c }) => sum + costs[r]![c]!, 0)).toBe(cheapest(costs));
    }),
    { numRuns: 500 },
  );
});
