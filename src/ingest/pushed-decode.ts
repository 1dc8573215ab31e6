// One pushed frame to rgb24, in libuv's threads: header first, so that a picture of another size costs nothing.

import sharp, { type Sharp } from "sharp";
import { AppError } from "../core/errors.js";
import { pictureBytes } from "../core/planar.js";
import type { PushedPicture } from "../core/pushed-source.js";
import type { Size } from "./picture-size.js";
import type { FrameSizes } from "./pooled-frame.js";

/** Pixels of both sizes, rgb24; `small` is the input itself where nothing had to be done. */
export interface DecodedPixels {
  readonly small: Uint8Array;
  /** Absent where `sizes.large` is. */
  readonly large: Uint8Array | undefined;
}

/** @throws AppError `not_as_declared` where raw bytes are no whole picture; encoded ones are judged when they are decoded. */
export function checkLength(data: Uint8Array, declared: PushedPicture): void {
  if (declared.format !== "raw" || data.length === pictureBytes(declared, "rgb24")) return;
  throw new AppError("not_as_declared", `Expected ${pictureBytes(declared, "rgb24")} bytes (${declared.width}x${declared.height}x3) of rgb24, received ${data.length}.`);
}

/**
 * Decodes a frame, scaled to both sizes.
 * @throws AppError `invalid_picture`, `not_as_declared`
 */
export async function decodePushed(data: Uint8Array, declared: PushedPicture, sizes: FrameSizes): Promise<DecodedPixels> {
  checkLength(data, declared);
  if (declared.format !== "raw") await checkHeader(data, declared);
  const largest = await scaled(data, declared, sizes.large ?? sizes.small);
  if (sizes.large === undefined) return { small: largest, large: undefined };
  const small = await rgb(fromRaw(largest, sizes.large), sizes.small);
  return { small, large: largest };
}

async function checkHeader(data: Uint8Array, { format, width, height }: PushedPicture): Promise<void> {
  // Before sharp sees it: of all that it can read, only these two decoders are for strangers.
  const found = formatOf(data);
  if (found === undefined) throw new AppError("invalid_picture", `Expected a ${format} picture, received bytes that are none.`);
  if (found !== format) throw new AppError("not_as_declared", `Expected a ${format} picture, as declared, received ${found}.`);
  // Reads the header only, whatever size it says.
  const { autoOrient: shown } = await guarded(() => sharp(data, { limitInputPixels: false }).metadata());
  if (shown.width !== width || shown.height !== height) throw new AppError("not_as_declared", `Expected a picture of ${width}x${height}, as declared, received one of ${shown.width}x${shown.height}.`);
}

function formatOf(data: Uint8Array): "jpeg" | "webp" | undefined {
  const text = (from: number, to: number) => String.fromCharCode(...data.subarray(from, to));
  if (text(0, 3) === "\xff\xd8\xff") return "jpeg";
  return text(0, 4) === "RIFF" && text(8, 12) === "WEBP" ? "webp" : undefined;
}

function scaled(data: Uint8Array, declared: PushedPicture, to: Size): Promise<Uint8Array> {
  if (declared.format !== "raw") return rgb(open(data, declared.width * declared.height).autoOrient(), to);
  return to.width === declared.width && to.height === declared.height ? Promise.resolve(data) : rgb(fromRaw(data, declared), to);
}

function open(data: Uint8Array, maxPixels: number): Sharp {
  // Damaged pictures are refused: what a decoder invents for missing parts is nobody's face. Mere oddities pass.
  return sharp(data, { limitInputPixels: maxPixels, failOn: "error" });
}

function fromRaw(data: Uint8Array, { width, height }: Size): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

async function rgb(image: Sharp, { width, height }: Size): Promise<Uint8Array> {
  const pixels = image.resize({ width, height, fit: "fill" }).flatten({ background: "#ffffff" }).toColourspace("srgb").removeAlpha().raw({ depth: "uchar" });
  const { data, info } = await guarded(() => pixels.toBuffer({ resolveWithObject: true }));
  if (data.length !== pictureBytes({ width, height }, "rgb24")) throw new AppError("invalid_picture", `Expected 3 channels of ${width}x${height}, received ${info.channels} of ${info.width}x${info.height}.`);
  return data;
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (/exceeds pixel limit/i.test(text)) throw new AppError("not_as_declared", "The picture has more pixels than were declared.", { cause: error, detail: text });
    throw new AppError("invalid_picture", "The bytes are not a picture that can be decoded, or it is damaged.", { cause: error, detail: text });
  }
}
