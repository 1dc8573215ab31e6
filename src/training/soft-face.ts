// A ready-cut face made ready to be pasted into a picture.

import sharp, { type OverlayOptions } from "sharp";
import { facePixels, faceSize, type FaceSet } from "./data/face-set.js";

/** How a pasted face looks. */
export interface Look {
  /** Of the face in its set. */
  readonly index: number;
  /** Factors of red, green and blue: grey, or like skin. */
  readonly tint: readonly [number, number, number];
  /** Width of the soft border as a share of the side. */
  readonly soft: number;
}

/** Where it goes in the picture, pixels. */
export interface Place {
  readonly side: number;
  readonly left: number;
  readonly top: number;
}

/** A face to be laid over a picture, enlarged and tinted, its border fading out. */
export async function softFace(faces: FaceSet, look: Look, { side, left, top }: Place): Promise<OverlayOptions> {
  return { input: await rgbaOf(faces, look, side), raw: { width: side, height: side, channels: 4 }, left, top };
}

async function rgbaOf(faces: FaceSet, { index, tint, soft }: Look, side: number): Promise<Buffer> {
  const grey = Buffer.from(faces.pixels.subarray(index * facePixels, (index + 1) * facePixels));
  const large = await sharp(grey, { raw: { width: faceSize, height: faceSize, channels: 1 } }).resize(side, side, { kernel: "cubic" }).toColourspace("b-w").raw().toBuffer();
  const ramp = (v: number) => Math.min(1, (Math.min(v, side - 1 - v) + 0.5) / Math.max(1, soft * side));
  const out = Buffer.alloc(side * side * 4);
  for (let y = 0, at = 0; y < side; y++) {
    for (let x = 0; x < side; x++, at++) {
      for (let c = 0; c < 3; c++) out[at * 4 + c] = Math.min(255, large[at]! * tint[c]!);
      out[at * 4 + 3] = Math.round(255 * ramp(x) * ramp(y));
    }
  }
  return out;
}
