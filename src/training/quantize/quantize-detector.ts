// `models quantize` of a detector: windows of training photos calibrate R- and O-Net, the photos that report say what each costs.

import { detectorManifestSchema, readDetectorModel, type DetectorManifest, type DetectorModelFiles } from "../../inference/mtcnn/manifest.js";
import { precisionOf, type Quantization } from "../../inference/model-files.js";
import { evaluateDetector, type DetectorFigures } from "../detector/evaluate-detector.js";
import { stageSpecs } from "../detector/nets.js";
import { cascadeCandidateOf, type OpenCandidate } from "../detector/open-candidates.js";
import type { LabelledPhoto } from "../detector/photos.js";
import { readPhotos } from "../detector/read-photos.js";
import { decodeOnnx } from "../onnx-decode.js";
import { calibrationPhotosOf, calibrationWindows, windowStages, type WindowStage } from "./calibration-windows.js";
import { affordable, maxLoss, roundFigures } from "./figures.js";
import { byteConvolutions } from "./graph.js";
import type { QuantizeOptions } from "./quantize-emotion.js";
import { quantizeNet } from "./quantize-net.js";
import { int8Entry, writeInt8 } from "./write-int8.js";

/** bench/precision.mjs measures it beside the others. */
const pnetStays = "its layers are too thin to gain: no faster with int8";

/** @throws AppError `model_invalid`, `data_missing`, `cancelled` */
export async function quantizeDetector({ folder, data, seed, command, signal, onProgress }: Omit<QuantizeOptions, "cache">): Promise<Quantization> {
  const files = await readDetectorModel(folder);
  // Before a minute of work: a net with other activations cannot.
  for (const stage of windowStages) byteConvolutions(decodeOnnx(files.models[stage]));
  const photos = await readPhotos(data);
  const own = await calibrationPhotosOf(photos, seed);
  const windows = await calibrationWindows(own, files.models, files.manifest.input, seed, signal);
  const sizes = Object.fromEntries(windowStages.map((stage) => [stage, windows[stage].length / (3 * stageSpecs[stage].size ** 2)]));
  const quantized = {} as Record<WindowStage, Uint8Array>;
  for (const stage of windowStages) quantized[stage] = await quantizeNet(files.models[stage], windows[stage], [3, stageSpecs[stage].size, stageSpecs[stage].size]);

  const { manifest: whole } = files;
  const { quantization: _quantization, ...rest } = whole;
  const without: DetectorManifest = { ...rest, stages: { ...whole.stages, ...Object.fromEntries(windowStages.map((stage) => [stage, { ...whole.stages[stage], int8: undefined }])) } };
  const bare = { ...files, manifest: without };
  const [fp32, ...each] = await measure([bare, ...windowStages.map((stage) => withInt8(bare, [stage], quantized)), withInt8(bare, windowStages, quantized)], photos, signal, onProgress);
  const losses = each.map((figures) => lossOf(fp32!, figures));
  const left: Record<string, string> = { [without.stages.pnet.file]: pnetStays };
  const kept = affordable(windowStages.map((stage, i) => [stage, losses[i]!] as const), losses[windowStages.length]!);
  for (const [i, stage] of windowStages.entries()) if (!kept.includes(stage)) left[without.stages[stage].file] = `int8 costs ${losses[i]!.toFixed(2)} points alone, ${losses[windowStages.length]!.toFixed(2)} with the other net, more than ${maxLoss}`;
  const chosen = kept.length === 1 ? each[windowStages.indexOf(kept[0]!)]! : each[windowStages.length]!;
  const quantization: Quantization = {
    command,
    calibration: `${own.length} training photos, ${sizes["rnet"]} windows for R-Net and ${sizes["onet"]} for O-Net, seed ${seed}`,
    data: "the photos of evaluation.json, as they are",
    fp32: short(fp32!),
    int8: short(chosen),
    left,
  };
  await writeInt8(folder, windowStages.map((stage) => ({ net: without.stages[stage], bytes: kept.includes(stage) ? quantized[stage] : undefined })), without, detectorManifestSchema.parse({ ...withInt8(bare, kept, quantized).manifest, quantization }));
  return quantization;
}

function withInt8({ manifest, models }: DetectorModelFiles, stages: readonly WindowStage[], quantized: Readonly<Record<WindowStage, Uint8Array>>): DetectorModelFiles {
  const entries = Object.fromEntries(stages.map((stage) => [stage, { ...manifest.stages[stage], int8: int8Entry(manifest.stages[stage].file, quantized[stage]) }]));
  const own: DetectorManifest = { ...manifest, stages: { ...manifest.stages, ...entries } };
  return { manifest: own, models: { ...models, ...Object.fromEntries(stages.map((stage) => [stage, quantized[stage]])) }, precision: precisionOf(Object.values(own.stages), "int8") };
}

/** Figures of each, on the same photos in one run. */
async function measure(all: readonly DetectorModelFiles[], photos: readonly LabelledPhoto[], signal: AbortSignal, onProgress?: (done: number, total: number) => void): Promise<readonly DetectorFigures[]> {
  const detectors: OpenCandidate[] = [];
  try {
    for (const files of all) detectors.push(await cascadeCandidateOf(files));
    return (await evaluateDetector({ photos, detectors, plainOnly: true, signal, ...(onProgress === undefined ? {} : { onProgress }) })).detectors;
  } finally {
    for (const detector of detectors) await detector[Symbol.asyncDispose]();
  }
}

/** What int8 costs, points: of average precision, or of the eyes' distance where that is more. Recall at the threshold follows no finer step than one face. */
function lossOf(fp32: DetectorFigures, int8: DetectorFigures): number {
  return Math.max(100 * (fp32.averagePrecision - int8.averagePrecision), int8.pointErrors.portrait.common.mean - fp32.pointErrors.portrait.common.mean);
}

function short({ averagePrecision, recall, precision, falseAlarmsPer100Rooms, portraitsMissed, pointErrors }: DetectorFigures): Record<string, number> {
  return roundFigures({ averagePrecision, recall, precision, falseAlarmsPer100Rooms, portraitsMissed, pointError: pointErrors.portrait.common.mean });
}
