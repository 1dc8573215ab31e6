// Sizes of pictures: what a source shows, and what it is scaled to.

/** Width and height in pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The size shown: coded size, widened by the sample aspect ratio, turned by the rotation flag (degrees). */
export function shownSize(coded: Size, sampleAspect: number, rotationDegrees: number): Size {
  const width = Math.max(1, Math.round(coded.width * sampleAspect));
  return Math.round(Math.abs(rotationDegrees) / 90) % 2 === 1 ? { width: coded.height, height: width } : { width, height: coded.height };
}

/** Shrinks to a longest side, keeping the aspect; never enlarges, never below one pixel. Odd sizes stay odd. */
export function fitSize(size: Size, maxSide: number): Size {
  const scale = Math.min(1, maxSide / Math.max(size.width, size.height));
  return { width: Math.max(1, Math.round(size.width * scale)), height: Math.max(1, Math.round(size.height * scale)) };
}

/** `a:b` or `a/b` as a number; undefined where it says nothing (`0:1`, `N/A`). */
export function ratioOf(text: string | undefined): number | undefined {
  const match = /^(\d+(?:\.\d+)?)[:/](\d+(?:\.\d+)?)$/.exec(text ?? "");
  const value = match === null ? Number.NaN : Number(match[1]) / Number(match[2]);
  return Number.isFinite(value) && value > 0 ? value : undefined;
}
