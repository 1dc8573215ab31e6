// The three losses of the paper (Zhang et al. 2016, equations 1 to 4): cross-entropy of the face score, squared distance of the box offsets and of
// the points, and online hard example mining: only the largest 70 % of the face losses of a batch count. To them the points' plain distance, which is
// what a detector is judged by: squares look at the few windows whose points are far off, and hardly at all the others (Feng et al., "Wing Loss for
// Robust Facial Landmark Localisation with Convolutional Neural Networks", 2018). Pure; gradients written out.

import { boxAt, pointsAt, sigmoid } from "../../inference/mtcnn/answers.js";
import { outputCount, type StageName } from "./nets.js";

/** What a window counts as for the face score, or how probably it shows a face; `none` (parts, faces with points only) leaves the score alone. */
export const faceLabels = { negative: 0, positive: 1, none: 2 } as const;

/** Numbers of a window's target: four box offsets, then ten coordinates of points, all in sides of the window. */
export const targetCount = outputCount - boxAt;

export interface LossSettings {
  readonly face: number;
  readonly box: number;
  readonly points: number;
  /** Of the points' distance, not squared. */
  readonly distance: number;
  /** Share of the face losses that counts, the largest ones. */
  readonly hardShare: number;
}

/**
 * Weights of the paper, section II-C; O-Net's box and points weigh more: once it finds faces well its squared errors, in sides of a window, are far
 * smaller than its cross-entropy, and the points no longer shape the body of the net.
 */
export const lossSettings: Readonly<Record<StageName, LossSettings>> = {
  pnet: { face: 1, box: 0.5, points: 0.5, distance: 0, hardShare: 0.7 },
  rnet: { face: 1, box: 0.5, points: 0.5, distance: 0, hardShare: 0.7 },
  onet: { face: 1, box: 2, points: 10, distance: 0, hardShare: 0.7 },
};

/** Targets of `count` windows. A weight of 0 leaves box or points of a window out. */
export interface LossTargets {
  readonly count: number;
  /** Values of `faceLabels`, or probabilities. */
  readonly faces: Float32Array;
  /** `count * targetCount`. */
  readonly targets: Float32Array;
  readonly boxWeights: Float32Array;
  readonly pointWeights: Float32Array;
}

export interface LossResult {
  readonly loss: number;
  readonly faceLoss: number;
  readonly boxLoss: number;
  readonly pointLoss: number;
  /** Mean over the points, in sides of the window. */
  readonly pointDistance: number;
  /** Of `loss` by the outputs, `count * outputCount`. */
  readonly gradient: Float32Array;
}

/** Loss of `outputs` (`count * outputCount`, the first of each row a logit) and its gradient. Each part is a mean over the windows it looks at. */
export function detectorLoss(outputs: Float32Array, batch: LossTargets, settings: LossSettings): LossResult {
  const gradient = new Float32Array(outputs.length);
  const faceLoss = hardFaceLoss(outputs, batch, settings, gradient);
  const boxLoss = squaredLoss(outputs, batch, boxAt, pointsAt, batch.boxWeights, settings.box, gradient);
  const pointLoss = squaredLoss(outputs, batch, pointsAt, outputCount, batch.pointWeights, settings.points, gradient);
  const pointDistance = distanceLoss(outputs, batch, settings.distance, gradient);
  return { loss: settings.face * faceLoss + settings.box * boxLoss + settings.points * pointLoss + settings.distance * pointDistance, faceLoss, boxLoss, pointLoss, pointDistance, gradient };
}

/** Indices of the largest `share` of the losses, at least one when there is any; of equal ones the first. */
export function hardest(losses: Float32Array, share: number): Uint32Array {
  const order = Uint32Array.from(losses, (_, i) => i).toSorted((a, b) => losses[b]! - losses[a]! || a - b);
  return order.subarray(0, Math.ceil(share * losses.length - 1e-9));
}

function hardFaceLoss(outputs: Float32Array, { count, faces }: LossTargets, { face, hardShare }: LossSettings, gradient: Float32Array): number {
  const rows: number[] = [];
  for (let i = 0; i < count; i++) if (faces[i] !== faceLabels.none) rows.push(i);
  if (rows.length === 0) return 0;
  // Less what no answer can go below: a window that its teacher is in doubt about is not hard for that.
  const losses = Float32Array.from(rows, (i) => logistic(outputs[i * outputCount]!) - faces[i]! * outputs[i * outputCount]! - entropy(faces[i]!));
  const kept = hardest(losses, hardShare);
  let sum = 0;
  for (const k of kept) {
    const i = rows[k]!;
    sum += losses[k]!;
    const probability = sigmoid(outputs[i * outputCount]!);
    gradient[i * outputCount] = (face * (probability - faces[i]!)) / kept.length;
  }
  return sum / kept.length;
}

/** Weighted mean over windows of the squared distance in the columns `from` to `to`. */
function squaredLoss(outputs: Float32Array, { count, targets }: LossTargets, from: number, to: number, weights: Float32Array, scale: number, gradient: Float32Array): number {
  let total = 0;
  for (let i = 0; i < count; i++) total += weights[i]!;
  if (total === 0) return 0;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const weight = weights[i]! / total;
    if (weight === 0) continue;
    for (let k = from; k < to; k++) {
      const difference = outputs[i * outputCount + k]! - targets[i * targetCount + k - boxAt]!;
      sum += weight * difference ** 2;
      gradient[i * outputCount + k] = 2 * scale * weight * difference;
    }
  }
  return sum;
}

const pointCount = (outputCount - pointsAt) / 2;
/** Below this distance, in sides of a window, the loss bends into a square, so that its gradient has no jump at 0. */
const roundedBelow = 0.005;

/** Weighted mean over windows of their points' mean distance; its gradient is added. */
function distanceLoss(outputs: Float32Array, { count, targets, pointWeights }: LossTargets, scale: number, gradient: Float32Array): number {
  const total = pointWeights.reduce((a, b) => a + b, 0);
  if (total === 0) return 0;
  let sum = 0;
  for (let i = 0; i < count; i++) {
    const weight = pointWeights[i]! / (total * pointCount);
    if (weight === 0) continue;
    for (let at = pointsAt; at < outputCount; at += 2) {
      const x = outputs[i * outputCount + at]! - targets[i * targetCount + at - boxAt]!;
      const y = outputs[i * outputCount + at + 1]! - targets[i * targetCount + at + 1 - boxAt]!;
      const distance = Math.sqrt(x * x + y * y + roundedBelow ** 2);
      sum += weight * (distance - roundedBelow);
      gradient[i * outputCount + at]! += (scale * weight * x) / distance;
      gradient[i * outputCount + at + 1]! += (scale * weight * y) / distance;
    }
  }
  return sum;
}

function entropy(p: number): number {
  return p <= 0 || p >= 1 ? 0 : -p * Math.log(p) - (1 - p) * Math.log(1 - p);
}

/** log(1 + exp(x)) without overflow. */
function logistic(x: number): number {
  return Math.max(x, 0) + Math.log1p(Math.exp(-Math.abs(x)));
}
