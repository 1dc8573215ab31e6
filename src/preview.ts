// Previews: the larger picture of a frame as JPEG, made in libuv's threads.

import sharp from "sharp";
import type { Config } from "./core/config.js";
import { rgbOf } from "./core/planar.js";
import { refusePictures, type Privacy } from "./core/privacy.js";
import type { EncodePreview } from "./pipeline/index.js";

/** An encoder for `maxSide` and `quality` of the configuration. Borrows the frame until it resolves; rejects with `no_pictures` in strict privacy mode, where nobody should ask. */
export function encodePreview({ maxSide, quality }: Config["preview"], privacy: Privacy): EncodePreview {
  return async (frame) => {
    refusePictures(privacy, "Previews");
    const { data, width, height } = rgbOf(frame.large ?? frame.picture);
    const image = sharp(data, { raw: { width, height, channels: 3 } });
    if (Math.max(width, height) > maxSide) image.resize({ width: maxSide, height: maxSide, fit: "inside", fastShrinkOnLoad: false });
    return await image.jpeg({ quality, chromaSubsampling: "4:2:0" }).toBuffer();
  };
}
