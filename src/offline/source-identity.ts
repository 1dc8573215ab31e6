// What a result calls the file it came from: its name without folders, its size and its hash. Never a path, query or password.

import { stat } from "node:fs/promises";
import { basename } from "node:path";
import { AppError, toAppError } from "../core/errors.js";
import { hashFile } from "./file-hash.js";
import type { ResultHead } from "./formats/types.js";

/** True for addresses that FFmpeg fetches. */
export function isUrl(input: string): boolean {
  return /^[a-z][a-z0-9+.-]+:\/\//i.test(input);
}

/** The last part of a path or address, for people and file names. */
export function sourceName(input: string): string {
  if (!isUrl(input)) return basename(input);
  const path = input.replace(/^[^:]+:\/\/[^/?#]*/, "").replace(/[?#].*$/, "");
  const last = path.split("/").filter((p) => p !== "").at(-1) ?? "stream";
  try {
    return decodeURIComponent(last).replaceAll(/[/\\]/g, "-");
  } catch {
    return last; // Not percent-encoded: take it as it stands.
  }
}

/**
 * Name, size and SHA-256 of a file; only the name of an address.
 * @throws AppError `not_found`, `cancelled`
 */
export async function identifySource(input: string, name: string, signal?: AbortSignal): Promise<ResultHead["source"]> {
  if (isUrl(input)) return { name };
  try {
    const { size } = await stat(input);
    return { name, sizeBytes: size, sha256: await hashFile(input, signal) };
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code;
    if (code === "ENOENT" || code === "ENOTDIR") throw new AppError("not_found", `File ${name} does not exist.`, { cause: error });
    if (code === "EISDIR") throw new AppError("not_found", `${name} is a folder, expected a file.`, { cause: error });
    if (code === "EACCES") throw new AppError("forbidden", `File ${name} may not be read.`, { cause: error });
    throw toAppError(error);
  }
}
