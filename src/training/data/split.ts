// Which faces train and which choose. A fold of FER2013Train, whole groups of duplicates at a time, chooses everything;
// FER2013Valid only reports. Training faces that also stand in FER2013Valid are left out.

import { createHash } from "node:crypto";
import { concatenate, facePixels, pick, type FaceSet } from "./face-set.js";
import { duplicateGroups } from "./near-duplicates.js";

/** One group in so many goes to the fold. */
export const foldShare = 10;

export interface Split {
  readonly train: FaceSet;
  /** Chooses epochs, weights, temperature and defaults. */
  readonly fold: FaceSet;
  /** Only reports. */
  readonly report: FaceSet;
  readonly duplicates: DuplicateCounts;
}

/** Faces of a group with more than one face, as found. */
export interface DuplicateCounts {
  /** Training faces beyond the first of their group. */
  readonly withinTrain: number;
  /** Training faces left out since the report set holds the same photo. */
  readonly leftOut: number;
  /** Faces of the report set whose photo also stood among the training faces. */
  readonly inReport: number;
}

/**
 * Splits by rule: the same faces give the same split, whatever the seed. Faces of `also` only train, unless the fold or the report
 * set holds the same photo.
 */
export function splitFaces(own: FaceSet, report: FaceSet, also: readonly FaceSet[] = []): Split {
  const train = concatenate([own, ...also]);
  const pixels = new Uint8Array((train.count + report.count) * facePixels);
  pixels.set(train.pixels);
  pixels.set(report.pixels, train.pixels.length);
  const groups = duplicateGroups(pixels, train.count + report.count);
  const inTrain = new Set(groups.subarray(0, train.count));
  const inReport = new Set(groups.subarray(train.count));
  const trainIndices: number[] = [];
  const foldIndices: number[] = [];
  for (let i = 0; i < train.count; i++) {
    const group = groups[i]!;
    if (inReport.has(group)) continue;
    // By the name of the group's first face: independent of the order and number of other faces.
    const digest = createHash("sha256").update(train.names[group] ?? "").digest();
    if (digest.readUInt32LE() % foldShare !== 0) trainIndices.push(i);
    else if (i < own.count) foldIndices.push(i);
    else if (group >= own.count) trainIndices.push(i);
  }
  const leftOut = train.count - trainIndices.length - foldIndices.length;
  return {
    train: pick(train, trainIndices),
    fold: pick(train, foldIndices),
    report,
    duplicates: { withinTrain: train.count - inTrain.size, leftOut, inReport: groups.subarray(train.count).filter((g) => inTrain.has(g)).length },
  };
}
