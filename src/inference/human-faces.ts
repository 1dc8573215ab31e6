// A face as Human describes it, as one of ours.

import type { DetectedFace } from "../core/engine.js";
import type { Box } from "../core/geometry.js";
import type { HumanFace } from "./human-api.js";
import { landmarksOf, type MeshPoint } from "./human-landmarks.js";

/**
 * Box, score and landmarks. The box is the extent of the mesh, forehead to chin: Human's own is a square of 1.4 times what the
 * detector found, far larger than the face.
 * Undefined where Human gave neither mesh nor key points.
 */
export function faceOf({ mesh, boxScore, faceScore }: Pick<HumanFace, "mesh" | "boxScore" | "faceScore">): DetectedFace | undefined {
  const landmarks = landmarksOf(mesh);
  if (landmarks === undefined) return undefined;
  return { box: extentOf(mesh), score: Math.min(boxScore, faceScore), landmarks };
}

/** Mesh points are cut to whole pixels, so the last one covers the pixel that it names. */
function extentOf(points: readonly MeshPoint[]): Box {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of points) {
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + 1);
    bottom = Math.max(bottom, y + 1);
  }
  return { x: left, y: top, width: right - left, height: bottom - top };
}
