// Sizes of a picture's half-size copies, and which of them to read. Pure.

/** No copy is made of a picture whose shorter side is below this, pixels. */
const smallest = 24;

/** Of a picture, a copy or a level of the pyramid, pixels. */
export interface Size {
  readonly width: number;
  readonly height: number;
}

/** The picture's own size and those of its copies, finest first; odd last rows and columns are left out. */
export function halvingSizes({ width, height }: Size): Size[] {
  const sizes = [{ width, height }];
  for (let last = sizes[0]!; Math.min(last.width, last.height) >= smallest; sizes.push(last)) last = { width: last.width >> 1, height: last.height >> 1 };
  return sizes;
}

/** The level to read from where neighbouring samples lie `step` pixels of the picture apart, and how many of its pixels make one of the level's. */
export function levelFor<L>(levels: readonly L[], step: number): { readonly level: L; readonly shrink: number } {
  const at = Math.min(levels.length - 1, Math.max(0, Math.floor(Math.log2(step))));
  return { level: levels[at]!, shrink: 2 ** at };
}
