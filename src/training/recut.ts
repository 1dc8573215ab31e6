// Ready-cut faces as the detector cuts them out of a picture: moved, turned and sized as its points say, and drawn twice from few pixels. In service every face comes so,
// and a net that has only seen a data set's own cut knows none.

import { createHash } from "node:crypto";
import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { AppError } from "../core/errors.js";
import type { Picture } from "../core/frame.js";
import { decodeArrays } from "./array-file.js";
import { cacheFile, writeCache } from "./data/cache.js";
import { cutFace, type CutFaces } from "./data/class-folders.js";
import { facePixels, type FaceSet } from "./data/face-set.js";
import { randomFor } from "./random.js";
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
 * @throws AppError `cancelled`
 */
export async function recutFaces(faces: FaceSet, { cache, crop, find, signal, onProgress }: RecutOptions): Promise<{ readonly pixels: Uint8Array; readonly found: number }> {
  const file = cacheFile(cache, "recut", [seed, sides, room, softest, crop, createHash("sha256").update(faces.pixels).digest("hex")]);
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
  await writeCache(file, { found }, [pixels]);
  return { pixels, found };
}

async function recut(faces: FaceSet, index: number, { crop, find }: CutFaces): Promise<Uint8Array | undefined> {
  const random = randomFor(seed, "recut", index);
  const side = Math.round(sides[0] * (sides[1] / sides[0]) ** random.next());
  const size = Math.round(room * side);
  const [left, top] = [random.below(size - side + 1), random.below(size - side + 1)];
  const soft = softest * random.next();
  const [r, g, b] = [random.below(256), random.below(256), random.below(256)];
  const ground = sharp({ create: { width: size, height: size, channels: 3, background: { r, g, b } } });
  const pasted = ground.composite([await softFace(faces, { index, tint: [1, 1, 1], soft }, { side, left, top })]);
  const picture: Picture = { width: size, height: size, pixelFormat: "rgb24", data: new Uint8Array(await pasted.removeAlpha().raw().toBuffer()) };
  const face = await find(picture);
  if (face === undefined) return undefined;
  const [x, y] = [face.box.x + face.box.width / 2 - left, face.box.y + face.box.height / 2 - top];
  return x > 0 && y > 0 && x < side && y < side ? cutFace(picture, face, crop) : undefined;
}

function unpack(bytes: Buffer): { readonly pixels: Uint8Array; readonly found: number } {
  const { header, arrays } = decodeArrays(bytes);
  return { pixels: arrays[0] as Uint8Array, found: (header as { found: number }).found };
}
