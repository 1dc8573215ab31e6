// The photos that train the detector, from faces.csv and the archives beside it (docs/data.md). Files stay compressed in memory.

import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import { AppError } from "../../core/errors.js";
import type { Box, Landmarks, Point } from "../../core/geometry.js";
import { listLabelled, reports } from "../data/class-folders.js";
import { tarEntries } from "../data/tar.js";
import { isHeldOut } from "./split.js";
import { photoSets, type LabelledPhoto, type PhotoSetName } from "./photos.js";

const archives = ["faces-boxes", "faces-landmarks", "faces-negatives"] as const;
/** Photos of one person each without boxes or points, for a teacher to label; those that report how well emotions are named stay out. */
const expressions = "expressions.tar.gz";

/**
 * All photos of a data folder. Those of expressions, where they are there, have no labels: only a teacher makes them useful.
 * @throws AppError `data_missing` when a file is not there, `corrupt` when the list is not one or names no photo
 */
export async function readPhotos(folder: string): Promise<LabelledPhoto[]> {
  const rows = facesByFile(await bytesOf(folder, "faces.csv"));
  const photos: LabelledPhoto[] = [];
  for (const archive of archives) {
    for (const { path, data } of tarEntries(gunzipSync(await bytesOf(folder, `${archive}.tar.gz`)))) {
      if (!path.endsWith(".jpg")) continue;
      const known = rows.get(path);
      if (known === undefined && !path.startsWith("negatives/")) continue;
      photos.push({ name: path, set: known?.set ?? "room", bytes: Uint8Array.from(data), faces: known?.faces ?? [], ...(known === undefined ? {} : { size: known.size }), held: isHeldOut(path) });
    }
  }
  if (existsSync(join(folder, expressions))) {
    for (const { name, read } of await listLabelled(join(folder, expressions))) {
      if (!reports(name)) photos.push({ name: `expressions/${name}`, set: "expression", bytes: Uint8Array.from(await read()), faces: [], held: false });
    }
  }
  if (!photos.some((p) => p.faces.length > 0)) throw new AppError("corrupt", "Expected photos with faces, received none: faces.csv and the archives do not belong together.", { detail: folder });
  return photos;
}

async function bytesOf(folder: string, name: string): Promise<Buffer> {
  try {
    return await readFile(join(folder, name));
  } catch (error) {
    throw new AppError("data_missing", `Expected ${name} in the data folder. See docs/data.md.`, { cause: error, detail: folder });
  }
}

interface KnownFile {
  readonly set: PhotoSetName;
  readonly faces: { box?: Box; points?: Landmarks; kind?: string }[];
  readonly size: readonly [number, number];
}

function facesByFile(csv: Buffer): Map<string, KnownFile> {
  const files = new Map<string, KnownFile>();
  for (const line of csv.toString("utf8").split("\n").slice(1)) {
    const [source = "", file = "", photoWidth, photoHeight, x, y, width, height, kind = "", ...points] = line.trim().split(",");
    if (!(photoSets as readonly string[]).includes(source)) continue;
    const known = files.get(file) ?? { set: source as PhotoSetName, size: [Number(photoWidth), Number(photoHeight)] as const, faces: [] };
    files.set(file, known);
    const numbers = points.map(Number);
    known.faces.push({
      ...(width === "" ? {} : { box: { x: Number(x), y: Number(y), width: Number(width), height: Number(height) } }),
      ...(kind === "" ? {} : { kind }),
      ...(points[0] === "" || points[0] === undefined ? {} : { points: [0, 2, 4, 6, 8].map((i): Point => [numbers[i]!, numbers[i + 1]!]) as unknown as Landmarks }),
    });
  }
  return files;
}
