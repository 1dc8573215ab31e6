import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import { iou, type Box, type Landmarks } from "../../../../src/core/geometry.js";
import { boxFromPoints, fitBoxConvention, type BoxConvention } from "../../../../src/training/detector/box-convention.js";
import { boxFromOffsets, pointsFromOffsets, squareAround } from "../../../../src/inference/mtcnn/box-regression.js";
import { aroundEllipse, bestFace, boxOffsets, kindByOverlap, mirrorTarget, pointOffsets, turnBack, turnBox, turnBy, turnPoint, type Window } from "../../../../src/training/detector/face-geometry.js";
import { turnPicture } from "../../../../src/training/detector/turn-picture.js";
import { noisePicture } from "../../../support/pixels.js";

const number = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const aWindow = fc.record({ x: number(-50, 500), y: number(-50, 500), side: number(10, 300) });
const aBox = fc.record({ x: number(-50, 500), y: number(-50, 500), width: number(5, 300), height: number(5, 300) });
const upright: Landmarks = [[30, 40], [70, 40], [50, 60], [35, 80], [65, 80]];
const aFace = fc.tuple(...upright.map(([x, y]) => fc.tuple(number(x - 9, x + 9), number(y - 9, y + 9)))).map((points) => points as unknown as Landmarks);
const aConvention = fc.record({ height: fc.tuple(number(0.5, 2), number(0.2, 1.5)), width: fc.tuple(number(0.3, 2), number(0.2, 1.5)), down: number(0.2, 0.9), across: number(-1, 1) });
const mirror = (x: number) => 1000 - x;

