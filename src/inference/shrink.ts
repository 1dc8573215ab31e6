// Bounds the size of a picture, so that memory and time stay bounded for 8K stills.

import sharp from "sharp";
import type { AnyPicture, Picture } from "../core/frame.js";
import { rgbOf } from "../core/planar.js";

/**
 * A copy whose longest side is `maxSide`, or the picture itself where it is no larger. `scale` is new width through old;
 * no side gets shorter than one pixel.
 */
export async function shrinkPicture<P extends AnyPicture>(picture: P, maxSide: number): Promise<{ readonly picture: P | Picture; readonly scale: number }> {
  const { width, height } = picture;
  const scale = maxSide / Math.max(width, height);
  if (scale >= 1) return { picture, scale: 1 };
  const size = { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
  const { data } = await sharp(rgbOf(picture).data, { raw: { width, height, channels: 3 }, limitInputPixels: false })
    .resize({ ...size, fit: "fill", kernel: "linear" })
    .raw()
    .toBuffer({ resolveWithObject: true });
  return { picture: { ...size, pixelFormat: "rgb24", data }, scale };
}
