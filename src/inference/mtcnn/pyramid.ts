// The image pyramid (Zhang et al. 2016, section II-A): a window of P-Net's fixed size finds faces of every size in smaller and smaller copies. Pure.

export interface PyramidSettings {
  /** Smallest face that is looked for, pixels of the picture. */
  readonly minFaceSize: number;
  /** Size of each level as a share of the one before. */
  readonly scaleFactor: number;
}

/** Width and height of one level, pixels. */
export interface PyramidLevel {
  readonly width: number;
  readonly height: number;
}

/**
 * Sizes of the levels of a picture, largest first: none is smaller than P-Net's window of `windowSize`. Empty where no face of that size fits.
 * None is larger than the picture either: enlarged, a face has no more pixels, and a picture that was shrunk to bound its cost would grow back.
 */
export function imagePyramid(width: number, height: number, { minFaceSize, scaleFactor }: PyramidSettings, windowSize: number): PyramidLevel[] {
  const levels: PyramidLevel[] = [];
  for (let scale = Math.min(1, windowSize / minFaceSize); ; scale *= scaleFactor) {
    const level = { width: Math.round(width * scale), height: Math.round(height * scale) };
    if (!(Math.min(level.width, level.height) >= windowSize)) return levels;
    levels.push(level);
  }
}
