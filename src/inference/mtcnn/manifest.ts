// The manifest beside a detector's three nets: which files, what goes in, what its thresholds are, how good it is.

import { z } from "zod";
import type { Precision } from "../../core/config.js";
import type { ModelPrecision } from "../../core/engine.js";
// oxlint-disable-next-line no-restricted-imports -- reading a model folder is the same for all models
import { checkPrecision, fileAt, int8FileSchema, modelFileSchema, precisionOf, quantizationSchema, readManifest, readModelFile, sha256Schema } from "../model-files.js";

const format = "emostream-mtcnn";
const share = z.number().min(0).max(1);
const positive = z.number().positive();

const scoresSchema = z.tuple([share, share, share]);
const scaleSchema = z.number().min(0.3).max(0.95);

const stageSchema = (size: number) =>
  z.strictObject({
    file: modelFileSchema,
    sha256: sha256Schema,
    int8: int8FileSchema,
    size: z.literal(size).describe("Side of the net's window, pixels."),
    stride: z.int().min(1).max(64).describe("Distance of neighbouring windows where the net runs over a whole picture, pixels."),
    megaMultiplications: positive.describe("For one window, millions."),
  });

export const detectorManifestSchema = z.strictObject({
  format: z.literal(format),
  version: z.literal(1),
  name: z.string().min(1),
  modelVersion: z.string().min(1),
  stages: z.strictObject({ pnet: stageSchema(12), rnet: stageSchema(24), onet: stageSchema(48) }),
  input: z.strictObject({ mean: z.number(), deviation: positive }).describe("Inputs are `(value - mean) / deviation` of RGB values of 0 to 255."),
  boxAdjust: z
    .strictObject({ x: z.number().min(-1).max(1), y: z.number().min(-1).max(1), width: positive.max(4), height: positive.max(4) })
    .describe("From the nets' boxes to brow to chin: moved by shares of width and height, then grown by factors."),
  scoreThresholds: scoresSchema.describe("Least scores of P-, R- and O-Net."),
  nmsThresholds: z.tuple([share, share, share, share]).describe("Largest overlaps within a level, between levels, after R-Net, after O-Net (there of the smaller area)."),
  secondLook: z.array(z.number().min(0.5).max(1.5)).min(1).max(4).optional().describe("O-Net looks again at each face in squares so many times as large as the one about its box, and its points are the means of these answers, its box and score those of all; absent: it does not."),
  lookAgainFrom: share.optional().describe("Least score of O-Net's first look for a second one; a face's score is the mean of all looks, and has to reach the last of scoreThresholds. Absent: the first look has to reach that, too."),
  scaleFactor: scaleSchema,
  minFaceSize: z.number().min(8).max(1000).describe("Smallest face that is looked for, pixels."),
  thorough: z.strictObject({ scoreThresholds: scoresSchema, scaleFactor: scaleSchema }).optional().describe("What takes the place of these two where nothing hurries, as with stills: more candidates, and more sizes, for fewer faces missed; absent: nothing."),
  licence: z.string(),
  training: z.looseObject({ command: z.string() }),
  quantization: quantizationSchema,
  metrics: z.record(z.string(), z.number()).describe("On photos that training never saw; names as in evaluation.json."),
});

export type DetectorManifest = z.infer<typeof detectorManifestSchema>;

/** Least scores and steps of size: of films, or `closely`, where the manifest tells the two apart. */
export function searchSettings({ scoreThresholds, scaleFactor, thorough }: DetectorManifest, closely: boolean): Pick<DetectorManifest, "scoreThresholds" | "scaleFactor"> {
  return { scoreThresholds, scaleFactor, ...(closely && thorough) };
}

export interface DetectorModelFiles {
  readonly manifest: DetectorManifest;
  /** Bytes of the ONNX files, checked against the manifest. */
  readonly models: Readonly<Record<"pnet" | "rnet" | "onet", Uint8Array>>;
  /** What the files calculate with. */
  readonly precision: ModelPrecision;
}

const kind = "detector";

/** Reads manifest.json and the nets it names from `folder`. @throws AppError `model_invalid`, also for int8 that was never made */
export async function readDetectorModel(folder: string, precision: Precision = "fp32"): Promise<DetectorModelFiles> {
  const manifest = await readManifest(folder, detectorManifestSchema, format, kind);
  checkPrecision(folder, manifest, precision, kind);
  const read = (stage: "pnet" | "rnet" | "onet") => readModelFile(folder, fileAt(manifest.stages[stage], precision), kind);
  return { manifest, models: { pnet: await read("pnet"), rnet: await read("rnet"), onet: await read("onet") }, precision: precisionOf(Object.values(manifest.stages), precision) };
}
