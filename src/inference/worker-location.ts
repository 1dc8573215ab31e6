// Where the worker's compiled entry file is. A worker thread runs JavaScript: from dist the file lies beside this one, from
// the TypeScript sources (tests) it is the one in dist, so the thread under test is always the file that ships.

import { existsSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { AppError } from "../core/errors.js";
import { packageRoot } from "../core/package-info.js";

/** @throws AppError `engine_unavailable` when the package has not been built. */
export function workerEntry(): URL {
  const path = join(packageRoot, "dist/inference/worker.js");
  if (!existsSync(path)) throw new AppError("engine_unavailable", "The inference worker is not built: run `npm run build`.", { detail: path });
  return pathToFileURL(path);
}
