// Groups of faces that are the same photo: FER2013 holds many twice, sometimes slightly changed. A difference hash
// (Krawetz, "Kind of Like That", 2013) proposes pairs, the correlation of the pixels decides.

import { facePixels, faceSize } from "./face-set.js";

const hashColumns = 9;
const hashRows = 8;
/** Bits of 64 that may differ in a proposed pair. */
const maxHashDistance = 7;
/** Least correlation of the pixels of one photo. */
const minCorrelation = 0.95;

/** Number of the group of each of `count` faces; a group is named by its first face. */
export function duplicateGroups(pixels: Uint8Array, count: number): Uint32Array {
  const parent = Uint32Array.from({ length: count }, (_, i) => i);
  const root = (i: number) => {
    let r = i;
    while (parent[r] !== r) r = parent[r]!;
    for (let k = i; parent[k] !== r; ) [k, parent[k]] = [parent[k]!, r];
    return r;
  };
  const high = new Uint32Array(count);
  const low = new Uint32Array(count);
  for (let i = 0; i < count; i++) [high[i], low[i]] = differenceHash(pixels, i);
  for (let i = 0; i < count; i++) {
    const [h, l] = [high[i]!, low[i]!];
    for (let j = i + 1; j < count; j++) {
      const distance = bits(h ^ high[j]!);
      if (distance > maxHashDistance || distance + bits(l ^ low[j]!) > maxHashDistance) continue;
      const [a, b] = [root(i), root(j)];
      if (a !== b && correlation(pixels, i, j) >= minCorrelation) parent[Math.max(a, b)] = Math.min(a, b);
    }
  }
  return parent.map((_, i) => root(i));
}

/** Whether each cell of a 9x8 grid is brighter than its right neighbour, as two 32-bit halves. */
function differenceHash(pixels: Uint8Array, face: number): [number, number] {
  const cells = new Float64Array(hashColumns * hashRows);
  const weight = new Float64Array(cells.length);
  for (let y = 0; y < faceSize; y++) {
    for (let x = 0; x < faceSize; x++) {
      const cell = Math.floor((y * hashRows) / faceSize) * hashColumns + Math.floor((x * hashColumns) / faceSize);
      cells[cell]! += pixels[face * facePixels + y * faceSize + x]!;
      weight[cell]!++;
    }
  }
  const words: [number, number] = [0, 0];
  let bit = 0;
  for (let y = 0; y < hashRows; y++) {
    for (let x = 0; x + 1 < hashColumns; x++, bit++) {
      const at = y * hashColumns + x;
      if (cells[at]! / weight[at]! > cells[at + 1]! / weight[at + 1]!) words[bit >> 5]! |= 1 << (bit & 31);
    }
  }
  return [words[0] >>> 0, words[1] >>> 0];
}

function bits(value: number): number {
  let v = value - ((value >>> 1) & 0x55555555);
  v = (v & 0x33333333) + ((v >>> 2) & 0x33333333);
  return Math.imul((v + (v >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
}

/** Pearson's correlation of two faces; 0 where one of them is flat. */
function correlation(pixels: Uint8Array, i: number, j: number): number {
  let [sa, sb, saa, sbb, sab] = [0, 0, 0, 0, 0] as [number, number, number, number, number];
  for (let k = 0; k < facePixels; k++) {
    const [a, b] = [pixels[i * facePixels + k]!, pixels[j * facePixels + k]!];
    sa += a;
    sb += b;
    saa += a * a;
    sbb += b * b;
    sab += a * b;
  }
  const spread = Math.sqrt((saa - (sa * sa) / facePixels) * (sbb - (sb * sb) / facePixels));
  return spread === 0 ? 0 : (sab - (sa * sb) / facePixels) / spread;
}
