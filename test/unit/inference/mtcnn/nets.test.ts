import * as fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Box } from "../../../../src/core/geometry.js";
import type { Window } from "../../../../src/inference/mtcnn/box-regression.js";
import { Cascade, type CascadeSettings } from "../../../../src/inference/mtcnn/cascade.js";
import { candidates } from "../../../../src/inference/mtcnn/candidates.js";
import { nms } from "../../../../src/inference/mtcnn/nms.js";
import { facesByONet } from "../../../../src/inference/mtcnn/o-net.js";
import { PNet } from "../../../../src/inference/mtcnn/p-net.js";
import { refineByRNet } from "../../../../src/inference/mtcnn/r-net.js";
import { WindowNet } from "../../../../src/inference/mtcnn/window-net.js";
import type { FloatTensor, OnnxModel } from "../../../../src/inference/onnx.js";
import { noisePicture, pixelsOf } from "../../../support/pixels.js";

// The nets' places are taken by functions of their inputs, so that what surrounds them can be worked out by hand.

const plain = { mean: 0, deviation: 1 };
const settings = { minFaceSize: 24, scaleFactor: 0.5, scoreThreshold: 0.5, nmsThreshold: 0.5 };
const nearly = (score: number): unknown => expect.closeTo(score, 5);
const whole = (width: number, height: number): Box => ({ x: 0, y: 0, width, height });

describe("P-Net's candidates", () => {
  it("lie where their window lies in the picture, at every level and in every area", async () => {
    const size = 12;
    const picture = noisePicture(96, 96, 1);
    const area = { x: 10, y: 6, width: 48, height: 72 };
    // Of each level the window in the third column and second row, moved by a quarter of its side to the right and grown by half of it downwards.
    const pnet = new PNet(fakePNet(2, (column, row) => (column === 2 && row === 1 ? { score: 0.75, offsets: [0.25, 0, 0.25, 0.5] } : { score: 0 })), { size, stride: 2 }, plain);
    // Levels of 24 x 36 and 12 x 18; the second is one column wide.
    expect(await pnet.propose(pixelsOf(picture), area, settings)).toEqual([{ x: 10 + 2 * 2 * 2 + 6, y: 6 + 2 * 2, width: 24, height: 36, score: nearly(0.75) }]);
    const first = new PNet(fakePNet(2, (column, row) => (column + row === 0 ? { score: 0.75, offsets: [0, 0, 0, 0] } : { score: 0 })), { size, stride: 2 }, plain);
    expect(await first.propose(pixelsOf(picture), area, settings)).toEqual([24, 48].map((side) => ({ x: 10, y: 6, width: side, height: side, score: nearly(0.75) })));
  });

  it("are at most 2000 a level, the surest, before suppression", async () => {
    // A window 12 wide every pixel of 72 x 72: 61 x 61 places, none suppressed.
    const pnet = new PNet(fakePNet(1, (column, row) => ({ score: 0.5 + (row * 61 + column) / 8000, offsets: [0, 0, 0, 0] })), { size: 12, stride: 1 }, plain);
    const found = await pnet.propose(pixelsOf(noisePicture(72, 72, 1)), whole(72, 72), { ...settings, minFaceSize: 12, scaleFactor: 0.3, nmsThreshold: 1 });
    const firstLevel = found.filter(({ width }) => width === 12);
    expect(firstLevel).toHaveLength(2000);
    expect(Math.min(...firstLevel.map(({ score }) => score))).toBeCloseTo(0.5 + (61 * 61 - 2000) / 8000, 5);
  });

  it("are none where the net says no number", async () => {
    for (const answer of [{ score: Number.NaN, offsets: [0, 0, 0, 0] }, { score: 0.9, offsets: [Number.NaN, 0, 0, 0] }, { score: 0.9, offsets: [0, 0, Infinity, 0] }]) {
      const pnet = new PNet(fakePNet(2, () => answer), { size: 12, stride: 2 }, plain);
      expect(await pnet.propose(pixelsOf(noisePicture(40, 40, 1)), whole(40, 40), settings)).toEqual([]);
    }
  });
});

