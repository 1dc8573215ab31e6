// R-Net, the refine network: rejects most candidates of P-Net and moves the rest.

import type { Picture } from "../../core/frame.js";
import { boxFromOffsets, isFiniteBox, squareAround } from "./box-regression.js";
import type { ScoredBox } from "./nms.js";
import type { WindowNet } from "./window-net.js";

/** The candidates that score at least `threshold`, their boxes refined. `levels` are the picture's halvings. @throws AppError `engine_failed` */
export async function refineByRNet(net: WindowNet, levels: readonly Picture[], candidates: readonly ScoredBox[], threshold: number): Promise<ScoredBox[]> {
  const windows = candidates.map(squareAround);
  const { scores, boxes } = await net.look(levels, windows);
  return windows.flatMap((window, i) => {
    const score = scores[i]!;
    const box = boxFromOffsets(window, [boxes[i * 4]!, boxes[i * 4 + 1]!, boxes[i * 4 + 2]!, boxes[i * 4 + 3]!]);
    return score >= threshold && isFiniteBox(box) ? [{ ...box, score }] : [];
  });
}
