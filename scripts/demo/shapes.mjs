// Shapes are flat lists of points (x0, y0, x1, y1, ...): similarity fits, generalised Procrustes means, and the frame of control points around the mesh.

import { meshPoints } from "./landmarks.mjs";

/** Side of the square canvas in which all faces are brought together, pixels. */
export const canvasSide = 512;
/** Where the eyes stand on it. A head of usual proportions then fits from crown to neck. */
const eyeLevel = 0.46 * canvasSide;
const eyeDistance = 0.215 * canvasSide;

/** MediaPipe's face oval, clockwise from the top of the forehead. */
export const ovalIndices = [10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109];
const leftEye = [33, 133, 159, 145];
const rightEye = [263, 362, 386, 374];
const browTops = [105, 66, 334, 296, 63, 293];

/** Mean of the points with these indices. */
export function centroid(points, indices) {
  let x = 0;
  let y = 0;
  for (const i of indices) {
    x += points[2 * i];
    y += points[2 * i + 1];
  }
  return [x / indices.length, y / indices.length];
}

/** The least-squares similarity that takes `from` to `to`: x' = a x - b y + tx, y' = b x + a y + ty. Counts the first `count` points. */
export function fitSimilarity(from, to, count = meshPoints) {
  const all = Array.from({ length: count }, (_, i) => i);
  const [fx, fy] = centroid(from, all);
  const [gx, gy] = centroid(to, all);
  let dot = 0;
  let cross = 0;
  let norm = 0;
  for (let i = 0; i < count; i++) {
    const x = from[2 * i] - fx;
    const y = from[2 * i + 1] - fy;
    const u = to[2 * i] - gx;
    const v = to[2 * i + 1] - gy;
    dot += x * u + y * v;
    cross += x * v - y * u;
    norm += x * x + y * y;
  }
  const a = dot / norm;
  const b = cross / norm;
  return { a, b, tx: gx - a * fx + b * fy, ty: gy - b * fx - a * fy };
}

/** Applies a similarity to every point. */
export function transform(points, { a, b, tx, ty }) {
  const out = new Float64Array(points.length);
  for (let i = 0; i < points.length; i += 2) {
    out[i] = a * points[i] - b * points[i + 1] + tx;
    out[i + 1] = b * points[i] + a * points[i + 1] + ty;
  }
  return out;
}

/** The inverse of a similarity. */
export function invert({ a, b, tx, ty }) {
  const n = a * a + b * b;
  return { a: a / n, b: -b / n, tx: -(a * tx + b * ty) / n, ty: (b * tx - a * ty) / n };
}

/** Puts a shape's eyes at their place on the canvas. */
export function toCanvas(shape) {
  const [lx, ly] = centroid(shape, leftEye);
  const [rx, ry] = centroid(shape, rightEye);
  const n = (rx - lx) ** 2 + (ry - ly) ** 2;
  const a = (eyeDistance * (rx - lx)) / n;
  const b = (-eyeDistance * (ry - ly)) / n;
  const mx = (lx + rx) / 2;
  const my = (ly + ry) / 2;
  return transform(shape, { a, b, tx: canvasSide / 2 - a * mx + b * my, ty: eyeLevel - b * mx - a * my });
}

/** Generalised Procrustes mean of many shapes, on the canvas. */
export function meanShape(shapes, rounds = 4) {
  let mean = toCanvas(shapes[0]);
  for (let round = 0; round < rounds; round++) {
    const sum = new Float64Array(mean.length);
    for (const shape of shapes) {
      const fitted = transform(shape, fitSimilarity(shape, mean));
      for (let i = 0; i < sum.length; i++) sum[i] += fitted[i] / shapes.length;
    }
    mean = toCanvas(sum);
  }
  return mean;
}

/** a + weight * (b - c), point by point. */
export function addDifference(a, b, c, weight) {
  return Float64Array.from(a, (v, i) => v + weight * (b[i] - c[i]));
}

/** Weighted sum of shapes of equal length. */
export function blendShapes(shapes, weights) {
  const out = new Float64Array(shapes[0].length);
  shapes.forEach((shape, s) => {
    for (let i = 0; i < out.length; i++) out[i] += weights[s] * shape[i];
  });
  return out;
}

/**
 * Points that stand still around the mesh: a ring outside the oval and the canvas border. They belong to the canvas, not to a face,
 * so hair and background follow the head as a whole and not its expression.
 */
export function frameFor(reference) {
  const [cx, cy] = [canvasSide / 2, eyeLevel + 0.05 * canvasSide];
  const ring = [];
  for (let i = 0; i < ovalIndices.length; i += 2) {
    const p = ovalIndices[i];
    ring.push(cx + 1.36 * (reference[2 * p] - cx), Math.min(canvasSide - 6, cy + 1.36 * (reference[2 * p + 1] - cy)));
  }
  const end = canvasSide - 1;
  for (let t = 0; t < 4; t++) {
    const s = (t * end) / 4;
    ring.push(s, 0, end, s, end - s, end, 0, end - s);
  }
  return Float64Array.from(ring);
}

/** A mesh and its frame as one list. */
export function withFrame(shape, frame) {
  const out = new Float64Array(shape.length + frame.length);
  out.set(shape);
  out.set(frame, shape.length);
  return out;
}

/** Five landmarks of the project's convention, in the shape's own coordinates: eyes, nose tip, mouth corners; image left first. */
export function fivePoints(shape) {
  return [centroid(shape, leftEye), centroid(shape, rightEye), centroid(shape, [1, 4]), centroid(shape, [61]), centroid(shape, [291])];
}

/** The box brow to chin, as wide as the face without its ears: {x, y, width, height}. */
export function browToChin(shape) {
  const top = Math.min(...browTops.map((i) => shape[2 * i + 1]));
  const xs = ovalIndices.map((i) => shape[2 * i]);
  const bottom = Math.max(...ovalIndices.map((i) => shape[2 * i + 1]));
  const left = Math.min(...xs);
  return { x: left, y: top, width: Math.max(...xs) - left, height: bottom - top };
}

/** How far from frontal: 0 is symmetric about the nose. */
export function asymmetry(points) {
  const nose = points[2];
  const left = nose - points[2 * 234];
  const right = points[2 * 454] - nose;
  return Math.abs(left - right) / Math.max(1e-6, Math.abs(left + right));
}

/** Distance between the eyes, in the shape's units. */
export function eyeSpan(points) {
  const [lx, ly] = centroid(points, leftEye);
  const [rx, ry] = centroid(points, rightEye);
  return Math.hypot(rx - lx, ry - ly);
}
