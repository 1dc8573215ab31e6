// Files that clients may name: those in the media root, after every symbolic link is followed.

import { realpath } from "node:fs/promises";
import { isAbsolute, join, relative, resolve } from "node:path";
import { AppError } from "../core/errors.js";

/**
 * The absolute path of a file in the media root.
 * @throws AppError `outside_media_root`, `not_found`
 */
export async function resolveMediaPath(text: string, mediaRoot: string): Promise<string> {
  const root = resolve(mediaRoot);
  const path = text.includes("\0") ? undefined : resolve(root, text);
  const realRoot = await realpath(root).catch((cause: unknown) => {
    throw new AppError("not_found", "The server's media root does not exist.", { cause, detail: root });
  });
  // Asked before the file is looked for, so that nobody learns which files exist elsewhere.
  if (path === undefined || !(isInside(root, path) || isInside(realRoot, path))) throw outside(text);
  const real = await realpath(path).catch((cause: unknown) => {
    throw new AppError("not_found", `No file ${JSON.stringify(text)} in the media root.`, { cause });
  });
  if (!isInside(realRoot, real)) throw outside(text);
  return real;
}

/** Where such a file would be, for streams that come back before their file does. @throws AppError `outside_media_root` */
export function expectedMediaPath(text: string, mediaRoot: string): string {
  const root = resolve(mediaRoot);
  const path = text.includes("\0") ? root : resolve(root, text);
  if (!isInside(root, path)) throw outside(text);
  return join(root, relative(root, path));
}

/** Whether a path leads into a folder, by the names alone. */
export function isInside(folder: string, path: string): boolean {
  const way = relative(folder, path);
  return way !== "" && way !== ".." && !way.startsWith("../") && !isAbsolute(way);
}

function outside(text: string): AppError {
  return new AppError("outside_media_root", `Expected a path inside the media root, received ${JSON.stringify(text)}.`);
}
