// What a film is sent as to a browser: told by its first bytes, never by its name, and never as anything that a browser would run.

import { open } from "node:fs/promises";
import { AppError, toAppError } from "../../core/errors.js";

/** What is sent where no container is recognised: browsers only store it. */
export const unknownType = "application/octet-stream";

/** Content type of a film. @throws AppError `not_found` */
export async function filmType(path: string): Promise<string> {
  try {
    await using file = await open(path, "r");
    const head = Buffer.alloc(64);
    const { bytesRead } = await file.read(head, 0, head.length, 0);
    return typeOf(head.subarray(0, bytesRead));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw new AppError("not_found", "The film is not there any more.", { cause: error });
    throw toAppError(error);
  }
}

/** Content type by the first 64 bytes. */
export function typeOf(head: Buffer): string {
  const text = head.toString("latin1");
  // QuickTime's brand too: browsers refuse it by that name and play what is inside.
  if (text.slice(4, 8) === "ftyp" || text.slice(4, 8) === "moov" || text.slice(4, 8) === "mdat") return "video/mp4";
  if (head.length >= 4 && head.readUInt32BE(0) === 0x1a45dfa3) return text.includes("webm") ? "video/webm" : "video/x-matroska";
  if (text.startsWith("OggS")) return "video/ogg";
  if (text.startsWith("RIFF") && text.slice(8, 12) === "AVI ") return "video/x-msvideo";
  if (text.startsWith("FLV")) return "video/x-flv";
  if (head[0] === 0x47) return "video/mp2t";
  return unknownType;
}
