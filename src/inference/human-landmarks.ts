// Five landmarks out of Human's points. Mesh indices: MediaPipe's canonical face model (canonical_face_model_uv_visualization.png);
// key points: BlazeFace (Bazarevsky et al. 2019, section 3.1), whose "right eye" is the person's, on the image's left.

import type { Landmarks, Point } from "../core/geometry.js";

/** A point in pixels of the picture, with a depth where it belongs to a mesh. */
export type MeshPoint = readonly [x: number, y: number, z?: number];

/** Both lids from corner to corner; their mean is the middle of the opening. */
const eyeOnLeft = [33, 7, 163, 144, 145, 153, 154, 155, 133, 246, 161, 160, 159, 158, 157, 173] as const;
const eyeOnRight = [263, 249, 390, 373, 374, 380, 381, 382, 362, 466, 388, 387, 386, 385, 384, 398] as const;
const noseTip = 1;
const mouthOnLeft = 61;
const mouthOnRight = 291;
const meshPoints = 468;

/** Human cuts the mesh to whole pixels: on average that moves a point by half a pixel. */
const cut = 0.5;

/**
 * Five points in pixels of an upright face: left and right are the image's. Undefined where there are neither 468 mesh points nor six key points.
 */
export function landmarksOf(points: readonly MeshPoint[]): Landmarks | undefined {
  if (points.length >= meshPoints) return [mean(points, eyeOnLeft), mean(points, eyeOnRight), mean(points, [noseTip]), mean(points, [mouthOnLeft]), mean(points, [mouthOnRight])];
  if (points.length >= 4) return fromKeyPoints(points);
  return undefined;
}

/** The detector knows only the middle of the mouth; its corners lie about 0.38 of the distance between the eyes to either side. */
function fromKeyPoints(points: readonly MeshPoint[]): Landmarks {
  const [left, right, nose, mouth] = points as readonly [MeshPoint, MeshPoint, MeshPoint, MeshPoint];
  const dx = (right[0] - left[0]) * 0.38;
  const dy = (right[1] - left[1]) * 0.38;
  return [[left[0], left[1]], [right[0], right[1]], [nose[0], nose[1]], [mouth[0] - dx, mouth[1] - dy], [mouth[0] + dx, mouth[1] + dy]];
}

function mean(points: readonly MeshPoint[], indices: readonly number[]): Point {
  let x = 0;
  let y = 0;
  for (const index of indices) {
    x += points[index]![0];
    y += points[index]![1];
  }
  return [x / indices.length + cut, y / indices.length + cut];
}
