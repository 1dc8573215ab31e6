// Where O-Net looks for a face that is known from the frame before, and what becomes of its answer.

import { describe, expect, it } from "vitest";
import type { Picture } from "../../../../src/core/frame.js";
import { netBox, toldBox } from "../../../../src/inference/mtcnn/box-adjust.js";
import type { Window } from "../../../../src/inference/mtcnn/box-regression.js";
import { Cascade, type CascadeNets } from "../../../../src/inference/mtcnn/cascade.js";
import type { Pixels } from "../../../../src/inference/mtcnn/pixels.js";

const picture: Picture = { width: 200, height: 100, pixelFormat: "rgb24", data: new Uint8Array(60_000) };
const settings = { minFaceSize: 20, scaleFactor: 0.7, scoreThresholds: [0.6, 0.7, 0.8] as const, nmsThresholds: [0.5, 0.7, 0.7, 0.7] as const, maxFaces: 20 };

/** A cascade whose O-Net answers each window from a function: its score, and how far the box is moved and grown, in sides. The other nets are not there. */
function cascadeWith(answer: (window: Window) => { score: number; move?: number; grow?: number }) {
  const seen: Window[][] = [];
  const onet = {
    look: async (_pixels: Pixels, windows: readonly Window[]) => {
      seen.push([...windows]);
      const answers = windows.map(answer);
      return {
        scores: Float32Array.from(answers, ({ score }) => score),
        boxes: Float32Array.from(answers.flatMap(({ move = 0, grow = 0 }) => [move - grow / 2, -grow / 2, move + grow / 2, grow / 2])),
        landmarks: Float32Array.from(answers.flatMap(() => [0.25, 0.5, 0.75, 0.5, 0.5, 0.625, 0.25, 0.75, 0.75, 0.75])),
      };
    },
  };
  return { cascade: new Cascade({ onet } as unknown as CascadeNets), seen };
}

/** What is found of one face whose first and further looks score so. */
function lookTwice(first: number, further: number, lookAgainFrom?: number) {
  const { cascade } = cascadeWith(({ mirrored }) => ({ score: mirrored === undefined ? first : further, move: 0.1 }));
  return cascade.follow(picture, { ...settings, secondLook: [0.8], lookAgainFrom }, [{ x: 20, y: 10, width: 40, height: 40 }]);
}

