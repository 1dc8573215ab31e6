// Pictures from bytes or files to rgb24, as shown: EXIF rotation applied, transparency on white, every colour space as sRGB.

import { stat } from "node:fs/promises";
import sharp, { type Sharp } from "sharp";
import { AppError } from "../../core/errors.js";
import type { Picture } from "../../core/frame.js";

/** Formats that are read, by their names in sharp (`heif` here means AVIF). */
const formats: ReadonlySet<string> = new Set(["jpeg", "png", "webp", "heif", "gif", "tiff"]);

const expected = "a JPEG, PNG, WebP, AVIF, GIF or TIFF picture";

/** What `decodePicture` gives. */
export interface DecodedPicture {
  /** Size of the picture as shown, before it was made smaller. */
  readonly width: number;
  readonly height: number;
  /** At most `maxSide` long. */
  readonly picture: Picture;
  /** At most `largeMaxSide` long; absent where it would be no larger than `picture`. */
  readonly large?: Picture;
}

export interface DecodeOptions {
  readonly maxSide: number;
  /** 0: no larger picture. */
  readonly largeMaxSide: number;
  readonly maxPixels: number;
}

/**
 * Decodes a picture (JPEG, PNG, WebP, AVIF, GIF's first frame, TIFF's first page).
 * @throws AppError `invalid_picture`, `picture_too_large`, `not_found`
 */
export async function decodePicture(input: Uint8Array | string, options: DecodeOptions): Promise<DecodedPicture> {
  const { width, height } = await pictureSize(input, options.maxPixels);
  const largeSide = Math.max(options.maxSide, options.largeMaxSide);
  const larger = await guarded(async () => pixels(openPicture(input, options.maxPixels).autoOrient(), largeSide));
  if (Math.max(larger.width, larger.height) <= options.maxSide) return { width, height, picture: larger };
  const picture = await guarded(async () => pixels(fromRaw(larger), options.maxSide));
  return { width, height, picture, ...(options.largeMaxSide > options.maxSide && { large: larger }) };
}

/** The whole picture, as shown, to draw on. @throws AppError as `decodePicture` */
export async function openShown(input: Uint8Array | string, maxPixels: number): Promise<{ readonly width: number; readonly height: number; readonly image: Sharp }> {
  const size = await pictureSize(input, maxPixels);
  return { ...size, image: openPicture(input, maxPixels).autoOrient().flatten({ background: "#ffffff" }).toColourspace("srgb") };
}

/** Size as shown. @throws AppError as `decodePicture` */
async function pictureSize(input: Uint8Array | string, maxPixels: number): Promise<{ width: number; height: number }> {
  if (typeof input === "string") await mustBeFile(input);
  else if (!beginsLikePicture(input)) throw new AppError("invalid_picture", `Expected ${expected}, received bytes that begin like none of them.`);
  const { format, autoOrient, compression } = await guarded(async () => openPicture(input, maxPixels).metadata());
  if (!formats.has(format) || (format === "heif" && compression !== "av1")) {
    throw new AppError("invalid_picture", `Expected ${expected}, received ${format === "heif" ? "HEIC" : format}.`);
  }
  const { width, height } = autoOrient;
  if (width * height > maxPixels) throw tooLarge(maxPixels, `${width}x${height}`);
  return { width, height };
}

/** Uploads are looked at before libvips sees them, which reads much more than these formats (SVG, for one, by another library). */
function beginsLikePicture(bytes: Uint8Array): boolean {
  const start = Buffer.from(bytes.buffer, bytes.byteOffset, Math.min(bytes.byteLength, 16)).toString("latin1");
  return /^(?:\xff\xd8\xff|\x89PNG\r\n|GIF8[79]a|II[*+]\0|MM\0[*+]|RIFF[^]{4}WEBP|[^]{4}ftyp)/.test(start);
}

function openPicture(input: Uint8Array | string, maxPixels: number): Sharp {
  // Damaged pictures are refused: what a decoder invents for missing parts is nobody's face. Mere oddities pass.
  return sharp(input, { limitInputPixels: maxPixels, failOn: "error", sequentialRead: false });
}

async function pixels(image: Sharp, maxSide: number): Promise<Picture> {
  const { data, info } = await image
    .resize({ width: maxSide, height: maxSide, fit: "inside", withoutEnlargement: true })
    .flatten({ background: "#ffffff" })
    .toColourspace("srgb")
    .removeAlpha()
    .raw({ depth: "uchar" })
    .toBuffer({ resolveWithObject: true });
  if (info.channels !== 3) throw new Error(`expected 3 channels, received ${info.channels}`);
  return { width: info.width, height: info.height, pixelFormat: "rgb24", data };
}

function fromRaw({ data, width, height }: Picture): Sharp {
  return sharp(data, { raw: { width, height, channels: 3 } });
}

async function mustBeFile(path: string): Promise<void> {
  const info = await stat(path).catch((cause: unknown) => {
    throw new AppError("not_found", `Picture ${path} does not exist or may not be read.`, { cause });
  });
  if (!info.isFile()) throw new AppError("invalid_picture", `Expected a picture, received ${path}, which is not a file.`);
  if (info.size === 0) throw new AppError("invalid_picture", "The file is empty.");
}

async function guarded<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    if (/exceeds pixel limit|exceed.*limit|too large/i.test(text)) throw new AppError("picture_too_large", "The picture has more pixels than allowed.", { cause: error, detail: text });
    throw new AppError("invalid_picture", "The bytes are not a picture that can be decoded, or it is damaged.", { cause: error, detail: text });
  }
}

function tooLarge(maxPixels: number, size: string): AppError {
  return new AppError("picture_too_large", `Expected at most ${maxPixels} pixels, received a picture of ${size}.`);
}
