// Where a head is turned, out of its five landmarks: a coarse estimate, good to tell faces that look away from faces that look here.
//
// Method: pose from orthography and scaling of a rigid set of points (DeMenthon and Davis, "Model-based object pose in 25 lines of code",
// IJCV 15, 1995, its first pass): the affine map from the model to the image with the least squared error, then the nearest rotation.
// Model: across and down as our detector sees the average frontal face (the points of the emotion model's manifest), so that it has no
// pitch and no yaw; depths of nose tip and mouth corners before the eyes as in MediaPipe's canonical_face_model.obj (vertices 33, 133, 1,
// 61; Apache-2.0). All in distances between the eyes. A longer or flatter nose seems turned more or less, an open
// mouth seems lifted, perspective at half a metre adds up to 6 degrees.

import type { Landmarks, Point } from "./geometry.js";

/** Degrees. */
export interface Pose {
  /** Azimuth of the nose: positive to the image's right. */
  readonly yaw: number;
  /** Elevation of the nose: positive up. */
  readonly pitch: number;
  /** The head's tilt in the image: positive clockwise. */
  readonly roll: number;
}

/** A point of the model: x to the image's right, y down, z away from the camera. */
export type ModelPoint = readonly [x: number, y: number, z: number];

const noseDown = 0.634;
const mouthDown = 1.006;
const mouthHalf = 0.41;
const noseDepth = -0.635;
const mouthDepth = -0.13;

/** Eyes, nose tip and mouth corners in the order of landmarks; the middle between the eyes is the origin. */
export const faceModel: readonly ModelPoint[] = [
  [-0.5, 0, 0],
  [0.5, 0, 0],
  [0, noseDown, noseDepth],
  [-mouthHalf, mouthDown, mouthDepth],
  [mouthHalf, mouthDown, mouthDepth],
];

type Row = readonly [number, number, number];

const middle = faceModel.reduce<Row>((sum, p) => [sum[0] + p[0] / 5, sum[1] + p[1] / 5, sum[2] + p[2] / 5], [0, 0, 0]);
const centred = faceModel.map((p): Row => [p[0] - middle[0], p[1] - middle[1], p[2] - middle[2]]);
const xx = dotOver(0, 0);
const yy = dotOver(1, 1);
const yz = dotOver(1, 2);
const zz = dotOver(2, 2);

/** The pose of a face. Undefined where the points make no face (all on one line). */
export function poseOf(landmarks: Landmarks): Pose | undefined {
  const across = affineRow(landmarks, 0);
  const down = affineRow(landmarks, 1);
  // The nearest pair of perpendicular rows of one length: (M Mᵀ)^(-1/2) M, the square root of a 2x2 matrix in closed form.
  const [a, b, c] = [dot(across, across), dot(across, down), dot(down, down)];
  const delta = Math.sqrt(Math.max(0, a * c - b * b));
  if (!(delta > 1e-6 * (a + c))) return undefined;
  const right = unit(mix(across, c + delta, down, -b));
  const below = unit(mix(down, a + delta, across, -b));
  const away: Row = [right[1] * below[2] - right[2] * below[1], right[2] * below[0] - right[0] * below[2], right[0] * below[1] - right[1] * below[0]];
  return {
    yaw: degrees(Math.atan2(away[0], Math.hypot(right[0], below[0]))),
    pitch: degrees(Math.atan2(-away[1], away[2])),
    roll: degrees(Math.atan2(below[0], right[0])),
  };
}

/** How one image axis depends on the model's three: least squares. The model is its own mirror image, so x goes by itself. */
function affineRow(landmarks: Landmarks, axis: 0 | 1): Row {
  const mean = landmarks.reduce((sum, p: Point) => sum + p[axis] / 5, 0);
  let [ux, uy, uz] = [0, 0, 0];
  for (const [i, point] of landmarks.entries()) {
    const [x, y, z] = centred[i]!;
    const u = point[axis] - mean;
    ux += u * x;
    uy += u * y;
    uz += u * z;
  }
  const determinant = yy * zz - yz * yz;
  return [ux / xx, (zz * uy - yz * uz) / determinant, (yy * uz - yz * uy) / determinant];
}

function dotOver(i: 0 | 1 | 2, j: 0 | 1 | 2): number {
  return centred.reduce((sum, p) => sum + p[i] * p[j], 0);
}

function dot(a: Row, b: Row): number {
  return a[0] * b[0] + a[1] * b[1] + a[2] * b[2];
}

function mix(a: Row, s: number, b: Row, t: number): Row {
  return [a[0] * s + b[0] * t, a[1] * s + b[1] * t, a[2] * s + b[2] * t];
}

function unit(a: Row): Row {
  const length = Math.sqrt(dot(a, a));
  return [a[0] / length, a[1] / length, a[2] / length];
}

function degrees(radians: number): number {
  return (radians * 180) / Math.PI;
}
