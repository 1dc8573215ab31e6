// The manifest beside an emotion model: which file, what goes in, what comes out, how good it is. A file that is not the one
// it names is refused.

import { z } from "zod";
import type { Precision } from "../../core/config.js";
import type { ModelPrecision } from "../../core/engine.js";
import { emotionNames } from "../../core/emotions.js";
// oxlint-disable-next-line no-restricted-imports -- reading a model folder is the same for all models
import { checkPrecision, fileAt, int8FileSchema, modelFileSchema, precisionOf, quantizationSchema, readManifest, readModelFile, sha256Schema } from "../model-files.js";

const share = z.number().min(0).max(1);

const format = "emostream-emotion";

export const emotionManifestSchema = z.strictObject({
  format: z.literal(format),
  version: z.literal(1),
  name: z.string().min(1),
  modelVersion: z.string().min(1),
  file: modelFileSchema,
  sha256: sha256Schema,
  int8: int8FileSchema,
  labels: z.array(z.enum(emotionNames)).length(emotionNames.length).refine((l) => new Set(l).size === l.length, "each label once").describe("Order of the outputs."),
  input: z.strictObject({
    name: z.string(),
    size: z.int().min(8).max(512).describe("Side of the square grey input, pixels; layout N, 1, size, size."),
    mean: z.number().describe("Taken off grey values of 0 to 255."),
    deviation: z.number().positive().describe("Divides what is left."),
    equalize: z.boolean().describe("Histogram equalisation of the crop before it is normalised."),
    blurSigma: z.number().min(0).describe("Gaussian blur of the crop, pixels of the input; 0: none."),
    crop: z.strictObject({
      align: z.enum(["points", "box"]).describe("Warp by five points, or cut a square around the box."),
      points: z.array(z.tuple([z.number(), z.number()])).length(5).describe("Where the five points come to lie, as shares of the side."),
      boxScale: z.number().positive().describe("Side of the square, as a share of the box's larger side."),
      boxShift: z.number().describe("Moves the square down by this share of the box's height."),
    }),
  }),
  output: z.strictObject({ name: z.string(), kind: z.literal("logits") }),
  temperature: z.number().positive().describe("Divides the logits after the prior was taken off."),
  prior: z.strictObject({ training: z.array(share).length(emotionNames.length).describe("Shares in the training targets, in the order of the labels."), tau: z.number().min(0).describe("Default of the setting `prior`.") }),
  uncertainBelow: share.describe("A face whose top probability stays below is uncertain."),
  training: z.strictObject({ data: z.string(), command: z.string(), seed: z.int(), epochs: z.number(), parameters: z.int(), megaMultiplications: z.number() }),
  metrics: z.record(z.string(), z.number()).describe("On FER2013Valid; names as in evaluation.json."),
  quantization: quantizationSchema,
  licence: z.string(),
});

export type EmotionManifest = z.infer<typeof emotionManifestSchema>;

export interface EmotionModelFiles {
  readonly manifest: EmotionManifest;
  /** Bytes of the ONNX file, checked against the manifest. */
  readonly model: Uint8Array;
  /** What the file calculates with: also fp32 where int8 was asked for and costs too much. */
  readonly precision: ModelPrecision;
}

const kind = "emotion model";

/** Reads manifest.json and the model it names from `folder`. @throws AppError `model_invalid`, also for int8 that was never made */
export async function readEmotionModel(folder: string, precision: Precision = "fp32"): Promise<EmotionModelFiles> {
  const manifest = await readManifest(folder, emotionManifestSchema, format, kind);
  checkPrecision(folder, manifest, precision, kind);
  return { manifest, model: await readModelFile(folder, fileAt(manifest, precision), kind), precision: precisionOf([manifest], precision) };
}
