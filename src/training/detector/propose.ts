// What the trained stages let through, for the next stage to learn from. Thresholds are low: hard examples are wanted, not answers.

import { iou } from "../../core/geometry.js";
import type { Picture } from "../../core/frame.js";
import { openOnnxModel, type OnnxModel } from "../../inference/onnx.js";
import { detectorInput } from "./export-stage.js";
import { boxFromOffsets, turnBy, windowBox, type Window } from "./face-geometry.js";
import { stageSpecs, strideOf } from "./nets.js";
import { cutWindow } from "./photos.js";

const scaleFactor = 0.709;
/** Smallest face that is looked for, pixels. */
const minFaceSize = 16;
const thresholds = { pnet: 0.5, rnet: 0.4 };
const nmsThreshold = 0.7;
/** Most candidates of P-Net and of R-Net in one photo. */
const maxCandidates = { pnet: 1500, rnet: 300 };
const batchSize = 256;

/** The squares that the stages so far take for faces, surest first. */
export interface Proposer extends AsyncDisposable {
  propose(levels: readonly Picture[]): Promise<readonly Window[]>;
}

interface Scored extends Window {
  readonly score: number;
}

/** Opens the trained P-Net, and R-Net where given. @throws AppError `model_invalid` */
export async function openProposer(pnet: Uint8Array, rnet?: Uint8Array): Promise<Proposer> {
  const first = await openOnnxModel(pnet);
  const second = rnet === undefined ? undefined : await openOnnxModel(rnet);
  return {
    async propose(levels) {
      const candidates = await proposeByPNet(first, levels);
      return second === undefined ? candidates : refineByRNet(second, levels, candidates);
    },
    async [Symbol.asyncDispose]() {
      await first[Symbol.asyncDispose]();
      await second?.[Symbol.asyncDispose]();
    },
  };
}

/** Squares in the order of their scores, those left out that overlap a better one by more than `threshold` (IoU). */
export function suppress(candidates: readonly Scored[], threshold: number, most: number): Scored[] {
  const kept: Scored[] = [];
  for (const candidate of candidates.toSorted((a, b) => b.score - a.score)) {
    if (kept.length === most) break;
    if (kept.every((k) => iou(windowBox(k), windowBox(candidate)) <= threshold)) kept.push(candidate);
  }
  return kept;
}

async function proposeByPNet(net: OnnxModel, levels: readonly Picture[]): Promise<Scored[]> {
  const { width, height } = levels[0]!;
  const { size } = stageSpecs.pnet;
  const stride = strideOf(stageSpecs.pnet);
  const found: Scored[] = [];
  for (let scale = size / minFaceSize; Math.min(width, height) * scale >= size; scale *= scaleFactor) {
    const [w, h] = [Math.round(width * scale), Math.round(height * scale)];
    const { scores, boxes } = await net.run({ input: { data: resized(levels, w, h), shape: [1, 3, h, w] } });
    const [rows, columns] = [scores!.shape[2]!, scores!.shape[3]!];
    const here: Scored[] = [];
    for (let i = 0; i < rows * columns; i++) {
      const score = scores!.data[i]!;
      if (score < thresholds.pnet) continue;
      const window = { x: ((i % columns) * stride) / scale, y: (Math.floor(i / columns) * stride) / scale, side: size / scale };
      here.push({ ...squareAround(window, [0, 1, 2, 3].map((k) => boxes!.data[k * rows * columns + i]!)), score });
    }
    found.push(...suppress(here, 0.5, maxCandidates.pnet));
  }
  return suppress(found, nmsThreshold, maxCandidates.pnet);
}

async function refineByRNet(net: OnnxModel, levels: readonly Picture[], candidates: readonly Scored[]): Promise<Scored[]> {
  const { size } = stageSpecs.rnet;
  const upright = { levels, turn: turnBy(0, [0, 0]) };
  const found: Scored[] = [];
  for (let from = 0; from < candidates.length; from += batchSize) {
    const part = candidates.slice(from, from + batchSize);
    const input = new Float32Array(part.length * 3 * size * size);
    for (const [i, window] of part.entries()) toPlanes(cutWindow(upright, window, size), size * size, input.subarray(i * 3 * size * size));
    const { scores, boxes } = await net.run({ input: { data: input, shape: [part.length, 3, size, size] } });
    for (const [i, window] of part.entries()) {
      const score = scores!.data[i]!;
      if (score >= thresholds.rnet) found.push({ ...squareAround(window, [...boxes!.data.subarray(i * 4, i * 4 + 4)]), score });
    }
  }
  return suppress(found, nmsThreshold, maxCandidates.rnet);
}

/** The square with the centre of the refined box and its larger side. */
function squareAround(window: Window, offsets: readonly number[]): Window {
  const { x, y, width, height } = boxFromOffsets(window, offsets as unknown as readonly [number, number, number, number]);
  const side = Math.max(1, width, height);
  return { x: x + (width - side) / 2, y: y + (height - side) / 2, side };
}

/** The picture at `width` x `height`, bilinear from the level that is not more than twice as fine, as normalised planes. */
function resized(levels: readonly Picture[], width: number, height: number): Float32Array {
  const level = levels[Math.min(levels.length - 1, Math.max(0, Math.floor(Math.log2(levels[0]!.width / width))))]!;
  const area = width * height;
  const out = new Float32Array(3 * area);
  const { data } = level;
  for (let y = 0, at = 0; y < height; y++) {
    const sy = Math.min(level.height - 1, Math.max(0, ((y + 0.5) * level.height) / height - 0.5));
    const iy = Math.min(level.height - 2, sy | 0);
    for (let x = 0; x < width; x++, at++) {
      const sx = Math.min(level.width - 1, Math.max(0, ((x + 0.5) * level.width) / width - 0.5));
      const ix = Math.min(level.width - 2, sx | 0);
      const [fx, fy] = [sx - ix, sy - iy];
      const k = (iy * level.width + ix) * 3;
      const below = k + level.width * 3;
      for (let c = 0; c < 3; c++) {
        const top = data[k + c]! + (data[k + c + 3]! - data[k + c]!) * fx;
        const bottom = data[below + c]! + (data[below + c + 3]! - data[below + c]!) * fx;
        out[c * area + at] = (top + (bottom - top) * fy - detectorInput.mean) / detectorInput.deviation;
      }
    }
  }
  return out;
}

function toPlanes(pixels: Uint8Array, area: number, out: Float32Array): void {
  for (let i = 0; i < area; i++) for (let c = 0; c < 3; c++) out[c * area + i] = (pixels[i * 3 + c]! - detectorInput.mean) / detectorInput.deviation;
}

