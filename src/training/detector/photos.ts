// What the trainer of the detector needs of a photo, and the views it cuts windows from: half-size levels, a rotation, bilinear sampling.

import { turnBack, turnBox, turnPoint, type LabelledFace, type Turn, type Window } from "./face-geometry.js";
import type { Picture } from "../../core/frame.js";
import type { Box, Landmarks } from "../../core/geometry.js";
import { levelFor } from "../../inference/mtcnn/halvings.js";

export const photoSets = ["boxes", "five-point", "video-frame", "portrait", "expression", "pasted", "room"] as const;
export type PhotoSetName = (typeof photoSets)[number];

/** A photo with its faces; the bytes of its file stay compressed until it is cut. */
export interface LabelledPhoto {
  readonly name: string;
  readonly set: PhotoSetName;
  readonly bytes: Uint8Array;
  /** Faces that its set boxes, or whose points it gives. */
  readonly faces: readonly { readonly box?: Box; readonly points?: Landmarks; readonly kind?: string }[];
  /** Width and height, as its list says. */
  readonly size?: readonly [number, number];
  /** Faces that nobody labelled, as far as known: no negatives from there. */
  readonly ignore?: readonly Box[];
  /** Its windows do not train; they draw the curves. */
  readonly held: boolean;
}

/** A photo, decoded, with its half-size levels: a window is read from the level that is not more than twice as fine. */
export interface View {
  readonly levels: readonly Picture[];
  readonly faces: readonly LabelledFace[];
  /** Where nobody knows what is there: no negatives from here. */
  readonly ignore: readonly Box[];
  readonly turn: Turn;
}

/** Faces and ignored regions as they lie after `turn`. */
export function turnFaces<F extends LabelledFace>(faces: readonly F[], turn: Turn): LabelledFace[] {
  return faces.map(({ box, points }) => ({ box: turnBox(box, turn), ...(points === undefined ? {} : { points: points.map((p) => turnPoint(p, turn)) as unknown as Landmarks }) }));
}

/** The pixels of a window of a view, `size * size * 3`, RGB. Beyond the photo its border is repeated. */
export function cutWindow({ levels, turn }: Pick<View, "levels" | "turn">, { x, y, side }: Window, size: number): Uint8Array {
  const out = new Uint8Array(size * size * 3);
  const step = side / size;
  const { level, shrink } = levelFor(levels, step);
  const { width, height, data } = level;
  const [x0, y0] = turnBack([x + step / 2, y + step / 2], turn);
  // One pixel to the right and one down in the window, in pixels of the level.
  const [dx, dy] = [(turn.cos * step) / shrink, (-turn.sin * step) / shrink];
  for (let v = 0, at = 0; v < size; v++) {
    for (let u = 0; u < size; u++, at += 3) {
      const sx = Math.min(width - 1, Math.max(0, x0 / shrink - 0.5 + u * dx - v * dy));
      const sy = Math.min(height - 1, Math.max(0, y0 / shrink - 0.5 + u * dy + v * dx));
      const [ix, iy] = [Math.min(width - 2, sx | 0), Math.min(height - 2, sy | 0)];
      const [fx, fy] = [sx - ix, sy - iy];
      const k = (iy * width + ix) * 3;
      const below = k + width * 3;
      for (let c = 0; c < 3; c++) {
        const top = data[k + c]! + (data[k + c + 3]! - data[k + c]!) * fx;
        const bottom = data[below + c]! + (data[below + c + 3]! - data[below + c]!) * fx;
        out[at + c] = top + (bottom - top) * fy + 0.5;
      }
    }
  }
  return out;
}
