// R-Net, the refine network: rejects most candidates of P-Net and moves the rest.

import { boxFromOffsets, isFiniteBox, squareAround } from "./box-regression.js";
import type { ScoredBox } from "./nms.js";
import type { Pixels } from "./pixels.js";
import type { WindowNet } from "./window-net.js";

/** The candidates that score at least `threshold`, their boxes refined. @throws AppError `engine_failed` */
export async function refineByRNet(net: WindowNet, pixels: Pixels, candidates: readonly ScoredBox[], threshold: number): Promise<ScoredBox[]> {
  const windows = candidates.map(squareAround);
  const { scores, boxes } = await net.look(pixels, windows);
  return windows.flatMap((window, i) => {
    const score = scores[i]!;
    const box = boxFromOffsets(window, [boxes[i * 4]!, boxes[i * 4 + 1]!, boxes[i * 4 + 2]!, boxes[i * 4 + 3]!]);
    return score >= threshold && isFiniteBox(box) ? [{ ...box, score }] : [];
  });
}
