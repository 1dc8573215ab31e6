// O-Net's second look, with a net whose answers are known.

import { describe, expect, it } from "vitest";
import type { Picture } from "../../../../src/core/frame.js";
import type { Window } from "../../../../src/inference/mtcnn/box-regression.js";
import type { Pixels } from "../../../../src/inference/mtcnn/pixels.js";
import type { ScoredFace } from "../../../../src/inference/mtcnn/o-net.js";
import { lookAgain } from "../../../../src/inference/mtcnn/second-look.js";
import { WindowNet } from "../../../../src/inference/mtcnn/window-net.js";
import type { OnnxModel } from "../../../../src/inference/onnx.js";
import { pixelsOf } from "../../../support/pixels.js";

const picture: Picture = { width: 200, height: 100, pixelFormat: "rgb24", data: new Uint8Array(60_000) };
const at = (x: number, y: number): ScoredFace => ({ x, y, width: 32, height: 40, score: 0.9, landmarks: [[x + 8, y + 12], [x + 24, y + 12], [x + 16, y + 20], [x + 10, y + 28], [x + 22, y + 28]] });

/** A net that puts every point in the middle of its window, in a mirror a quarter of the window further to the right; it says nothing about windows right of `blindFrom`. */
function netOfMiddles(blindFrom = Infinity) {
  const seen: (readonly Window[])[] = [];
  const net = {
    look: async (_pixels: Pixels, windows: readonly Window[]) => {
      seen.push(windows);
      const landmarks = Float32Array.from(windows.flatMap(({ x, mirrored }) => Array.from({ length: 10 }, (_, k) => (x >= blindFrom ? Number.NaN : k % 2 === 0 && mirrored === true ? 0.75 : 0.5))));
      return { scores: new Float32Array(windows.length).fill(0.5), boxes: new Float32Array(windows.length * 4), landmarks };
    },
  };
  return { net: net as unknown as WindowNet, seen };
}

describe("the second look", () => {
  it("is about each face's middle, at shares of the square, plain and in a mirror; points are its means, boxes and scores those of all answers", async () => {
    const { net, seen } = netOfMiddles();
    const [first, second] = await lookAgain(net, pixelsOf(picture), [at(20, 10), at(100, 30)], [0.8, 0.4]);
    // The square about 32 by 40 is 40 wide; 0.8 of it 32, 0.4 of it 16.
    const windows = [{ x: 20, y: 14, side: 32 }, { x: 28, y: 22, side: 16 }, { x: 100, y: 34, side: 32 }, { x: 108, y: 42, side: 16 }].flatMap((w) => [false, true].map((mirrored) => ({ x: expect.closeTo(w.x, 9), y: expect.closeTo(w.y, 9), side: expect.closeTo(w.side, 9), mirrored })));
    expect(seen).toEqual([windows]);
    // Its answers are the windows themselves: 32 and 16 wide, twice, beside a first one of 32 by 40.
    expect(first).toMatchObject({ x: expect.closeTo((20 + 2 * (20 + 28)) / 5, 9), y: expect.closeTo((10 + 2 * (14 + 22)) / 5, 9), width: expect.closeTo(128 / 5, 9), height: expect.closeTo(136 / 5, 9), score: expect.closeTo((0.9 + 4 * 0.5) / 5, 9) });
    // Middles at 36, in the mirror at 44 and 40.
    expect(first!.landmarks).toEqual(Array.from({ length: 5 }, () => [expect.closeTo((36 + 36 + 44 + 40) / 4, 9), expect.closeTo(30, 9)]));
    expect(second!.landmarks[0]).toEqual([expect.closeTo(119, 9), expect.closeTo(50, 9)]);
  });

  it("leaves the points as they were where the net has no numbers for them, and asks nothing where there is no face", async () => {
    const { net } = netOfMiddles(60);
    expect((await lookAgain(net, pixelsOf(picture), [at(20, 10), at(100, 10)], [0.8]))[1]).toEqual(at(100, 10));
    expect(await lookAgain(net, pixelsOf(picture), [], [0.8])).toEqual([]);
  });
});

describe("a mirrored window", () => {
  it("is seen from right to left, and what is said about it turned back", async () => {
    const scratch: Float32Array[] = [];
    const model: OnnxModel = {
      inputs: ["input"],
      outputs: ["answers"],
      run: async ({ input }) => {
        scratch.push(input!.data.slice());
        // Boxes and points of a face that the net sees left of the middle.
        return { answers: { data: Float32Array.of(2, 0.125, 0.25, -0.5, -0.25, 0.125, 0.25, 0.375, 0.25, 0.25, 0.5, 0.1875, 0.75, 0.3125, 0.75), shape: [1, 15] } };
      },
      [Symbol.asyncDispose]: async () => {},
    };
    const wide: Picture = { width: 8, height: 8, pixelFormat: "rgb24", data: Uint8Array.from({ length: 192 }, (_, i) => 10 * (Math.floor(i / 3) % 8)) };
    const net = new WindowNet(model, 4, { mean: 0, deviation: 1 });
    const window = { x: 2, y: 2, side: 4 };
    await net.look(pixelsOf(wide), [window]);
    const { boxes, landmarks } = await net.look(pixelsOf(wide), [{ ...window, mirrored: true }]);
    expect(Array.from(scratch[0]!.subarray(0, 4))).toEqual([20, 30, 40, 50]);
    expect(Array.from(scratch[1]!.subarray(0, 4))).toEqual([50, 40, 30, 20]);
    expect([...boxes]).toEqual([0.5, 0.25, -0.125, -0.25]);
    expect([...landmarks!]).toEqual([0.625, 0.25, 0.875, 0.25, 0.75, 0.5, 0.6875, 0.75, 0.8125, 0.75]);
  });
});