describe("samples", () => {
  it("are classed by their overlap as in the paper", () => {
    expect([0, 0.29, 0.3, 0.39, 0.4, 0.5, 0.51, 1].map((o) => kindByOverlap(o, "rnet"))).toEqual(["negative", "negative", undefined, undefined, "part", "part", "positive", "positive"]);
    expect([0.4, 0.55, 0.56].map((o) => kindByOverlap(o, "onet"))).toEqual(["part", "part", "positive"]);
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

  it("offsets and points are inverse, at any place of a row", () => {
    fc.assert(fc.property(aWindow, aFace, fc.integer({ min: 0, max: 30 }), (window, points, at) => {
      const row = new Float32Array(at + 14).fill(Number.NaN);
      row.set(pointOffsets(window, points), at);
      for (const [i, [x, y]] of pointsFromOffsets(window, row, at).entries()) expect(Math.hypot(x - points[i]![0], y - points[i]![1])).toBeLessThan(1e-3);
    }));
  });

  it("offsets move each corner by itself; a box turned inside out becomes the thinnest there is", () => {
    fc.assert(fc.property(aWindow, fc.tuple(number(-2, 2), number(-2, 2), number(-2, 2), number(-2, 2)), ({ x, y, side }, [x1, y1, x2, y2]) => {
      const box = boxFromOffsets({ x, y, side }, [x1, y1, x2, y2]);
      const corners = [x + x1 * side, y + y1 * side, x + side + x2 * side, y + side + y2 * side] as const;
      expect([box.x, box.y]).toEqual([corners[0], corners[1]]);
      expect(box.width).toBeCloseTo(Math.max(side / 100, corners[2] - corners[0]), 6);
      expect(box.height).toBeCloseTo(Math.max(side / 100, corners[3] - corners[1]), 6);
    }));
  });

  it("the square about a box is the smallest that holds it with its middle", () => {
    fc.assert(fc.property(aBox, (box) => {
      const { x, y, side } = squareAround(box);
      const reach = [box.x - x, box.y - y, x + side - box.x - box.width, y + side - box.y - box.height] as const;
      expect(Math.min(...reach)).toBeCloseTo(0, 6);
      expect(reach[0]).toBeCloseTo(reach[2], 6);
      expect(reach[1]).toBeCloseTo(reach[3], 6);
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

describe("a turned picture", () => {
  it("is itself at no turn and after a whole one; a quarter moves each pixel to its place", () => {
    const picture = noisePicture(31, 31, 4);
    expect(turnPicture(picture, 0).data).toEqual(picture.data);
    expect(turnPicture(picture, 360).data).toEqual(picture.data);
    const quarter = turnPicture(picture, 90).data;
    // Clockwise: the first row becomes the last column.
    for (const y of [0, 7, 30]) for (const x of [0, 12, 30]) expect([...quarter.subarray((x * 31 + 30 - y) * 3, (x * 31 + 30 - y) * 3 + 3)]).toEqual([...picture.data.subarray((y * 31 + x) * 3, (y * 31 + x) * 3 + 3)]);
  });

  it("keeps its size; what comes into view is grey", () => {
    const { width, height, data } = turnPicture({ width: 40, height: 20, pixelFormat: "rgb24", data: new Uint8Array(2400).fill(10) }, 45);
    expect([width, height]).toEqual([40, 20]);
    expect([...data.subarray(0, 3)]).toEqual([128, 128, 128]);
    expect(data[(10 * 40 + 20) * 3]).toBe(10);
  });
});

describe("the box around a turned ellipse", () => {
  it("is that of its points, one by one", () => {
    fc.assert(fc.property(aBox, number(-180, 180), (box, degrees) => {
      const turn = turnBy(degrees, [30, 70]);
      const [cx, cy] = [box.x + box.width / 2, box.y + box.height / 2];
      const points = Array.from({ length: 3600 }, (_, i) => turnPoint([cx + (box.width / 2) * Math.cos((i * Math.PI) / 1800), cy + (box.height / 2) * Math.sin((i * Math.PI) / 1800)], turn));
      const [xs, ys] = [points.map(([x]) => x), points.map(([, y]) => y)];
      const [left, top] = [Math.min(...xs), Math.min(...ys)];
      const [middleX, middleY] = turnPoint([cx, cy], turn);
      for (const found of [turnBox(box, turn), aroundEllipse([middleX, middleY], box.width, box.height, turn.cos, turn.sin)]) {
        expect(Math.abs(found.x - left) + Math.abs(found.y - top)).toBeLessThan(1e-2);
        expect(Math.abs(found.width - (Math.max(...xs) - left)) + Math.abs(found.height - (Math.max(...ys) - top))).toBeLessThan(1e-2);
      }
    }), { numRuns: 50 });
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

  it("goes with the face when it moves, grows or is seen in a mirror", () => {
    fc.assert(fc.property(aFace, aConvention, number(0.1, 20), number(-900, 900), number(-900, 900), (face, rule, scale, dx, dy) => {
      const box = boxFromPoints(face, rule);
      const moved = boxFromPoints(face.map(([x, y]) => [scale * x + dx, scale * y + dy]) as unknown as Landmarks, rule);
      const expected = { x: scale * box.x + dx, y: scale * box.y + dy, width: scale * box.width, height: scale * box.height };
      for (const key of ["x", "y", "width", "height"] as const) expect(moved[key]).toBeCloseTo(expected[key], 6);
      const [l, r, n, ml, mr] = face.map(([x, y]) => [mirror(x), y] as const);
      const mirrored = boxFromPoints([r!, l!, n!, mr!, ml!], rule);
      const other = { ...box, x: mirror(box.x + box.width) };
      for (const key of ["x", "y", "width", "height"] as const) expect(mirrored[key]).toBeCloseTo(other[key], 6);
    }));
  });

  it("gives numbers for points that make no face", () => {
    const one: Landmarks = [[5, 5], [5, 5], [5, 5], [5, 5], [5, 5]];
    for (const points of [one, [upright[3], upright[4], upright[2], upright[0], upright[1]] as const]) for (const value of Object.values(boxFromPoints(points, convention))) expect(Number.isFinite(value)).toBe(true);
  });

  it("is found again, whatever it is", () => {
    fc.assert(fc.property(aConvention, fc.array(aFace, { minLength: 30, maxLength: 30 }), (rule, shapes) => {
      // The box follows the rule along the face's own axis; only that of upright faces is drawn upright.
      const faces = shapes.map(([l, r, n, ml, mr]) => {
        const middle = (l[0] + r[0]) / 2 - (ml[0] + mr[0]) / 2;
        const points: Landmarks = [l, r, n, [ml[0] + middle, ml[1]], [mr[0] + middle, mr[1]]];
        return { points, box: boxFromPoints(points, rule) };
      });
      const found = fitBoxConvention(faces);
      for (const { points, box } of faces) expect(iou(boxFromPoints(points, found), box)).toBeGreaterThan(0.9999);
    }), { numRuns: 40 });
  });

  it("is one that fits where all faces are alike, though their two lengths cannot be told apart", () => {
    const faces = Array.from({ length: 12 }, (_, i) => {
      const points = upright.map(([x, y]) => [x * (1 + i), y * (1 + i)]) as unknown as Landmarks;
      return { points, box: boxFromPoints(points, convention) };
    });
    const found = fitBoxConvention(faces);
    for (const { points, box } of faces) expect(iou(boxFromPoints(points, found), box)).toBeGreaterThan(0.999);
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
