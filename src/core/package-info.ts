// Where this package lies and what it is called.

import { readFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/** Folder of the package: it holds `web`, `models` and `assets`. The same from `src` and from `dist`. */
export const packageRoot = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** The package's version as in package.json. */
export function packageVersion(): string {
  return (JSON.parse(readFileSync(join(packageRoot, "package.json"), "utf8")) as { version: string }).version;
}
