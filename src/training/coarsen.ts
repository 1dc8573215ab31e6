// Pictures as they are after they had fewer pixels: of faces far away, or enlarged before somebody sent them.

/** Least side that a picture is coarsened to, pixels. */
const leastSide = 6;

/** Coarsens `pixels` (`size * size * channels`) in place, as if it had had `factor` times fewer pixels along each side: means of areas, then straight lines between them. */
export function coarsen(pixels: Float32Array, size: number, channels: number, factor: number): void {
  const few = Math.max(leastSide, Math.round(size / factor));
  if (few >= size) return;
  const small = resize(pixels, size, few, channels, axis(size, few, areaShares));
  pixels.set(resize(small, few, size, channels, axis(few, size, lineShares)));
}

/** Which pixels of a row make each one of another length, and by which shares: those of pixel `at` stand from `starts[at]` to `starts[at + 1]`. */
interface Axis {
  readonly starts: Int32Array;
  readonly indices: Int32Array;
  readonly shares: Float64Array;
}

/** Few lengths occur, thousands of times a second. */
const known = new Map<number, Axis>();

function axis(from: number, to: number, sharesOf: (at: number, from: number, to: number) => readonly (readonly [index: number, share: number])[]): Axis {
  const key = from * 0x10000 + to;
  const stored = known.get(key);
  if (stored !== undefined) return stored;
  const each = Array.from({ length: to }, (_, at) => sharesOf(at, from, to));
  const flat = each.flat();
  const starts = new Int32Array(to + 1);
  for (const [at, list] of each.entries()) starts[at + 1] = starts[at]! + list.length;
  const made = { starts, indices: Int32Array.from(flat, ([index]) => index), shares: Float64Array.from(flat, ([, share]) => share) };
  known.set(key, made);
  return made;
}

function areaShares(at: number, from: number, to: number): [number, number][] {
  const [start, end] = [(at * from) / to, ((at + 1) * from) / to];
  return Array.from({ length: Math.ceil(end) - Math.floor(start) }, (_, i) => Math.floor(start) + i).map((k) => [k, ((Math.min(end, k + 1) - Math.max(start, k)) * to) / from]);
}

function lineShares(at: number, from: number, to: number): [number, number][] {
  const place = Math.min(from - 1, Math.max(0, ((at + 0.5) * from) / to - 0.5));
  const below = Math.min(from - 2, Math.floor(place));
  return [[below, 1 - place + below], [below + 1, place - below]];
}

/** Rows, then columns. */
function resize(pixels: Float32Array, from: number, to: number, channels: number, { starts, indices, shares }: Axis): Float32Array {
  const narrow = new Float32Array(from * to * channels);
  for (let y = 0; y < from; y++) {
    for (let x = 0; x < to; x++) {
      const out = (y * to + x) * channels;
      for (let k = starts[x]!; k < starts[x + 1]!; k++) {
        const at = (y * from + indices[k]!) * channels;
        for (let c = 0; c < channels; c++) narrow[out + c]! += shares[k]! * pixels[at + c]!;
      }
    }
  }
  const resized = new Float32Array(to * to * channels);
  const row = to * channels;
  for (let y = 0; y < to; y++) {
    for (let k = starts[y]!; k < starts[y + 1]!; k++) {
      const [share, at] = [shares[k]!, indices[k]! * row];
      for (let i = 0; i < row; i++) resized[y * row + i]! += share * narrow[at + i]!;
    }
  }
  return resized;
}
