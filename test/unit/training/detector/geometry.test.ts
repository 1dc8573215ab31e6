import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { iou, type Box, type Landmarks } from "../../../../src/core/geometry.js";
import { boxFromPoints, fitBoxConvention, type BoxConvention } from "../../../../src/training/detector/box-convention.js";
import { boxFromOffsets } from "../../../../src/inference/mtcnn/box-regression.js";
import { bestFace, boxOffsets, kindByOverlap, mirrorTarget, pointOffsets, turnBack, turnBox, turnBy, turnPoint, type Window } from "../../../../src/training/detector/face-geometry.js";

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const aWindow = fc.record({ x: number(-50, 500), y: number(-50, 500), side: number(10, 300) });
const aBox = fc.record({ x: number(-50, 500), y: number(-50, 500), width: number(5, 300), height: number(5, 300) });
const upright: Landmarks = [[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]];
const mirror = (x: number) => 1000 - x;

describe("samples", () => {
  it("are classed by their overlap as in the paper", () => {
    expect([0, 0.29, 0.3, 0.39, 0.4, 0.55, 0.56, 1].map((o) => kindByOverlap(o, "rnet"))).toEqual(["negative", "negative", undefined, undefined, "part", "part", "positive", "positive"]);
    expect([0.4, 0.6, 0.61].map((o) => kindByOverlap(o, "onet"))).toEqual(["part", "part", "positive"]);
    const face = { box: { x: 10, y: 10, width: 20, height: 20 } };
    // Moved by a quarter of its side: 15 * 20 of 2 * 400 - 300.
    expect(bestFace({ x: 15, y: 10, side: 20 }, [{ box: { x: 200, y: 0, width: 9, height: 9 } }, face])).toEqual({ face, overlap: 300 / 500 });
    expect(bestFace({ x: 100, y: 100, side: 20 }, [face])).toEqual({ overlap: 0 });
  });

  it("have offsets in sides of the window", () => {
    const window: Window = { x: 100, y: 200, side: 50 };
    expect(boxOffsets(window, { x: 105, y: 195, width: 40, height: 60 })).toEqual([0.1, -0.1, -0.1, 0.1]);
    expect(pointOffsets(window, [[110, 220], [140, 220], [125, 230], [115, 240], [135, 240]])).toEqual([0.2, 0.4, 0.8, 0.4, 0.5, 0.6, 0.3, 0.8, 0.7, 0.8]);
  });

  it("offsets and boxes are inverse", () => {
    fc.assert(fc.property(aWindow, aBox, (window, box) => {
      const back = boxFromOffsets(window, boxOffsets(window, box));
      for (const key of ["x", "y", "width", "height"] as const) expect(back[key]).toBeCloseTo(box[key], 6);
    }));
  });

  it("mirrored, left and right change places", () => {
    const target = Float32Array.from([0.125, -0.25, -0.5, 0.0625, 0.25, 0.375, 0.75, 0.5, 0.4375, 0.5625, 0.375, 0.75, 0.625, 0.8125]);
    mirrorTarget(target);
    expect([...target]).toEqual([0.5, -0.25, -0.125, 0.0625, 0.25, 0.5, 0.75, 0.375, 0.5625, 0.5625, 0.375, 0.8125, 0.625, 0.75]);
  });

  it("mirrored targets are those of the mirrored picture", () => {
    fc.assert(fc.property(aWindow, aBox, (window, box) => {
      const target = Float32Array.from([...boxOffsets(window, box), ...pointOffsets(window, upright)]);
      mirrorTarget(target);
      const flipped = { ...window, x: mirror(window.x + window.side) };
      const [l, r, n, ml, mr] = upright.map(([x, y]) => [mirror(x), y] as const);
      const expected = [...boxOffsets(flipped, { ...box, x: mirror(box.x + box.width) }), ...pointOffsets(flipped, [r!, l!, n!, mr!, ml!])];
      for (const [i, e] of expected.entries()) expect(target[i]).toBeCloseTo(e, 3);
    }));
  });
});

describe("turned views", () => {
  it("turn by hand-computed numbers", () => {
    const turn = turnBy(90, [50, 50]);
    const [x, y] = turnPoint([60, 50], turn);
    expect([x, y].map((v) => Math.round(v * 1e9) / 1e9)).toEqual([50, 60]);
    const box = turnBox({ x: 40, y: 30, width: 20, height: 40 }, turn);
    for (const [key, value] of Object.entries({ x: 30, y: 40, width: 40, height: 20 })) expect(box[key as keyof Box]).toBeCloseTo(value, 9);
  });

  it("turn back, and a box around a round head keeps its centre and never grows past its diagonal", () => {
    fc.assert(fc.property(aBox, number(-180, 180), number(0, 400), number(0, 400), (box, degrees, cx, cy) => {
      const turn = turnBy(degrees, [cx, cy]);
      const [x, y] = turnBack(turnPoint([box.x, box.y], turn), turn);
      expect(x).toBeCloseTo(box.x, 6);
      expect(y).toBeCloseTo(box.y, 6);
      const turned = turnBox(box, turn);
      const [mx, my] = turnPoint([box.x + box.width / 2, box.y + box.height / 2], turn);
      expect(turned.x + turned.width / 2).toBeCloseTo(mx, 6);
      expect(turned.y + turned.height / 2).toBeCloseTo(my, 6);
      expect(turned.width).toBeLessThanOrEqual(Math.max(box.width, box.height) + 1e-6);
      expect(turned.width).toBeGreaterThanOrEqual(Math.min(box.width, box.height) - 1e-6);
    }));
  });
});

describe("box convention", () => {
  const convention: BoxConvention = { height: [1.5, 0.75], width: [0.75, 1.25], down: 0.5, across: -0.5 };

  it("is computed by hand for an upright face", () => {
    // Eyes 40 apart, mouth 40 below them: 90 high, 80 wide, centre 20 below the eyes.
    expect(boxFromPoints(upright, convention)).toEqual({ x: 10, y: 15, width: 80, height: 90 });
  });

  it("goes with the face when it turns", () => {
    fc.assert(fc.property(number(-60, 60), number(-8, 8), (degrees, nose) => {
      const face: Landmarks = [upright[0], upright[1], [50 + nose, 60], upright[3], upright[4]];
      const turn = turnBy(degrees, [50, 50]);
      const turned = boxFromPoints(face.map((p) => turnPoint(p, turn)) as unknown as Landmarks, convention);
      expect(iou(turned, turnBox(boxFromPoints(face, convention), turn))).toBeGreaterThan(0.999);
    }));
  });

  it("is found again from faces that follow it, some of them wrong", () => {
    const faces = Array.from({ length: 60 }, (_, i) => {
      const [grow, wide, tall] = [1 + (i % 7) / 3, 0.7 + (i % 5) / 8, 0.8 + (i % 4) / 8];
      const points = upright.map(([x, y], k) => [(x * wide + (k === 2 ? (i % 9) - 4 : 0)) * grow, y * tall * grow] as const) as unknown as Landmarks;
      const box = boxFromPoints(points, convention);
      return { points, box: i % 10 === 0 ? { ...box, x: box.x + box.width, height: box.height / 2 } : box };
    });
    const found = fitBoxConvention(faces);
    for (const key of ["height", "width"] as const) for (const i of [0, 1] as const) expect(found[key][i]).toBeCloseTo(convention[key][i], 3);
    expect(found.down).toBeCloseTo(convention.down, 3);
    expect(found.across).toBeCloseTo(convention.across, 3);
    expect(() => fitBoxConvention(faces.slice(0, 7))).toThrow(RangeError);
  });
});
