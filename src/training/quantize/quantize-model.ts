// `models quantize`: a model of either kind.

import type { ModelKind } from "../../inference/model-folder.js";
import type { Quantization } from "../../inference/model-files.js";
import { table } from "../report/markdown.js";
import { quantizeDetector } from "./quantize-detector.js";
import { quantizeEmotion, type QuantizeOptions } from "./quantize-emotion.js";

/** Writes int8 files beside those of floats, and what they cost into the manifest. @throws AppError `model_invalid`, `data_missing`, `corrupt`, `cancelled` */
export function quantizeModel(kind: ModelKind, options: QuantizeOptions): Promise<Quantization> {
  return kind === "emotion" ? quantizeEmotion(options) : quantizeDetector(options);
}

/** Both sets of figures side by side, and which nets stay on floats. */
export function quantizationMarkdown({ calibration, data, fp32, int8, left }: Quantization): string {
  const rows = Object.keys(fp32).map((name) => [name, fp32[name]!.toFixed(4), int8[name]!.toFixed(4), (int8[name]! - fp32[name]!).toFixed(4)]);
  const stays = Object.entries(left).map(([file, why]) => `${file} stays on floats: ${why}.\n`).join("");
  return `Calibrated with ${calibration}; measured on ${data}.\n\n${table(["figure", "fp32", "int8", "difference"], rows)}\n${stays}`;
}
