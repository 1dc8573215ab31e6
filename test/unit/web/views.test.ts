// Addresses of the views, and how a wall is divided.

import * as fc from "fast-check";
import { expect, test } from "vitest";
import { parseView, viewHash } from "../../../web/view-address.js";
import { wallGrid } from "../../../web/wall-layout.js";

test.each([
  ["", { name: "grid" }],
  ["#", { name: "grid" }],
  ["#wall", { name: "wall" }],
  ["#stream=lobby", { name: "stream", id: "lobby" }],
  ["#stream=wall", { name: "stream", id: "wall" }],
  ["#lobby", { name: "stream", id: "lobby" }],
  ["#stream=", { name: "grid" }],
  ["#Not an id", { name: "grid" }],
  ["#%", { name: "grid" }],
  ["#stream=%E0%A4%A", { name: "stream", id: expect.any(String) }],
])("%s leads to its view", (hash, view) => {
  expect(parseView(hash)).toEqual(view);
});

test("every id, hostile ones too, comes back out of its address", () => {
  fc.assert(
    fc.property(fc.string({ minLength: 1, unit: "grapheme" }), (id) => {
      expect(parseView(viewHash({ name: "stream", id }))).toEqual({ name: "stream", id });
    }),
  );
  expect(viewHash({ name: "grid" })).toBe("");
});

test("a wide screen's wall of 1 to 16 wastes little; a phone's stands upright", () => {
  const wide = Array.from({ length: 16 }, (_, i) => wallGrid(i + 1, 1920, 1080)).map(({ columns, rows }) => `${columns}x${rows}`);
  expect(wide).toEqual(["1x1", "2x1", "2x2", "2x2", "3x2", "3x2", "3x3", "3x3", "3x3", "4x3", "4x3", "4x3", "4x4", "4x4", "4x4", "4x4"]);
  expect(wallGrid(4, 390, 844)).toEqual({ columns: 1, rows: 4 });
  expect(wallGrid(0, 1920, 1080)).toEqual({ columns: 1, rows: 1 });
});

const size = (columns: number, count: number, width: number, height: number) => Math.min(width / columns, (height / Math.ceil(count / columns)) * (16 / 9));

test("no other division has larger pictures, and all of them have a place", () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 16 }), fc.integer({ min: 300, max: 4000 }), fc.integer({ min: 300, max: 4000 }), (count, width, height) => {
      const { columns, rows } = wallGrid(count, width, height);
      expect(columns * rows).toBeGreaterThanOrEqual(count);
      const best = Math.max(...Array.from({ length: count }, (_, i) => size(i + 1, count, width, height)));
      expect(size(columns, count, width, height)).toBeGreaterThan(best - 1);
    }),
  );
});
