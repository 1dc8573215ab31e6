import * as fc from "fast-check";
import { expect, it } from "vitest";
import { safeFileName } from "../../../src/server/file-name.js";

it.each([
  ["Talk one.mp4", "Talk one.mp4"],
  ["../../etc/passwd", "passwd"],
  ["C:\\Users\\me\\film.mov", "film.mov"],
  ["/abs/film.mp4", "film.mp4"],
  ["a\u0000b\u202e.mp4", "ab.mp4"],
  ["folder/", "upload"],
  ["..", "upload"],
  ["", "upload"],
  ["Übung é 日本.mp4", "Übung é 日本.mp4"],
])("%j is called %j", (name, safe) => {
  expect(safeFileName(name, "upload")).toBe(safe);
});

it("no name leads anywhere or is empty (property)", () => {
  fc.assert(
    fc.property(fc.oneof(fc.string({ unit: "binary" }), fc.array(fc.constantFrom("..", "/", "\\", "\0", "a", ".mp4")).map((parts) => parts.join(""))), (name) => {
      const safe = safeFileName(name, "upload");
      expect(safe).not.toMatch(/[/\\\p{Cc}]|^\.+$|^$/u);
      expect(safe.length).toBeLessThanOrEqual(200);
    }),
    { seed: 7 },
  );
});
