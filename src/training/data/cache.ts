// Decoded face sets on disk, so that a second start takes a second: one file with a JSON header and the arrays after it.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { ferPlusSplits, locateFerPlus, readFerPlus, type FerPlusSplit } from "./ferplus.js";
import type { FaceSet } from "./face-set.js";
import { decodeArrays, encodeArrays } from "../array-file.js";

/** Raise when decoding or the handling of votes changes. */
const cacheVersion = 1;

/** FER+ from `cacheDir` when it was decoded from the same files before, else decoded and stored there. */
export async function readFerPlusCached(path: string, cacheDir: string, onProgress?: (done: number, total: number) => void): Promise<Record<FerPlusSplit, FaceSet>> {
  const located = locateFerPlus(path);
  const isFile = (await stat(located)).isFile();
  const witnesses = isFile ? [located] : ferPlusSplits.map((s) => join(located, s, "label.csv"));
  const state = await Promise.all(witnesses.map(async (w) => [w, (await stat(w)).size, (await stat(w)).mtimeMs]));
  const key = createHash("sha256").update(JSON.stringify([cacheVersion, state])).digest("hex").slice(0, 16);
  const file = join(cacheDir, `ferplus-${key}.bin`);
  if (existsSync(file)) return unpack(await readFile(file));
  const sets = await readFerPlus(path, onProgress);
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, pack(sets));
  return sets;
}

function pack(sets: Record<FerPlusSplit, FaceSet>): Buffer {
  const arrays = ferPlusSplits.flatMap((s) => [sets[s].pixels, sets[s].targets, sets[s].labels, sets[s].agreement]);
  return encodeArrays({ names: ferPlusSplits.map((s) => sets[s].names) }, arrays);
}

function unpack(bytes: Buffer): Record<FerPlusSplit, FaceSet> {
  const { header, arrays } = decodeArrays(bytes);
  const names = (header as { names: string[][] }).names;
  const sets = ferPlusSplits.map((split, i): [FerPlusSplit, FaceSet] => {
    const [pixels, targets, labels, agreement] = arrays.slice(i * 4, i * 4 + 4) as [Uint8Array, Float32Array, Uint8Array, Float32Array];
    return [split, { count: labels.length, pixels, targets, labels, agreement, names: names[i]! }];
  });
  return Object.fromEntries(sets) as Record<FerPlusSplit, FaceSet>;
}
