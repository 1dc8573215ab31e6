// O-Net's second look, with a net whose answers are known.

import { describe, expect, it } from "vitest";
import type { Picture } from "../../../../src/core/frame.js";
import type { Window } from "../../../../src/inference/mtcnn/box-regression.js";
import type { ScoredFace } from "../../../../src/inference/mtcnn/o-net.js";
import { lookAgain } from "../../../../src/inference/mtcnn/second-look.js";
import { WindowNet } from "../../../../src/inference/mtcnn/window-net.js";
import type { OnnxModel } from "../../../../src/inference/onnx.js";

const picture: Picture = { width: 200, height: 100, pixelFormat: "rgb24", data: new Uint8Array(60_000) };
const at = (x: number, y: number): ScoredFace => ({ x, y, width: 32, height: 40, score: 0.9, landmarks: [[x + 8, y + 12], [x + 24, y + 12], [x + 16, y + 20], [x + 10, y + 28], [x + 22, y + 28]] });

/** A net that puts the box where the window is, moved by that many sides (in a mirror by half as many), and every point in the window's middle. */
function netThatMoves(moves: readonly number[]) {
  const seen: { windows: readonly Window[]; mirrored: boolean }[] = [];
  const net = {
    look: async (_levels: readonly Picture[], windows: readonly Window[], mirrored: boolean) => {
      seen.push({ windows, mirrored });
      const by = (i: number) => moves[i]! / (mirrored ? 2 : 1);
      return { scores: new Float32Array(windows.length), boxes: Float32Array.from(windows.flatMap((_, i) => [by(i), 0, by(i), 0])), landmarks: new Float32Array(windows.length * 10).fill(0.5) };
    },
  };
  return { net: net as unknown as WindowNet, seen };
}

describe("the second look", () => {
  it("is about each face's middle, at its share of the square, once in a mirror, and is averaged with the first; scores stay", async () => {
    const { net, seen } = netThatMoves([0.25, 0]);
    const [first, second] = await lookAgain(net, [picture], [at(20, 10), at(100, 30)], 0.8);
    // The square about 32 by 40 is 40 wide; 0.8 of it 32.
    const windows = [{ x: 20, y: 14, side: 32 }, { x: 100, y: 34, side: 32 }];
    expect(seen).toEqual([{ windows, mirrored: false }, { windows, mirrored: true }]);
    expect(first).toMatchObject({ x: (20 + 28 + 24) / 3, width: 32, score: 0.9 });
    expect([first!.y, first!.height]).toEqual([expect.closeTo(38 / 3, 9), expect.closeTo(104 / 3, 9)]);
    expect(first!.landmarks[0]).toEqual([expect.closeTo((28 + 36 + 36) / 3, 9), expect.closeTo((22 + 30 + 30) / 3, 9)]);
    expect([second!.x, second!.score]).toEqual([100, 0.9]);
  });

  it("leaves a face as it was where the net has no numbers for it, and asks nothing where there is none", async () => {
    const { net } = netThatMoves([Number.NaN]);
    expect(await lookAgain(net, [picture], [at(20, 10)], 0.8)).toEqual([at(20, 10)]);
    expect(await lookAgain(net, [picture], [], 0.8)).toEqual([]);
  });
});

describe("a mirrored window", () => {
  it("is seen from right to left, and what is said about it turned back", async () => {
    const scratch: Float32Array[] = [];
    const model: OnnxModel = {
      inputs: ["input"],
      outputs: ["scores", "boxes", "landmarks"],
      run: async ({ input }) => {
        scratch.push(input!.data.slice());
        // Boxes and points of a face that the net sees left of the middle.
        return { scores: { data: Float32Array.of(0.9), shape: [1] }, boxes: { data: Float32Array.of(0.125, 0.25, -0.5, -0.25), shape: [1, 4] }, landmarks: { data: Float32Array.of(0.125, 0.25, 0.375, 0.25, 0.25, 0.5, 0.1875, 0.75, 0.3125, 0.75), shape: [1, 10] } };
      },
      [Symbol.asyncDispose]: async () => {},
    };
    const wide: Picture = { width: 8, height: 8, pixelFormat: "rgb24", data: Uint8Array.from({ length: 192 }, (_, i) => 10 * (Math.floor(i / 3) % 8)) };
    const net = new WindowNet(model, 4, { mean: 0, deviation: 1 });
    const window = { x: 2, y: 2, side: 4 };
    await net.look([wide], [window]);
    const { boxes, landmarks } = await net.look([wide], [window], true);
    expect(Array.from(scratch[0]!.subarray(0, 4))).toEqual([20, 30, 40, 50]);
    expect(Array.from(scratch[1]!.subarray(0, 4))).toEqual([50, 40, 30, 20]);
    expect([...boxes]).toEqual([0.5, 0.25, -0.125, -0.25]);
    expect([...landmarks!]).toEqual([0.625, 0.25, 0.875, 0.25, 0.75, 0.5, 0.6875, 0.75, 0.8125, 0.75]);
  });
});
