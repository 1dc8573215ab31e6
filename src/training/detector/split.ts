// Which photos are held out of the training of the detector: fixed, by file and so by person, with nothing left in training that shows the same again.

import sharp from "sharp";
import { AppError } from "../../core/errors.js";
import { facePixels, faceSize } from "../data/face-set.js";
import { duplicateGroups } from "../data/near-duplicates.js";
import type { LabelledPhoto } from "./photos.js";

/** Neighbouring files show the same people: whole blocks of files are held out, every eighth. */
const blockFiles = 60;
const everyBlock = 8;
const heldBlock = 3;
/** Files next to a held block that are left out of training where they show people: a person may have photos on both sides of a block's end. */
const guardFiles = 15;

/** Whether a file, such as `boxes/00123.jpg`, is held out: by the block that its number lies in. */
export function isHeldOut(path: string): boolean {
  return isHeldNumber(numberOf(path));
}

/** Whether a file is so near to a held block that it may show the same person. Rooms and photos of crowds are in no such order. */
export function isGuard(path: string): boolean {
  const number = numberOf(path);
  return path.startsWith("landmarks/") && !isHeldNumber(number) && (isHeldNumber(number - guardFiles) || isHeldNumber(number + guardFiles));
}

/**
 * The photos without guards, and without training photos that show a held photo again (difference hash and correlation of small grey copies).
 * @throws AppError `invalid_picture`
 */
export async function withoutRepeats(photos: readonly LabelledPhoto[]): Promise<LabelledPhoto[]> {
  const candidates = photos.filter((p) => p.held || !isGuard(p.name));
  const pixels = new Uint8Array(candidates.length * facePixels);
  for (const [i, photo] of candidates.entries()) pixels.set(await thumbnail(photo), i * facePixels);
  const groups = duplicateGroups(pixels, candidates.length);
  const held = new Set(candidates.flatMap((p, i) => (p.held ? [groups[i]!] : [])));
  return candidates.filter((p, i) => p.held || !held.has(groups[i]!));
}

async function thumbnail({ name, bytes }: LabelledPhoto): Promise<Uint8Array> {
  try {
    return await sharp(bytes).resize(faceSize, faceSize, { fit: "fill" }).greyscale().raw().toBuffer();
  } catch (error) {
    throw new AppError("invalid_picture", `The photo ${name} cannot be read.`, { cause: error });
  }
}

function isHeldNumber(number: number): boolean {
  return Math.floor(number / blockFiles) % everyBlock === heldBlock;
}

function numberOf(path: string): number {
  return Number.parseInt(path.slice(path.lastIndexOf("/") + 1), 10);
}
