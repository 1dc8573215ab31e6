// What docs/errors.md promises: the codes there are, and the HTTP status of each. Read from the page, so that it is the page that is held.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../../chaos/support/server.mjs";

const rows = readFileSync(join(root, "docs/errors.md"), "utf8").matchAll(/^\| `([a-z_]+)` \| (\d{3}) \|/gm);

/** Status of each documented code. */
export const documentedCodes = new Map([...rows].map(([, code, status]) => [code, Number(status)]));

/** Close codes that docs/feed.md lists. */
export const documentedCloses = new Set([...readFileSync(join(root, "docs/feed.md"), "utf8").matchAll(/^\| (1\d{3}) \|/gm)].map(([, code]) => Number(code)));

/** What is wrong with a code in an answer, or undefined. */
export function unnamed(code) {
  if (!documentedCodes.has(code)) return `expected a code of docs/errors.md, received ${JSON.stringify(code)}`;
  return code === "internal" ? "received the code internal, which is a defect" : undefined;
}
