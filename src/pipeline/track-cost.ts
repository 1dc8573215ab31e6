// How well a detection fits a track: overlap, distance and size, all relative to the size of the face.

import { iou, type Box } from "../core/geometry.js";

/** From this cost on a pair is worse than ending the track and starting a new one. */
export const maxTrackCost = 1;

const weights = { overlap: 0.4, distance: 0.4, size: 0.2, absence: 0.2 } as const;
/** Farthest that a face may be from where it was expected, in face sizes, and how that grows while it is not seen. */
const reach = { sizes: 0.9, sizesPerSecond: 0.8, most: 1.7 } as const;
/** A side that grows or shrinks by more than this factor between two sightings is another face. */
const maxSideRatio = 1.8;

/**
 * Cost of seeing the track's face at a box: 0 is a perfect fit, `maxTrackCost` means they do not belong together.
 * @param expected Where the track should be now.
 * @param unseenMs Since the track was seen last.
 * @param absence Share of its allowed gap that the track has missed, 0 where it was seen in the frame before. Faces
 *   that were just seen win over faces that come back.
 */
export function trackCost(expected: Box, detected: Box, unseenMs: number, absence: number): number {
  const expectedSide = Math.sqrt(expected.width * expected.height);
  const detectedSide = Math.sqrt(detected.width * detected.height);
  if (!(expectedSide > 0) || !(detectedSide > 0)) return maxTrackCost;
  const sideRatio = Math.max(expectedSide, detectedSide) / Math.min(expectedSide, detectedSide);
  const distance = centreDistance(expected, detected) / ((expectedSide + detectedSide) / 2);
  const furthest = Math.min(reach.most, reach.sizes + (reach.sizesPerSecond * unseenMs) / 1000);
  // Written so that a NaN is out of reach.
  if (!(sideRatio <= maxSideRatio) || !(distance <= furthest)) return maxTrackCost;
  const cost =
    weights.overlap * (1 - iou(expected, detected)) +
    weights.distance * (distance / furthest) +
    weights.size * (Math.log(sideRatio) / Math.log(maxSideRatio)) +
    weights.absence * Math.min(1, absence);
  // Just below the limit: a pair within reach may be costly, but it is still better than a new id.
  return Math.min(cost, maxTrackCost * 0.999);
}

function centreDistance(a: Box, b: Box): number {
  return Math.hypot(a.x + a.width / 2 - b.x - b.width / 2, a.y + a.height / 2 - b.y - b.height / 2);
}
