// Ready-cut faces as the detector cuts them out of a picture: moved, turned and sized as its points say, and drawn twice from few pixels. In service every face comes so,
// and a net that has only seen a data set's own cut knows none.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { mkdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { AppError } from "../core/errors.js";
import type { Picture } from "../core/frame.js";
import { decodeArrays, encodeArrays } from "./array-file.js";
import { cutFace, type CutFaces } from "./data/class-folders.js";
import { facePixels, type FaceSet } from "./data/face-set.js";
import { randomFor, type Random } from "./random.js";
import { softFace } from "./soft-face.js";

const seed = 1;
/** Least and largest side of a pasted face, pixels, and the picture's in sides of its face. */
const sides = [60, 180] as const;
const room = 1.8;
/** Width of the soft border as a share of the side, at most. */
const softest = 0.1;
/** Faces that are on their way at a time: pasting one and finding another go side by side. */
const atOnce = 4;

export interface RecutOptions extends CutFaces {
  /** Folder of decoded faces. */
  readonly cache: string;
  readonly signal: AbortSignal;
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * The pixels of each face (`count * 48 * 48`), cut out of a picture that it was pasted into; as they are where it was not found there. Kept in the cache by faces and
 * crop: a change of detector asks for a new cache folder.
 * @throws AppError `cancelled`, `disk_full`, `write_failed`
 */
export async function recutFaces(faces: FaceSet, { cache, crop, find, signal, onProgress }: RecutOptions): Promise<{ readonly pixels: Uint8Array; readonly found: number }> {
  const file = join(cache, `recut-${createHash("sha256").update(JSON.stringify([seed, sides, room, softest, crop])).update(faces.pixels).digest("hex").slice(0, 16)}.bin`);
  if (existsSync(file)) return unpack(await readFile(file));
  const pixels = faces.pixels.slice();
  let [next, done, found] = [0, 0, 0];
  const work = async (): Promise<void> => {
    for (let i = next++; i < faces.count; i = next++) {
      if (signal.aborted) throw new AppError("cancelled", "Stopped while faces were cut again.");
      const cut = await recut(faces, i, { crop, find });
      if (cut !== undefined) {
        pixels.set(cut, i * facePixels);
        found++;
      }
      onProgress?.(++done, faces.count);
    }
  };
  await Promise.all(Array.from({ length: atOnce }, work));
  await mkdir(cache, { recursive: true });
  await writeFileAtomic(file, encodeArrays({ found }, [pixels]));
  return { pixels, found };
}

async function recut(faces: FaceSet, index: number, { crop, find }: CutFaces): Promise<Uint8Array | undefined> {
  const random = randomFor(seed, "recut", index);
  const side = Math.round(sides[0] * (sides[1] / sides[0]) ** random.next());
  const size = Math.round(room * side);
  const [left, top] = [random.below(size - side + 1), random.below(size - side + 1)];
  const soft = softest * random.next();
  const picture = plain(size, random);
  paste(picture, await softFace(faces, { index, tint: [1, 1, 1], soft }, side), { side, left, top });
  const face = await find(picture);
  if (face === undefined) return undefined;
  const [x, y] = [face.box.x + face.box.width / 2 - left, face.box.y + face.box.height / 2 - top];
  return x > 0 && y > 0 && x < side && y < side ? cutFace(picture, face, crop) : undefined;
}

function plain(size: number, random: Random): Picture {
  const colour = Array.from({ length: 3 }, () => random.below(256));
  return { width: size, height: size, pixelFormat: "rgb24", data: Uint8Array.from({ length: size * size * 3 }, (_, i) => colour[i % 3]!) };
}

/** Lays RGBA of a square over the picture. In place. */
function paste({ data, width }: Picture, rgba: Uint8Array, { side, left, top }: { readonly side: number; readonly left: number; readonly top: number }): void {
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [from, to] = [(y * side + x) * 4, ((top + y) * width + left + x) * 3];
      const share = rgba[from + 3]! / 255;
      for (let c = 0; c < 3; c++) data[to + c] = Math.round(share * rgba[from + c]! + (1 - share) * data[to + c]!);
    }
  }
}

function unpack(bytes: Buffer): { readonly pixels: Uint8Array; readonly found: number } {
  const { header, arrays } = decodeArrays(bytes);
  return { pixels: arrays[0] as Uint8Array, found: (header as { found: number }).found };
}
