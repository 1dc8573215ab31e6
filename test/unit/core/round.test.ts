import { expect, test } from "vitest";
import { roundBox, roundProbability } from "../../../src/core/round.js";

test("rounding leaves no negative zero", () => {
  expect(Object.is(roundProbability(-0.00001), 0)).toBe(true);
  expect(roundBox({ x: -1.26, y: 0.05, width: 10.349, height: 0.04 })).toEqual({ x: -1.3, y: 0.1, width: 10.3, height: 0 });
});
