import { expect, it } from "vitest";
import { affordable, roundFigures } from "../../../../src/training/quantize/figures.js";

const of = (rnet: number, onet: number, both: number) => affordable([["rnet", rnet], ["onet", onet]], both);

it("keeps nets on floats that lose more than 0.3 points by int8, and of two that lose too much together the dearer one", () => {
  expect(of(0.1, 0.3, 0.3).toSorted()).toEqual(["onet", "rnet"]);
  expect(of(-0.5, 0.31, 0.1)).toEqual(["rnet"]);
  expect(of(0.41, -0.05, 0.41)).toEqual(["onet"]);
  expect(of(0.1, 0.2, 0.4)).toEqual(["rnet"]);
  expect(of(0.2, 0.1, 0.4)).toEqual(["onet"]);
  expect(of(0.4, 0.5, 0.1)).toEqual([]);
});

it("keeps figures to four decimals", () => {
  expect(roundFigures({ accuracy: 0.123_45, ece: 1 / 3 })).toEqual({ accuracy: 0.1235, ece: 0.3333 });
});
