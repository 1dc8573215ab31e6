// P-Net, the proposal network: fully convolutional, run over every level of the pyramid; what scores high enough is a candidate.

import type { Box } from "../../core/geometry.js";
// oxlint-disable-next-line no-restricted-imports -- the one file of the runtime lies a level up, beside the classifier that shares it
import type { OnnxModel } from "../onnx.js";
import { boxAt, sigmoid } from "./answers.js";
import { boxFromOffsets, isFiniteBox } from "./box-regression.js";
import type { Size } from "./halvings.js";
import { BoxTable, type ScoredBox } from "./nms.js";
import { imagePyramid, type PyramidSettings } from "./pyramid.js";
import { gridOver, type Pixels, type PixelScale } from "./pixels.js";

/** Most candidates of one level before suppression: bounds the time for pictures that excite the net everywhere. */
const maxOfLevel = 2000;

export interface PNetSettings extends PyramidSettings {
  readonly scoreThreshold: number;
  /** Overlap (IoU) above which the less sure goes, among candidates of one level. */
  readonly nmsThreshold: number;
}

/** The net; one call at a time. */
export class PNet {
  readonly #model: OnnxModel;
  readonly #size: number;
  readonly #stride: number;
  readonly #scale: PixelScale;

  /** `size`: side of its window; `stride`: distance of neighbouring windows, both in pixels of a level. */
  constructor(model: OnnxModel, { size, stride }: { readonly size: number; readonly stride: number }, scale: PixelScale) {
    this.#model = model;
    this.#size = size;
    this.#stride = stride;
    this.#scale = scale;
  }

  /** Candidates of all levels over `area` of the picture, boxes in its pixels. @throws AppError `engine_failed` */
  async propose(pixels: Pixels, area: Box, { scoreThreshold, nmsThreshold, ...settings }: PNetSettings): Promise<ScoredBox[]> {
    const found: ScoredBox[] = [];
    for (const level of imagePyramid(area.width, area.height, settings, this.#size)) {
      const table = await this.#proposeAt(pixels, area, level, scoreThreshold);
      for (const i of table.suppress(nmsThreshold, { considered: maxOfLevel })) found.push(table.at(i));
    }
    return found;
  }

  async #proposeAt(pixels: Pixels, area: Box, { width, height }: Size, threshold: number): Promise<BoxTable> {
    const grid = gridOver(area, width, height);
    const { data, shape } = (await this.#model.run({ input: { data: pixels.sample([grid], this.#scale), shape: [1, 3, height, width] } }))["answers"]!;
    const [rows, columns] = shape.slice(2) as [number, number];
    const places = rows * columns;
    const logits = data.subarray(0, places);
    const least = Math.log(threshold / (1 - threshold));
    let count = 0;
    for (let i = 0; i < places; i++) if (logits[i]! >= least) count++;
    const table = new BoxTable(count);
    if (count === 0) return table;
    const offset = data.subarray(boxAt * places);
    const side = this.#size * grid.stepX;
    for (let i = 0; i < places; i++) {
      const logit = logits[i]!;
      if (!(logit >= least)) continue;
      // Levels are rounded to whole pixels, so the two directions may differ by a little; the window is as wide as high all the same.
      const window = { x: area.x + (i % columns) * this.#stride * grid.stepX, y: area.y + Math.floor(i / columns) * this.#stride * grid.stepY, side };
      const box = boxFromOffsets(window, [offset[i]!, offset[places + i]!, offset[2 * places + i]!, offset[3 * places + i]!]);
      if (isFiniteBox(box)) table.put(box.x, box.y, box.width, box.height, sigmoid(logit));
    }
    return table;
  }
}
