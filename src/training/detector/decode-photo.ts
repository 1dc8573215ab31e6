// Pixels of a photo of the detector's data.

import sharp from "sharp";
import { AppError } from "../../core/errors.js";
import type { Picture } from "../../core/frame.js";
import type { LabelledPhoto } from "./photos.js";

/** The photo's pixels; with `quality` after one more JPEG compression. @throws AppError `invalid_picture` */
export async function decodePhoto({ name, bytes }: LabelledPhoto, quality?: number): Promise<Picture> {
  try {
    const from = quality === undefined ? bytes : await sharp(bytes).jpeg({ quality }).toBuffer();
    const { data, info } = await sharp(from).toColourspace("srgb").removeAlpha().raw().toBuffer({ resolveWithObject: true });
    if (info.channels !== 3 || Math.min(info.width, info.height) < 2) throw new RangeError(`expected 3 channels and 2 pixels, received ${info.channels} and ${info.width}x${info.height}`);
    return { width: info.width, height: info.height, pixelFormat: "rgb24", data };
  } catch (error) {
    throw new AppError("invalid_picture", `The photo ${name} cannot be decoded.`, { cause: error });
  }
}
