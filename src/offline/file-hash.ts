// The content of a file as one short text.

import { createHash } from "node:crypto";
import { createReadStream } from "node:fs";

/** SHA-256 of a file, hexadecimal. @throws the file system's error, or the signal's reason */
export async function hashFile(path: string, signal?: AbortSignal): Promise<string> {
  // Node 20 opens the file for a signal that is aborted already, and never closes it.
  signal?.throwIfAborted();
  const hash = createHash("sha256");
  for await (const chunk of createReadStream(path, { highWaterMark: 1 << 20, ...(signal && { signal }) })) hash.update(chunk as Buffer);
  return hash.digest("hex");
}
