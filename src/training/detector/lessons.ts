// What a trained net says of the windows that its pupil learns from, each seen plain and in a mirror: two looks together are nearer the truth than one, and the pupil,
// which may be smaller, is to say it with one. It looks at clean windows; its pupil sees them relit, softened and covered.

import { createHash } from "node:crypto";
import { AppError } from "../../core/errors.js";
import { sigmoid } from "../../inference/mtcnn/answers.js";
import { openOnnxModel } from "../../inference/onnx.js";
import { detectorInput } from "./export-stage.js";
import { mirrorTarget } from "./face-geometry.js";
import { faceLabels, targetCount } from "./losses.js";
import { outputCount } from "./nets.js";
import type { Samples } from "./samples.js";
import type { WindowBatch } from "./stage-net.js";

/** Whose answers, and which share of the targets they make. */
export interface StageTeaching {
  /** SHA-256 of the net's file. */
  readonly sha256: string;
  readonly share: number;
}

export interface Lessons {
  readonly share: number;
  /** For each window the probability of a face, four box offsets, five points (not a number from a net without them): `count * outputCount`. */
  readonly answers: Float32Array;
}

/** Most of a target: labels are the rest. */
const share = 0.7;
/** From this probability on, box and points that nobody labelled are learnt from the teacher alone. */
const certain = 0.9;
const batchSize = 64;

export function teachingBy(model: Uint8Array): StageTeaching {
  return { sha256: createHash("sha256").update(model).digest("hex"), share };
}

/** What `model` says of all `samples`. @throws AppError `model_invalid`, `engine_failed` for a net of windows of another size, `cancelled` */
export async function lessonsBy(model: Uint8Array, samples: Samples, signal: AbortSignal): Promise<Lessons> {
  await using net = await openOnnxModel(model, "the teacher");
  const answers = new Float32Array(samples.count * outputCount);
  for (let from = 0; from < samples.count; from += batchSize) {
    if (signal.aborted) throw new AppError("cancelled", "Stopped while the teacher looked at the windows.");
    const count = Math.min(batchSize, samples.count - from);
    for (const mirrored of [false, true]) {
      const { data, shape } = (await net.run({ input: { data: planes(samples, from, count, mirrored), shape: [count, 3, samples.size, samples.size] } }))["answers"]!;
      const columns = shape[1]!;
      for (let i = 0; i < count; i++) {
        const said = new Float32Array(outputCount).fill(NaN);
        said.set(data.subarray(i * columns, (i + 1) * columns));
        said[0] = sigmoid(said[0]!);
        if (mirrored) mirrorTarget(said.subarray(1));
        const mean = answers.subarray((from + i) * outputCount, (from + i + 1) * outputCount);
        for (let k = 0; k < outputCount; k++) mean[k]! += said[k]! / 2;
      }
    }
  }
  return { share, answers };
}

/** Makes what the teacher said of a window (in the place of window `i` of the batch) `part` of its targets. In place. */
export function mixIn({ faces, targets, boxWeights, pointWeights }: WindowBatch, i: number, said: Float32Array, part: number): void {
  const probability = said[0]!;
  faces[i] = faces[i] === faceLabels.none ? probability : (1 - part) * faces[i]! + part * probability;
  for (const [weights, from, to] of [[boxWeights, 0, 4], [pointWeights, 4, targetCount]] as const) {
    if (Number.isNaN(said[1 + from])) continue;
    const isLabelled = weights[i]! > 0;
    if (!isLabelled && probability < certain) continue;
    if (!isLabelled) weights[i] = part;
    for (let k = from; k < to; k++) targets[i * targetCount + k] = isLabelled ? (1 - part) * targets[i * targetCount + k]! + part * said[1 + k]! : said[1 + k]!;
  }
}

/** Windows as inputs of an exported net, `count * 3 * size * size`. */
function planes({ size, pixels }: Samples, from: number, count: number, mirrored: boolean): Float32Array {
  const area = size * size;
  const out = new Float32Array(count * 3 * area);
  for (let i = 0; i < count; i++) {
    for (let y = 0; y < size; y++) {
      for (let x = 0; x < size; x++) {
        const at = ((from + i) * area + y * size + (mirrored ? size - 1 - x : x)) * 3;
        for (let c = 0; c < 3; c++) out[(i * 3 + c) * area + y * size + x] = (pixels[at + c]! - detectorInput.mean) / detectorInput.deviation;
      }
    }
  }
  return out;
}
