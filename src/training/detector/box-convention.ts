// Sets with five points and no boxes get the box that faces-boxes would have drawn (brow to chin): sizes and centre as multiples of two lengths of
// the face, fitted to faces whose box was drawn by hand and whose points a detector found. Pure.

import type { Box, Landmarks, Point } from "../../core/geometry.js";
import { aroundEllipse } from "./face-geometry.js";

/** A box by points. `length` is from the middle of the eyes to the middle of the mouth (holds when a head turns), `eyes` their distance (holds when it nods). */
export interface BoxConvention {
  /** Height = first * length + second * eyes. */
  readonly height: readonly [length: number, eyes: number];
  readonly width: readonly [length: number, eyes: number];
  /** Centre, from the eyes towards the mouth, in `length`. */
  readonly down: number;
  /** Centre, across, as a share of the nose's distance from the line between eyes and mouth: negative where the nose turns away from it. */
  readonly across: number;
}

/** Brow to chin by the proportions of a face; not fitted yet: `fitBoxConvention` wants hand-drawn boxes with points found in them. */
export const defaultBoxConvention: BoxConvention = { height: [1.56, 0.72], width: [0.7, 1.25], down: 0.62, across: -0.5 };

interface Frame {
  readonly eyes: Point;
  readonly down: Point;
  readonly length: number;
  readonly between: number;
  /** Nose's distance from the line between eyes and mouth, to the image's right of an upright face. */
  readonly nose: number;
}

/** The box of a face by its points, upright whatever the roll. */
export function boxFromPoints(points: Landmarks, convention: BoxConvention): Box {
  const { eyes, down, length, between, nose } = frameOf(points);
  const [dx, dy] = down;
  const [along, across] = [convention.down * length, convention.across * nose];
  const centre: Point = [eyes[0] + along * dx + across * dy, eyes[1] + along * dy - across * dx];
  const size = ([a, b]: readonly [number, number]) => a * length + b * between;
  // An upright face has its axis at (0, 1): cosine dy, sine -dx.
  return aroundEllipse(centre, size(convention.width), size(convention.height), dy, -dx);
}

/**
 * The convention that fits best (least squares of relative errors; the worst fifth is left out and the rest fitted anew).
 * Faces with more than 15 degrees of roll are left out: their boxes are drawn upright.
 * @throws RangeError for fewer than 8 faces
 */
export function fitBoxConvention(faces: readonly { readonly points: Landmarks; readonly box: Box }[]): BoxConvention {
  let kept = faces.filter(({ points }) => Math.abs(frameOf(points).down[0]) < Math.sin((15 * Math.PI) / 180));
  if (kept.length < 8) throw new RangeError(`expected at least 8 upright faces to fit boxes, received ${kept.length}`);
  let fitted = fit(kept);
  const error = ({ points, box }: (typeof faces)[number]) => {
    const b = boxFromPoints(points, fitted);
    return (Math.abs(b.x - box.x) + Math.abs(b.y - box.y) + Math.abs(b.x + b.width - box.x - box.width) + Math.abs(b.y + b.height - box.y - box.height)) / box.height;
  };
  kept = kept.toSorted((a, b) => error(a) - error(b)).slice(0, Math.max(8, Math.floor(0.8 * kept.length)));
  fitted = fit(kept);
  return fitted;
}

function fit(faces: readonly { readonly points: Landmarks; readonly box: Box }[]): BoxConvention {
  const rows = faces.map(({ points, box }) => {
    const f = frameOf(points);
    const [cx, cy] = [box.x + box.width / 2 - f.eyes[0], box.y + box.height / 2 - f.eyes[1]];
    return { ...f, box, along: cx * f.down[0] + cy * f.down[1], across: cx * f.down[1] - cy * f.down[0] };
  });
  const two = (y: (r: (typeof rows)[number]) => number) => leastSquares(rows.map((r) => [r.length / r.box.height, r.between / r.box.height, y(r) / r.box.height]));
  const [down] = leastSquares(rows.map((r) => [r.length / r.box.height, 0, r.along / r.box.height]));
  const [across] = leastSquares(rows.map((r) => [r.nose / r.box.height, 0, r.across / r.box.height]));
  return { height: two((r) => r.box.height), width: two((r) => r.box.width), down, across };
}

/** a and b of the least sum of (a x + b y - z)^2; b is 0 where y is always 0. */
function leastSquares(rows: readonly (readonly [x: number, y: number, z: number])[]): [number, number] {
  const sum = (f: (r: (typeof rows)[number]) => number) => rows.reduce((s, r) => s + f(r), 0);
  const [xx, yy, xy, xz, yz] = [sum(([x]) => x * x), sum(([, y]) => y * y), sum(([x, y]) => x * y), sum(([x, , z]) => x * z), sum(([, y, z]) => y * z)];
  const determinant = xx * yy - xy * xy;
  if (Math.abs(determinant) <= 1e-9 * xx * Math.max(yy, 1e-12)) return [xx === 0 ? 0 : xz / xx, 0];
  return [(xz * yy - yz * xy) / determinant, (yz * xx - xz * xy) / determinant];
}

function frameOf([left, right, nose, mouthLeft, mouthRight]: Landmarks): Frame {
  const eyes: Point = [(left[0] + right[0]) / 2, (left[1] + right[1]) / 2];
  const mouth: Point = [(mouthLeft[0] + mouthRight[0]) / 2, (mouthLeft[1] + mouthRight[1]) / 2];
  const length = Math.max(1e-6, Math.hypot(mouth[0] - eyes[0], mouth[1] - eyes[1]));
  const down: Point = [(mouth[0] - eyes[0]) / length, (mouth[1] - eyes[1]) / length];
  return { eyes, down, length, between: Math.hypot(right[0] - left[0], right[1] - left[1]), nose: (nose[0] - eyes[0]) * down[1] - (nose[1] - eyes[1]) * down[0] };
}