describe("following", () => {
  it("looks at the square about each box, all at once, and keeps what scores high enough, refined", async () => {
    const { cascade, seen } = cascadeWith(({ x }) => ({ score: x < 100 ? 0.875 : 0.9375, move: 0.25 }));
    const faces = await cascade.follow(picture, settings, [{ x: 20, y: 10, width: 32, height: 40 }, { x: 120, y: 20, width: 40, height: 40 }]);
    expect(seen.filter((windows) => windows.length > 0)).toEqual([[{ x: 16, y: 10, side: 40 }, { x: 120, y: 20, side: 40 }]]);
    expect(faces.map(({ x }) => x)).toEqual([130, 26]);
    expect(faces[1]).toEqual({ x: 26, y: 10, width: 40, height: 40, score: 0.875, landmarks: [[26, 30], [46, 30], [36, 35], [26, 40], [46, 40]] });
  });

  it("looks a second time, closer and wider, where a face seems gone, and takes the better answer", async () => {
    const there = { x: 20, y: 10, width: 40, height: 40 };
    const doubtful = { x: 100, y: 20, width: 40, height: 40 };
    const { cascade, seen } = cascadeWith(({ x, side }) => ({ score: x < 100 && side === 40 ? 0.875 : side === 40 ? 0.75 : side < 40 ? 0.9375 : 0.84375 }));
    const faces = await cascade.follow(picture, settings, [there, doubtful]);
    expect(seen[1]).toEqual([{ x: 103, y: 23, side: 34 }, { x: 97, y: 17, side: 46 }]);
    expect(faces.map(({ x, width, score }) => ({ x, width, score }))).toEqual([{ x: 103, width: 34, score: 0.9375 }, { x: 20, width: 40, score: 0.875 }]);
  });

  it("looks again at what it found, plain and mirrored, as after a full pass", async () => {
    const { cascade, seen } = cascadeWith(({ side }) => ({ score: 0.875, move: side > 30 ? 0.25 : 0 }));
    await cascade.follow(picture, { ...settings, secondLook: [0.8] }, [{ x: 20, y: 10, width: 40, height: 40 }]);
    // The first window is 36 wide, and the face a quarter of that further to the right.
    expect(seen.at(-1)).toEqual([false, true].map((mirrored) => ({ x: expect.closeTo(22 + 9 + 3.6, 9), y: expect.closeTo(12 + 3.6, 9), side: expect.closeTo(28.8, 9), mirrored })));
  });

  it("sees a face that has hardly moved once more in a mirror only, and takes the points of both", async () => {
    const { cascade, seen } = cascadeWith(({ mirrored }) => ({ score: mirrored === true ? 0.75 : 1, grow: mirrored === true ? 0 : 1 / 9 }));
    const [face] = await cascade.follow(picture, { ...settings, secondLook: [0.5], scoreThresholds: [0.6, 0.7, 0.8] }, [{ x: 20, y: 10, width: 40, height: 40 }]);
    const windows = [{ x: 22, y: 12, side: 36 }, { x: 30, y: 20, side: 20, mirrored: true }];
    expect(seen.filter((each) => each.length > 0)).toEqual(windows.map((w) => [{ ...w, x: expect.closeTo(w.x, 5), y: expect.closeTo(w.y, 5), side: expect.closeTo(w.side, 5) }]));
    // Left eyes at a quarter of either window; the first box is as it was, the second the window itself.
    expect(face).toEqual({ x: expect.closeTo(25, 5), y: expect.closeTo(15, 5), width: expect.closeTo(30, 5), height: expect.closeTo(30, 5), score: 0.875, landmarks: expect.arrayContaining([[expect.closeTo((22 + 9 + 30 + 5) / 2, 5), 30]]) });
  });

  it("sees a face again plain and in a mirror that has grown", async () => {
    const { cascade, seen } = cascadeWith(({ side }) => ({ score: 0.875, grow: side > 30 ? 0.3 : 0 }));
    await cascade.follow(picture, { ...settings, secondLook: [0.5] }, [{ x: 20, y: 10, width: 40, height: 40 }]);
    expect(seen.at(-1)!.map(({ mirrored }) => mirrored)).toEqual([false, true]);
  });

  it("decides by the mean of all looks, from a lower score of the first one on where the settings say so", async () => {
    expect(await lookTwice(0.875, 0.5)).toEqual([]);
    expect(await lookTwice(0.625, 1)).toEqual([]);
    expect(await lookTwice(0.625, 1, 0.5)).toMatchObject([{ score: 0.875 }]);
    expect(await lookTwice(0.375, 1, 0.5)).toEqual([]);
    // Higher than the threshold itself it says nothing.
    expect(await lookTwice(0.875, 1, 0.9375)).toHaveLength(1);
  });

  it("gives the surest first, as all looks together see it", async () => {
    const { cascade } = cascadeWith(({ x, mirrored }) => ({ score: mirrored === undefined ? 0.875 : x < 80 ? 0.8125 : 1 }));
    const faces = await cascade.follow(picture, { ...settings, secondLook: [0.8] }, [{ x: 20, y: 10, width: 40, height: 40 }, { x: 100, y: 10, width: 40, height: 40 }]);
    expect(faces.map(({ x }) => x > 80)).toEqual([true, false]);
  });

  it("leaves out a face that is gone at second sight too, and one about which the net says nothing", async () => {
    const { cascade } = cascadeWith(({ x }) => ({ score: x < 80 ? 0.75 : Number.NaN }));
    expect(await cascade.follow(picture, settings, [{ x: 20, y: 10, width: 40, height: 40 }, { x: 100, y: 10, width: 40, height: 40 }])).toEqual([]);
  });

  it("finds a face once, whose two boxes have run into one", async () => {
    const { cascade } = cascadeWith(({ x }) => ({ score: x === 20 ? 0.875 : 0.9375 }));
    const faces = await cascade.follow(picture, settings, [{ x: 20, y: 10, width: 40, height: 40 }, { x: 22, y: 10, width: 40, height: 40 }]);
    expect(faces.map(({ x }) => x)).toEqual([22]);
  });
});

describe("the two measures of a box", () => {
  const adjust = { x: 0.05, y: -0.125, width: 0.875, height: 1.25 };

  it("are moved and grown by shares of the nets' box", () => {
    expect(toldBox({ x: 100, y: 50, width: 80, height: 80 }, adjust)).toEqual({ x: 109, y: 30, width: 70, height: 100 });
  });

  it("lead back to where they came from", () => {
    const box = { x: -12, y: 7.5, width: 64, height: 48 };
    for (const [name, value] of Object.entries(netBox(toldBox(box, adjust), adjust))) expect(value, name).toBeCloseTo(box[name as keyof typeof box], 10);
    expect(netBox(box, { x: 0, y: 0, width: 1, height: 1 })).toEqual(box);
  });
});
