// A still with its faces drawn on it, as PNG.

import { toAppError } from "../../core/errors.js";
import { enlargement } from "../annotate/canvas.js";
import { layoutFaces } from "../annotate/layout.js";
import { marksSvg } from "../annotate/marks-svg.js";
import { openShown } from "./decode.js";
import type { StillResult } from "./predict.js";
import sharp from "sharp";

/** Larger pictures are drawn at this size: an SVG of more pixels is refused by its renderer. Longest side, pixels. */
const maxDrawnSide = 4096;

/**
 * Draws boxes, labels and probabilities. Tiny pictures are enlarged so that words can be read, very large ones made smaller.
 * @throws AppError `invalid_picture`, `picture_too_large`, `not_found`
 */
export async function drawPicture(input: Uint8Array | string, result: Pick<StillResult, "width" | "height" | "faces">, maxPixels: number): Promise<Buffer> {
  const { image, width, height } = await openShown(input, maxPixels);
  const factor = Math.max(width, height) > maxDrawnSide ? maxDrawnSide / Math.max(width, height) : enlargement(width, height);
  const size = { width: Math.max(1, Math.round(width * factor)), height: Math.max(1, Math.round(height * factor)) };
  const by = { x: size.width / result.width, y: size.height / result.height };
  const faces = result.faces.map((f) => ({
    box: { x: f.box.x * by.x, y: f.box.y * by.y, width: f.box.width * by.x, height: f.box.height * by.y },
    scores: f.emotions,
    label: f.label,
    uncertain: f.uncertain,
  }));
  const svg = marksSvg(layoutFaces(faces, size.width, size.height), size.width, size.height);
  try {
    // Two steps, because within one pipeline sharp composites before it resizes.
    const { data, info } = await image.resize({ ...size, fit: "fill", kernel: factor > 1 ? "nearest" : "lanczos3" }).removeAlpha().raw({ depth: "uchar" }).toBuffer({ resolveWithObject: true });
    return await sharp(data, { raw: { width: info.width, height: info.height, channels: info.channels } })
      .composite([{ input: Buffer.from(svg), left: 0, top: 0 }])
      .removeAlpha()
      .png()
      .toBuffer();
  } catch (error) {
    throw toAppError(error);
  }
}
