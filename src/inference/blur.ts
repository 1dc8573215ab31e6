// Gaussian blur of a whole picture, by libvips (sharp): a fraction of what plain JavaScript or a convolution in tfjs-wasm takes.

import sharp from "sharp";
import type { AnyPicture, Picture } from "../core/frame.js";
import { rgbOf } from "../core/planar.js";

/** libvips refuses less; a Gaussian this narrow changes no 8-bit value by more than a few steps. */
const smallestSigma = 0.3;
/** Where the kernel is cut off, relative to its middle. sharp's default of 0.2 leaves a box of 3x3 at sigma 0.8; this costs no more time. */
const minAmplitude = 0.01;

/**
 * A blurred copy; the picture itself when `sigma` is too small to matter. Edges repeat the outermost pixels.
 * `sigma` is the standard deviation in pixels. The copy lies in memory of this thread.
 */
export async function blurPicture<P extends AnyPicture>(picture: P, sigma: number): Promise<P | Picture> {
  if (!(sigma >= smallestSigma)) return picture;
  const { width, height } = picture;
  const { data } = await sharp(rgbOf(picture).data, { raw: { width, height, channels: 3 }, limitInputPixels: false }).blur({ sigma, minAmplitude }).raw().toBuffer({ resolveWithObject: true });
  return { width, height, pixelFormat: "rgb24", data };
}
