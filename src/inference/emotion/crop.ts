// Where a face's input comes from: the similarity transform from pixels of the input to pixels of the picture. Pure.

import type { Box, Landmarks, Point } from "../../core/geometry.js";

/** `x' = a x - b y + tx`, `y' = b x + a y + ty`: rotation, one scale, shift. */
export interface Similarity {
  readonly a: number;
  readonly b: number;
  readonly tx: number;
  readonly ty: number;
}

export interface CropRule {
  /** Warp by five points, or cut a square around the box. */
  readonly align: "points" | "box";
  /** Where the five points come to lie, as shares of the side. */
  readonly points: readonly Point[];
  /** Side of the square as a share of the box's larger side, and its shift down as a share of the box's height. */
  readonly boxScale: number;
  readonly boxShift: number;
}

/** Least and largest side of a crop by points, in sides of the square around the box: beyond, the points are not to be trusted. */
const trusted = [0.4, 2.5] as const;

/** From input pixels (`size` wide, centres at whole numbers) to picture pixels. Falls back on the box where the points make no face. */
export function cropTransform(box: Box, landmarks: Landmarks | undefined, rule: CropRule, size: number): Similarity {
  const square = boxTransform(box, rule, size);
  if (rule.align === "box" || landmarks === undefined) return square;
  const fit = similarityBetween(rule.points.map(([x, y]): Point => [x * size - 0.5, y * size - 0.5]), landmarks);
  if (fit === undefined) return square;
  const ratio = Math.hypot(fit.a, fit.b) / square.a;
  return ratio >= trusted[0] && ratio <= trusted[1] ? fit : square;
}

/** The similarity that takes `from` to `to` with the least squared error; undefined when `from` or `to` is one point, or when the best is to shrink to one. */
export function similarityBetween(from: readonly Point[], to: readonly Point[]): Similarity | undefined {
  // Not left to the sums below: rounding gives a single point a spread of its own.
  if (isOnePoint(from) || isOnePoint(to)) return undefined;
  const [fx, fy] = centre(from);
  const [gx, gy] = centre(to);
  let [dot, cross, spread] = [0, 0, 0] as [number, number, number];
  for (const [i, [x, y]] of from.entries()) {
    const [u, v] = [x - fx, y - fy];
    const [p, q] = [to[i]![0] - gx, to[i]![1] - gy];
    dot += u * p + v * q;
    cross += u * q - v * p;
    spread += u * u + v * v;
  }
  const [a, b] = [dot / spread, cross / spread];
  if (!Number.isFinite(a) || !Number.isFinite(b) || Math.hypot(a, b) === 0) return undefined;
  return { a, b, tx: gx - a * fx + b * fy, ty: gy - b * fx - a * fy };
}

function boxTransform(box: Box, { boxScale, boxShift }: CropRule, size: number): Similarity {
  const side = Math.max(box.width, box.height, 1) * boxScale;
  const a = side / size;
  const left = box.x + box.width / 2 - side / 2;
  const top = box.y + box.height / 2 - side / 2 + boxShift * box.height;
  // Pixel k of the input covers k to k + 1: its centre is half a pixel in; picture pixels have theirs at whole numbers.
  return { a, b: 0, tx: left + a / 2 - 0.5, ty: top + a / 2 - 0.5 };
}

function isOnePoint(points: readonly Point[]): boolean {
  return points.every(([x, y]) => x === points[0]![0] && y === points[0]![1]);
}

function centre(points: readonly Point[]): Point {
  const sum = points.reduce(([x, y]: Point, [u, v]): Point => [x + u, y + v], [0, 0]);
  return [sum[0] / points.length, sum[1] / points.length];
}
