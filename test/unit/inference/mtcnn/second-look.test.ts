// O-Net's second look, with a net whose answers are known.

import { describe, expect, it } from "vitest";
import type { Picture } from "../../../../src/core/frame.js";
import type { Window } from "../../../../src/inference/mtcnn/box-regression.js";
import type { ScoredFace } from "../../../../src/inference/mtcnn/o-net.js";
import { lookAgain } from "../../../../src/inference/mtcnn/second-look.js";
import type { WindowNet } from "../../../../src/inference/mtcnn/window-net.js";

const picture: Picture = { width: 200, height: 100, pixelFormat: "rgb24", data: new Uint8Array(60_000) };
const at = (x: number, y: number): ScoredFace => ({ x, y, width: 32, height: 40, score: 0.9, landmarks: [[x + 8, y + 12], [x + 24, y + 12], [x + 16, y + 20], [x + 10, y + 28], [x + 22, y + 28]] });

/** A net that puts the box where the window is, moved by that many sides, and every point in the window's middle. */
function netThatMoves(moves: readonly number[]) {
  const seen: Window[][] = [];
  const net = {
    look: async (_levels: readonly Picture[], windows: readonly Window[]) => {
      seen.push([...windows]);
      return { scores: new Float32Array(windows.length), boxes: Float32Array.from(windows.flatMap((_, i) => [moves[i]!, 0, moves[i]!, 0])), landmarks: new Float32Array(windows.length * 10).fill(0.5) };
    },
  };
  return { net: net as unknown as WindowNet, seen };
}

describe("the second look", () => {
  it("is about each face's middle, at its share of the square, and is averaged with the first; scores stay", async () => {
    const { net, seen } = netThatMoves([0.25, 0]);
    const [first, second] = await lookAgain(net, [picture], [at(20, 10), at(100, 30)], 0.8);
    // The square about 32 by 40 is 40 wide; 0.8 of it 32.
    expect(seen).toEqual([[{ x: 20, y: 14, side: 32 }, { x: 100, y: 34, side: 32 }]]);
    expect(first).toEqual({ x: 24, y: 12, width: 32, height: 36, score: 0.9, landmarks: [[32, 26], [40, 26], [36, 30], [33, 34], [39, 34]] });
    expect([second!.x, second!.score]).toEqual([100, 0.9]);
  });

  it("leaves a face as it was where the net has no numbers for it, and asks nothing where there is none", async () => {
    const { net } = netThatMoves([Number.NaN]);
    expect(await lookAgain(net, [picture], [at(20, 10)], 0.8)).toEqual([at(20, 10)]);
    expect(await lookAgain(net, [picture], [], 0.8)).toEqual([]);
  });
});
