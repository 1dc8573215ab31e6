// Which frames are looked at everywhere, and what counts as a cut, by sequences and pictures written by hand.

import { describe, expect, test } from "vitest";
import type { Picture, PlanarPicture } from "../../../src/core/frame.js";
import { pictureBytes } from "../../../src/core/planar.js";
import { KeyFrames } from "../../../src/pipeline/key-frames.js";
import { greyCopy, greyDifference, isCut } from "../../../src/pipeline/scene-cut.js";

/** A picture whose pixel at x, y has that value in all three colours. */
function grey(width: number, height: number, value: (x: number, y: number) => number): Picture {
  const data = new Uint8Array(width * height * 3);
  for (let i = 0; i < width * height; i++) data.fill(value(i % width, Math.floor(i / width)), i * 3, i * 3 + 3);
  return { width, height, pixelFormat: "rgb24", data };
}

const plain = grey(64, 36, () => 100);

/** Positions of the key frames among frames of these times. */
function keysAt(times: readonly number[]): number[] {
  const keys = new KeyFrames();
  return times.flatMap((ptsMs, i) => (keys.next({ epoch: 0, ptsMs, picture: plain }) ? [i] : []));
}

const evenly = (fps: number, count: number, round = (ms: number) => ms) => Array.from({ length: count }, (_, i) => round((i * 1000) / fps));

describe("key frames", () => {
  test.each([
    [25, [0, 6, 12]],
    [30, [0, 7]],
    [60, [0, 13]],
    [12, [0, 3, 6, 9, 12]],
    [10, [0, 3, 6, 9, 12]],
    [6, [0, 2, 4, 6, 8, 10, 12]],
    [4, [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13]],
  ])("at %d frames a second come within 200 ms of every frame that may be the first to show a face, and no sooner than that asks for", (fps, keys) => {
    const found = keysAt(evenly(fps, 14));
    expect(found).toEqual(keys);
    const lateness = Array.from({ length: found.at(-1)! + 1 }, (_, i) => ((found.find((key) => key >= i)! - i) * 1000) / fps);
    expect(Math.max(...lateness)).toBeLessThanOrEqual(201);
  });

  test("times that a container rounded to milliseconds make no difference", () => {
    expect(keysAt(evenly(30, 25, Math.round))).toEqual([0, 7, 14, 21]);
  });

  test("after a pause in the picture's time the next frame is one", () => {
    expect(keysAt([0, 40, 80, 1000, 1040, 1080])).toEqual([0, 3]);
  });

  test("a cut, another epoch and another size make one, and count as the last one", () => {
    const keys = new KeyFrames();
    const next = (i: number, over: object = {}) => keys.next({ epoch: 0, ptsMs: i * 40, picture: plain, ...over });
    expect([next(0), next(1)]).toEqual([true, false]);
    const dark = { picture: grey(64, 36, () => 10) };
    expect([2, 3, 4, 5, 6, 7, 8].map((i) => next(i, dark))).toEqual([true, false, false, false, false, false, true]);
    expect([next(0, { ...dark, epoch: 1 }), next(1, { ...dark, epoch: 1 })]).toEqual([true, false]);
    const larger = { picture: grey(128, 72, () => 10), epoch: 1 };
    expect([next(2, larger), next(3, larger)]).toEqual([true, false]);
  });
});

describe("scene cuts", () => {
  test("a grey copy has the brightness of each part of the picture", () => {
    const copy = greyCopy(grey(640, 360, (x, y) => (x < 320 ? 0 : 100) + (y < 180 ? 0 : 50)));
    expect(copy).toHaveLength(32 * 18);
    expect([copy[0], copy[31], copy[17 * 32], copy[17 * 32 + 31]]).toEqual([0, 100, 50, 150]);
    expect(new Set(copy)).toEqual(new Set([0, 50, 100, 150]));
  });

  test("colours count, green twice", () => {
    const green = { width: 40, height: 40, pixelFormat: "rgb24", data: new Uint8Array(4800).map((_, i) => (i % 3 === 1 ? 200 : 0)) } as const;
    expect(new Set(greyCopy(green))).toEqual(new Set([100]));
  });

  test("any size of picture has one, down to a pixel", () => {
    expect(new Set(greyCopy(grey(1, 1, () => 7)))).toEqual(new Set([7]));
    expect(greyCopy(grey(33, 7, () => 9)).every((value) => value === 9)).toBe(true);
  });

  test("are the same of planes", () => {
    const rgb = grey(65, 37, (x, y) => (x < 32 ? 20 : 120) + (y < 18 ? 0 : 80));
    const planes: PlanarPicture = { ...rgb, pixelFormat: "yuv420p", matrix: "bt601", data: new Uint8Array(pictureBytes(rgb, "yuv420p")).fill(128) };
    for (let i = 0; i < 65 * 37; i++) planes.data[i] = Math.round(16 + (rgb.data[3 * i]! * 219) / 255);
    expect(greyDifference(greyCopy(planes), greyCopy(rgb))).toBeLessThan(1.5);
  });

  test("the difference is the mean of all parts", () => {
    const [half, none] = [greyCopy(grey(64, 36, (x) => (x < 32 ? 80 : 0))), greyCopy(grey(64, 36, () => 0))];
    expect(greyDifference(half, none)).toBe(40);
    expect(isCut(half, none)).toBe(true);
  });

  test("a person who walks past is no cut, another room is", () => {
    const withPerson = (at: number) => greyCopy(grey(320, 180, (x, y) => (x >= at && x < at + 60 && y > 40 ? 190 : 60 + ((x * 3 + y * 5) % 80))));
    expect(isCut(withPerson(100), withPerson(115))).toBe(false);
    expect(isCut(withPerson(100), greyCopy(grey(320, 180, (x, y) => (y < 90 ? 200 : 40) + (x % 20))))).toBe(true);
  });
});
