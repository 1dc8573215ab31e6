// R- and O-Net look at windows of one size, cut out of the picture and run in batches.

// oxlint-disable-next-line no-restricted-imports -- the one file of the runtime lies a level up, beside the classifier that shares it
import { batchOf, type OnnxModel } from "../onnx.js";
import { boxAt, pointsAt, sigmoid } from "./answers.js";
import { mirrorOffsets, type Window } from "./box-regression.js";
import { gridOver, type Grid, type Pixels, type PixelScale } from "./pixels.js";

const largestBatch = 32;

/** What a net says about windows, row by row. */
export interface WindowAnswers {
  readonly scores: Float32Array;
  /** Four offsets a window. */
  readonly boxes: Float32Array;
  /** Ten numbers a window, from O-Net; absent without windows. */
  readonly landmarks?: Float32Array;
}

/** One net; one call at a time. */
export class WindowNet {
  readonly #model: OnnxModel;
  readonly #size: number;
  readonly #scale: PixelScale;

  constructor(model: OnnxModel, size: number, scale: PixelScale) {
    this.#model = model;
    this.#size = size;
    this.#scale = scale;
  }

  /** Answers for all windows, in order. @throws AppError `engine_failed` */
  async look(pixels: Pixels, windows: readonly Window[]): Promise<WindowAnswers> {
    const size = this.#size;
    const scores = new Float32Array(windows.length);
    const boxes = new Float32Array(windows.length * 4);
    let landmarks: Float32Array | undefined;
    for (let from = 0; from < windows.length; ) {
      const count = batchOf(windows.length - from, largestBatch);
      const grids = windows.slice(from, from + count).map((window) => gridOf(window, size));
      const { data, shape } = (await this.#model.run({ input: { data: pixels.sample(grids, this.#scale), shape: [count, 3, size, size] } }))["answers"]!;
      const columns = shape[1]!;
      if (columns > pointsAt) landmarks ??= new Float32Array(windows.length * (columns - pointsAt));
      for (let i = 0; i < count; i++) {
        scores[from + i] = sigmoid(data[i * columns]!);
        for (let k = boxAt; k < pointsAt; k++) boxes[(from + i) * (pointsAt - boxAt) + k - boxAt] = data[i * columns + k]!;
        if (landmarks !== undefined) for (let k = pointsAt; k < columns; k++) landmarks[(from + i) * (columns - pointsAt) + k - pointsAt] = data[i * columns + k]!;
      }
      from += count;
    }
    const answers = { scores, boxes, ...(landmarks === undefined ? {} : { landmarks }) };
    turnBack(answers, windows);
    return answers;
  }
}

function gridOf({ x, y, side, mirrored }: Window, size: number): Grid {
  return gridOver(mirrored === true ? { x: x + side, y, width: -side, height: side } : { x, y, width: side, height: side }, size, size);
}

/** Boxes and points of mirrored windows as they lie in the windows themselves. In place. */
function turnBack({ boxes, landmarks = new Float32Array(0) }: WindowAnswers, windows: readonly Window[]): void {
  for (const [i, { mirrored }] of windows.entries()) if (mirrored === true) mirrorOffsets(boxes.subarray(i * 4, i * 4 + 4), landmarks.subarray(i * 10, i * 10 + 10));
}
