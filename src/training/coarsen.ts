// Pictures as they are after they had fewer pixels: of faces far away, or enlarged before somebody sent them.

/** Least side that a picture is coarsened to, pixels. */
const leastSide = 6;

/** Coarsens `pixels` (`size * size * channels`) in place, as if it had had `factor` times fewer pixels along each side: means of areas, then straight lines between them. */
export function coarsen(pixels: Float32Array, size: number, channels: number, factor: number): void {
  const few = Math.max(leastSide, Math.round(size / factor));
  if (few >= size) return;
  const small = resize(pixels, size, few, channels, (at) => areaShares(at, size, few));
  pixels.set(resize(small, few, size, channels, (at) => lineShares(at, few, size)));
}

/** Which pixels of a row make one of another length, and by which shares. */
type Shares = readonly (readonly [index: number, share: number])[];

function areaShares(at: number, from: number, to: number): Shares {
  const [start, end] = [(at * from) / to, ((at + 1) * from) / to];
  return Array.from({ length: Math.ceil(end) - Math.floor(start) }, (_, i) => Math.floor(start) + i).map((k) => [k, ((Math.min(end, k + 1) - Math.max(start, k)) * to) / from]);
}

function lineShares(at: number, from: number, to: number): Shares {
  const place = Math.min(from - 1, Math.max(0, ((at + 0.5) * from) / to - 0.5));
  const below = Math.min(from - 2, Math.floor(place));
  return [[below, 1 - place + below], [below + 1, place - below]];
}

/** Rows, then columns. */
function resize(pixels: Float32Array, from: number, to: number, channels: number, sharesOf: (at: number) => Shares): Float32Array {
  const shares = Array.from({ length: to }, (_, at) => sharesOf(at));
  const narrow = new Float32Array(from * to * channels);
  for (let y = 0; y < from; y++) {
    for (let x = 0; x < to; x++) for (const [k, share] of shares[x]!) for (let c = 0; c < channels; c++) narrow[(y * to + x) * channels + c]! += share * pixels[(y * from + k) * channels + c]!;
  }
  const out = new Float32Array(to * to * channels);
  const row = to * channels;
  for (let y = 0; y < to; y++) for (const [k, share] of shares[y]!) for (let i = 0; i < row; i++) out[y * row + i]! += share * narrow[k * row + i]!;
  return out;
}
