// Bars on the picture: never off it, never over a face or another's bars, and they do not jump.

import { array, assert, constantFrom, integer, property, record } from "fast-check";
import { describe, expect, test } from "vitest";
import { placeBars, type Place, type Rect } from "../../../web/overlay-layout.js";

const size = { width: 1000, height: 600 };
const face = (trackId: number, x: number, y: number, side = 100) => ({ trackId, box: { x, y, width: side, height: side } });
const meets = (a: Rect, b: Rect): boolean => a.x < b.x + b.width && b.x < a.x + a.width && a.y < b.y + b.height && b.y < a.y + a.height;

describe("placeBars", () => {
  test("goes to the right, to the left at the right edge, under the face where neither is free", () => {
    expect(placeBars([face(1, 200, 200)], size, 1, new Map())[0]?.place).toBe("right");
    expect(placeBars([face(1, 890, 200)], size, 1, new Map())[0]?.place).toBe("left");
    expect(placeBars([face(1, 450, 200), face(2, 340, 200), face(3, 560, 200)], size, 1, new Map()).map((p) => p.place)).toEqual(["strip", "left", "right"]);
  });

  test("stays where it was while that is free", () => {
    expect(placeBars([face(1, 300, 200)], size, 1, new Map([[1, "left"]]))[0]?.place).toBe("left");
  });

  test("goes low beside the box where something stands above", () => {
    const [first] = placeBars([face(1, 200, 200, 250), face(2, 520, 180, 100)], size, 1, new Map());
    expect(first).toMatchObject({ place: "right-low", bars: { y: 352 } });
  });

  test("a strip at the picture's foot stands beside its face", () => {
    const small = { width: 400, height: 225 };
    expect(placeBars([face(1, 100, 170, 50)], small, 1, new Map())[0]?.bars).toEqual({ x: 156, y: 203, width: 50, height: 22 });
    expect(placeBars([face(1, 345, 170, 50)], small, 1, new Map())[0]?.bars).toEqual({ x: 289, y: 203, width: 50, height: 22 });
  });

  test("small pictures only get strips", () => {
    expect(placeBars([face(1, 100, 100, 50)], { width: 400, height: 225 }, 1, new Map())[0]?.place).toBe("strip");
  });

  test("whatever the faces: inside the picture, blocks clear of faces and of each other", () => {
    const boxes = array(record({ x: integer({ min: -50, max: 950 }), y: integer({ min: -50, max: 550 }), side: integer({ min: 10, max: 400 }) }), { maxLength: 8, size: "max" });
    const before = constantFrom<Place>("left", "right", "left-low", "right-low", "strip");
    assert(
      property(boxes, before, (drawn, place) => {
        const faces = drawn.map(({ x, y, side }, i) => face(i + 1, x, y, side));
        const placed = placeBars(faces, size, 1, new Map(faces.map((f) => [f.trackId, place])));
        expect(placed.map((p) => p.trackId)).toEqual(faces.map((f) => f.trackId));
        const blocks = placed.filter((p) => p.place !== "strip");
        for (const { bars } of placed) {
          expect(bars.x).toBeGreaterThanOrEqual(0);
          expect(bars.y).toBeGreaterThanOrEqual(0);
          expect(bars.x + bars.width).toBeLessThanOrEqual(size.width + 1e-9);
          expect(bars.y + bars.height).toBeLessThanOrEqual(size.height + 1e-9);
        }
        for (const [i, { bars }] of blocks.entries()) {
          for (const { box } of faces) expect(meets(bars, box)).toBe(false);
          for (const other of blocks.slice(i + 1)) expect(meets(bars, other.bars)).toBe(false);
        }
      }),
    );
  });
});
