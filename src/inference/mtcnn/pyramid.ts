// The image pyramid (Zhang et al. 2016, section II-A): a window of P-Net's fixed size finds faces of every size in smaller and smaller copies. Pure.

import type { Size } from "./halvings.js";

export interface PyramidSettings {
  /** Smallest face that is looked for, pixels of the picture. */
  readonly minFaceSize: number;
  /** Size of each level as a share of the one before. */
  readonly scaleFactor: number;
}

/**
 * Sizes of the levels of a picture, largest first: none is smaller than P-Net's window of `windowSize`. Empty where no face of that size fits.
 * None is larger than the picture either: enlarged, a face has no more pixels, and a picture that was shrunk to bound its cost would grow back.
 * The last is as small as the window, whatever the factor left over: without it no window is as large as a face that fills the picture.
 */
export function imagePyramid(width: number, height: number, { minFaceSize, scaleFactor }: PyramidSettings, windowSize: number): Size[] {
  const levels: Size[] = [];
  const at = (scale: number): Size => ({ width: Math.round(width * scale), height: Math.round(height * scale) });
  let scale = Math.min(1, windowSize / minFaceSize);
  for (let level = at(scale); shorter(level) >= windowSize; level = at(scale)) {
    levels.push(level);
    scale *= scaleFactor;
  }
  const last = levels.at(-1);
  if (last !== undefined && shorter(last) > windowSize) levels.push(at(windowSize / Math.min(width, height)));
  return levels;
}

function shorter({ width, height }: Size): number {
  return Math.min(width, height);
}