describe("windows", () => {
  it("are answered in their order, however many, in batches of the sizes that ONNX Runtime has seen", async () => {
    const seen = new Set<number>();
    const picture = noisePicture(40, 30, 5);
    const pixels = pixelsOf(picture);
    const net = new WindowNet(fakeWindowNet(4, ({ first, mean }) => ({ score: mean / 256, offsets: [first, mean, -first, -mean], points: Array.from({ length: 10 }, (_, k) => first + k) }), (count) => seen.add(count)), 4, plain);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.record({ x: fc.integer({ min: 0, max: 36 }), y: fc.integer({ min: 0, max: 26 }), side: fc.constant(4) }), { maxLength: 110 }), async (windows: readonly Window[]) => {
        const { scores, boxes, landmarks } = await net.look(pixels, windows);
        expect([scores.length, boxes.length, landmarks?.length ?? 0]).toEqual([windows.length, 4 * windows.length, 10 * windows.length]);
        for (const [i, { x, y }] of windows.entries()) {
          const first = picture.data[(y * 40 + x) * 3]!;
          let sum = 0;
          for (let v = 0; v < 4; v++) for (let u = 0; u < 4; u++) for (let c = 0; c < 3; c++) sum += picture.data[((y + v) * 40 + x + u) * 3 + c]!;
          expect(scores[i]).toBeCloseTo(sum / 48 / 256, 5);
          expect(boxes[i * 4]).toBeCloseTo(first, 3);
          expect(landmarks![i * 10 + 9]).toBeCloseTo(first + 9, 3);
        }
      }),
      { numRuns: 30 },
    );
    for (const count of seen) expect([1, 2, 4, 8, 16, 32]).toContain(count);
  });

  it("give candidates from the threshold on, and none where the net says no number", async () => {
    const pixels = pixelsOf(noisePicture(40, 40, 1));
    const proposed = [{ x: 4, y: 4, width: 16, height: 8, score: 0.9 }];
    // The square about the candidate: 16 wide from (4, 0).
    expect(await refineByRNet(answers(0.75, 0.25), pixels, proposed, 0.75)).toEqual([{ x: 8, y: 0, width: 12, height: 16, score: nearly(0.75) }]);
    expect(await facesByONet(answers(0.75, 0.25), pixels, proposed, 0.75)).toEqual([{ x: 8, y: 0, width: 12, height: 16, score: nearly(0.75), landmarks: Array.from({ length: 5 }, () => [12, 8]) }]);
    for (const [score, offset] of [[0.7, 0], [Number.NaN, 0], [0.9, Number.NaN], [0.9, -Infinity]] as const) {
      expect(await refineByRNet(answers(score, offset), pixels, proposed, 0.75), `${score} ${offset}`).toEqual([]);
      expect(await facesByONet(answers(score, offset), pixels, proposed, 0.75), `${score} ${offset}`).toEqual([]);
    }
    expect(await facesByONet(answers(0.9, 0), pixels, [], 0.75)).toEqual([]);
  });
});

