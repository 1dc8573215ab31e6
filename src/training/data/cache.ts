// Decoded face sets on disk, so that a second start takes a second: one file with a JSON header and the arrays after it.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile, stat } from "node:fs/promises";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { readClassFolders, type ClassFolderFaces, type CutFaces } from "./class-folders.js";
import { ferPlusSplits, locateFerPlus, readFerPlus, type FerPlusSplit } from "./ferplus.js";
import type { FaceSet } from "./face-set.js";
import { decodeArrays, encodeArrays, type StoredArray } from "../array-file.js";

/** Raise when decoding or the handling of votes changes. */
const cacheVersion = 1;

/** FER+ from `cacheDir` when it was decoded from the same files before, else decoded and stored there. */
export async function readFerPlusCached(path: string, cacheDir: string, onProgress?: (done: number, total: number) => void): Promise<Record<FerPlusSplit, FaceSet>> {
  const located = locateFerPlus(path);
  const isFile = (await stat(located)).isFile();
  const witnesses = isFile ? [located] : ferPlusSplits.map((s) => join(located, s, "label.csv"));
  const state = await Promise.all(witnesses.map(async (w) => [w, (await stat(w)).size, (await stat(w)).mtimeMs]));
  const file = cacheFile(cacheDir, "ferplus", state);
  if (existsSync(file)) return named(ferPlusSplits, unpack(await readFile(file)).sets);
  const sets = await readFerPlus(path, onProgress);
  await store(file, ferPlusSplits.map((s) => sets[s]));
  return sets;
}

/**
 * Class folders from `cacheDir` when their archive was cut by the same rule before, else cut and stored there. What finds the faces is not
 * part of the name: a change of detector asks for a new cache folder. A folder, whose files may change one by one, is always read.
 */
export async function readClassFoldersCached(path: string, cacheDir: string, cut?: CutFaces, onProgress?: (done: number, total: number) => void): Promise<ClassFolderFaces> {
  const { size, mtimeMs, isDirectory } = await stat(path).then((s) => ({ size: s.size, mtimeMs: s.mtimeMs, isDirectory: s.isDirectory() }));
  if (isDirectory) return readClassFolders(path, cut, onProgress);
  const file = cacheFile(cacheDir, "folders", [path, size, mtimeMs, cut?.crop ?? null]);
  if (existsSync(file)) {
    const { sets, without } = unpack(await readFile(file));
    return { train: sets[0]!, report: sets[1]!, without };
  }
  const faces = await readClassFolders(path, cut, onProgress);
  await store(file, [faces.train, faces.report], faces.without);
  return faces;
}

/** The file in the cache for what `state` names. */
export function cacheFile(folder: string, kind: string, state: unknown): string {
  return join(folder, `${kind}-${createHash("sha256").update(JSON.stringify([cacheVersion, state])).digest("hex").slice(0, 16)}.bin`);
}

async function store(file: string, sets: readonly FaceSet[], without = 0): Promise<void> {
  await writeCache(file, { names: sets.map((s) => s.names), without }, sets.flatMap((s) => [s.pixels, s.targets, s.labels, s.agreement]));
}

/** Writes what `decodeArrays` reads, and the folder it lies in. */
export async function writeCache(file: string, header: unknown, arrays: readonly StoredArray[]): Promise<void> {
  await mkdir(dirname(file), { recursive: true });
  await writeFileAtomic(file, encodeArrays(header, arrays));
}

function unpack(bytes: Buffer): { readonly sets: FaceSet[]; readonly without: number } {
  const { header, arrays } = decodeArrays(bytes);
  const { names, without } = header as { names: string[][]; without: number };
  const sets = names.map((own, i): FaceSet => {
    const [pixels, targets, labels, agreement] = arrays.slice(i * 4, i * 4 + 4) as [Uint8Array, Float32Array, Uint8Array, Float32Array];
    return { count: labels.length, pixels, targets, labels, agreement, names: own };
  });
  return { sets, without };
}

function named<K extends string>(keys: readonly K[], sets: readonly FaceSet[]): Record<K, FaceSet> {
  return Object.fromEntries(keys.map((key, i) => [key, sets[i]!])) as Record<K, FaceSet>;
}
