// Whether a file lies in a folder, after every link is followed.

import { realpath } from "node:fs/promises";
import { basename } from "node:path";
import { AppError } from "../../core/errors.js";
import { isInside } from "../../server/media-path.js";

/** @throws AppError `not_found`, `outside_media_root` */
export async function assertInside(folder: string, path: string): Promise<void> {
  const [root, real] = await Promise.all([realpath(folder), realpath(path)]).catch((cause: unknown) => {
    throw new AppError("not_found", `File ${basename(path)} does not exist.`, { cause });
  });
  if (!isInside(root, real)) throw new AppError("outside_media_root", `Expected a file of the media root, received ${basename(path)}.`);
}
