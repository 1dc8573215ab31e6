import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Picture } from "../../../../src/core/frame.js";
import { iou } from "../../../../src/core/geometry.js";
import { drawWindows, label, labelCandidates } from "../../../../src/training/detector/choose-windows.js";
import { bestFace, overlaps, turnBy, windowBox, type LabelledFace, type Window } from "../../../../src/training/detector/face-geometry.js";
import { cutWindow } from "../../../../src/training/detector/photos.js";
import { isGuard, isHeldOut } from "../../../../src/training/detector/split.js";
import { randomFor } from "../../../../src/training/random.js";
import { pixelsOf } from "../../../support/pixels.js";

const face: LabelledFace = { box: { x: 100, y: 80, width: 60, height: 75 }, points: [[115, 105], [145, 105], [130, 122], [118, 138], [142, 138]] };
const place = { width: 320, height: 240, faces: [face], ignore: [{ x: 220, y: 60, width: 50, height: 60 }], set: "portrait" as const };
const upright = turnBy(0, [0, 0]);

describe("cutting", () => {
  it("of a whole picture at its size gives its pixels", () => {
    const picture = gradient(24, 24);
    expect(cutWindow({ levels: pixelsOf(picture).levels, turn: upright }, { x: 0, y: 0, side: 24 }, 24)).toEqual(picture.data);
  });

  it("shows what lies in the window, at any size and turn", () => {
    const levels = pixelsOf(gradient(200, 200)).levels;
    fc.assert(fc.property(fc.integer({ min: 50, max: 90 }), fc.integer({ min: 50, max: 90 }), fc.integer({ min: 12, max: 60 }), fc.integer({ min: -40, max: 40 }), (x, y, side, degrees) => {
      const turn = turnBy(degrees, [100, 100]);
      const cut = cutWindow({ levels, turn }, { x, y, side }, 12);
      // Red grows with x and green with y, so pixels say where they come from; the window's centre is between four of them.
      const centre = (c: number) => [5, 6].flatMap((v) => [5, 6].map((u) => cut[(v * 12 + u) * 3 + c]!)).reduce((a, b) => a + b, 0) / 4;
      const [dx, dy] = [x + side / 2 - 100, y + side / 2 - 100];
      expect(Math.abs(centre(0) - (100 + turn.cos * dx + turn.sin * dy))).toBeLessThan(2);
      expect(Math.abs(centre(1) - (100 - turn.sin * dx + turn.cos * dy))).toBeLessThan(2);
    }));
  });

  it("repeats the border beyond the picture", () => {
    const cut = cutWindow({ levels: pixelsOf(gradient(40, 40)).levels, turn: upright }, { x: -100, y: 5, side: 12 }, 12);
    for (let u = 0; u < 12; u++) expect(cut[u * 3]).toBe(0);
  });
});

describe("windows of a photo", () => {
  it("have the kind that their overlap says, and none lies where nobody knows", () => {
    for (let seed = 0; seed < 20; seed++) {
      const drawn = drawWindows(place, "rnet", randomFor(seed));
      for (const { window, label: { kind, pointWeight } } of drawn) {
        const { overlap } = bestFace(window, place.faces);
        if (kind === "positive") expect(overlap).toBeGreaterThan(overlaps.positive.rnet);
        if (kind === "points") expect([overlap >= overlaps.part.rnet, pointWeight]).toEqual([true, 1]);
        if (kind === "part") expect(overlap).toBeLessThanOrEqual(overlaps.positive.rnet);
        if (kind !== "negative") continue;
        expect(overlap).toBeLessThan(overlaps.negative.rnet);
        expect(iou(windowBox(window), place.ignore[0]!)).toBeLessThanOrEqual(0.1);
      }
      for (const kind of ["negative", "positive", "part", "points"]) expect(drawn.some((d) => d.label.kind === kind), kind).toBe(true);
    }
  });

  it("hold targets worked out by hand", () => {
    const found = label({ x: 90, y: 80, side: 80 }, place, "pnet", false);
    expect(found?.label.kind).toBe("positive");
    expect(found?.label.target?.slice(0, 6)).toEqual([0.125, 0, -0.125, -0.0625, 0.3125, 0.3125]);
    expect(label({ x: 230, y: 70, side: 40 }, place, "pnet", false)).toBeUndefined();
    // A face too small for the stage teaches nothing.
    expect(label({ x: 0, y: 0, side: 12 }, { ...place, faces: [{ box: { x: 0, y: 0, width: 12, height: 12 } }] }, "onet", false)).toBeUndefined();
  });

  it("take no more mined negatives than asked", () => {
    const windows: Window[] = Array.from({ length: 9 }, (_, i) => ({ x: 5 * i, y: 170, side: 40 }));
    const mined = labelCandidates([...windows, { x: 92, y: 78, side: 76 }], place, "rnet", 4);
    expect(mined.map((m) => m.label.kind)).toEqual(["negative", "negative", "negative", "negative", "positive"]);
  });
});

it("neighbouring files are held out together, one block in eight, and no neighbour of theirs trains where it may show the same person", () => {
  for (let i = 0; i < 960; i += 60) for (let k = 1; k < 60; k++) expect(isHeldOut(file("landmarks", i + k))).toBe(isHeldOut(file("landmarks", i)));
  expect(Array.from({ length: 960 }, (_, i) => isHeldOut(file("boxes", i))).filter(Boolean)).toHaveLength(120);
  const guards = Array.from({ length: 480 }, (_, i) => i).filter((i) => isGuard(file("landmarks", i)));
  expect(guards).toEqual([...Array.from({ length: 15 }, (_, i) => 165 + i), ...Array.from({ length: 15 }, (_, i) => 240 + i)]);
  expect(isGuard(file("boxes", 170))).toBe(false);
});

function file(folder: string, n: number): string {
  return `${folder}/${String(n).padStart(5, "0")}.jpg`;
}

/** Red is x + 0.5 in whole numbers, green y, blue 7. */
function gradient(width: number, height: number): Picture {
  return { width, height, pixelFormat: "rgb24", data: Uint8Array.from({ length: width * height * 3 }, (_, i) => [Math.floor(i / 3) % width, Math.floor(i / 3 / width), 7][i % 3]!) };
}