describe("a crowd", () => {
  const crowd: CascadeSettings = { minFaceSize: 12, scaleFactor: 0.5, scoreThresholds: [0.5, 0.5, 0.5], nmsThresholds: [0.5, 0.5, 0.5, 1], maxFaces: 1 };

  it("of more candidates than may go on keeps its largest face, however unsure the nets are of it, and the surest", async () => {
    // On the finest level 2000 small faces, surest at the lower right; on the coarsest, whose only window is the picture, a large one that is less sure.
    let width = 0;
    const pnet = new PNet(
      fakePNet(6, (column, row) => ({ score: width === 12 ? 0.6 : width === 384 ? 0.9 + (column * 63 + row) / 1e5 : 0 }), (w) => (width = w)),
      { size: 12, stride: 6 },
      plain,
    );
    const looked = { rnet: 0, onet: 0 };
    const [rnet, onet] = [answers(0.8, 0, (n) => (looked.rnet += n)), answers(0.8, 0, (n) => (looked.onet += n))];
    const faces = await new Cascade({ pnet, rnet, onet }).detect(noisePicture(384, 384, 1), crowd);
    expect(faces.filter((face) => face.width === 384)).toHaveLength(1);
    expect(faces[0]).toMatchObject({ x: 62 * 6, y: 62 * 6, width: 12, height: 12 });
    expect(looked).toEqual({ rnet: 606 + 1, onet: 103 + 1 });
  });

  it("that is none is suppressed as always", () => {
    const boxes = fc.array(fc.record({ x: fc.integer({ min: 0, max: 60 }), y: fc.integer({ min: 0, max: 60 }), width: fc.integer({ min: 1, max: 40 }), height: fc.integer({ min: 1, max: 40 }), score: fc.double({ min: 0, max: 1, noNaN: true }) }), { maxLength: 40 });
    fc.assert(
      fc.property(boxes, fc.integer({ min: 1, max: 10 }), fc.integer({ min: 1, max: 5 }), (all, surest, largest) => {
        const found = candidates(all, 0.4, { surest, largest });
        const suppressed = nms(all, 0.4);
        if (suppressed.length < surest) expect(found).toEqual(suppressed);
        expect(found.slice(0, 1)).toEqual(suppressed.slice(0, 1));
        expect(found.length).toBeLessThanOrEqual(surest + largest);
        expect(nms(found, 0.4)).toEqual(found);
      }),
    );
  });
});

interface Answer {
  readonly score: number;
  readonly offsets?: readonly number[];
  readonly points?: readonly number[];
}

/** P-Net's place: an answer for each window of 12 pixels by its column and row. */
function fakePNet(stride: number, answer: (column: number, row: number) => Answer, onLevel?: (width: number) => void): OnnxModel {
  return fake(({ shape: [, , height, width] }) => {
    onLevel?.(width!);
    const [columns, rows] = [Math.floor((width! - 12) / stride) + 1, Math.floor((height! - 12) / stride) + 1];
    const places = columns * rows;
    const all = Array.from({ length: places }, (_, i) => answer(i % columns, Math.floor(i / columns)));
    return { data: Float32Array.from({ length: 5 * places }, (_, k) => (k < places ? logit(all[k]!.score) : (all[k % places]!.offsets?.[Math.floor(k / places) - 1] ?? 0))), shape: [1, 5, rows, columns] };
  });
}

/** R- or O-Net's place: an answer for each window by its first red value and the mean of all. */
function fakeWindowNet(size: number, answer: (window: { first: number; mean: number }) => Answer, onBatch?: (count: number) => void): OnnxModel {
  return fake(({ data, shape: [count] }) => {
    onBatch?.(count!);
    const values = 3 * size * size;
    const all = Array.from({ length: count! }, (_, i) => {
      const own = data.subarray(i * values, (i + 1) * values);
      return answer({ first: own[0]!, mean: own.reduce((a, b) => a + b, 0) / values });
    });
    return { data: Float32Array.from(all.flatMap(({ score, offsets, points }) => [logit(score), ...offsets!, ...points!])), shape: [count!, 15] };
  });
}

/** R- or O-Net that says the same of every window. */
function answers(score: number, offset: number, onBatch?: (count: number) => void): WindowNet {
  return new WindowNet(fakeWindowNet(4, () => ({ score, offsets: [offset, 0, 0, 0], points: Array<number>(10).fill(0.5) }), onBatch), 4, plain);
}

function fake(run: (input: FloatTensor) => FloatTensor): OnnxModel {
  return { inputs: ["input"], outputs: ["answers"], run: async ({ input }) => ({ answers: run(input!) }), [Symbol.asyncDispose]: async () => undefined };
}

/** A float32 whose sigmoid is no less than `score`. */
function logit(score: number): number {
  return Math.log(score / (1 - score)) + 1e-6;
}
