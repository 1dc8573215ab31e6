// Small programs in the place of FFmpeg. They tell their version as the real one does, so that the server goes on to run them.
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** Path of a shell script that does `body`. */
export function standIn(t, body, name = "ffmpeg") {
  const file = join(t.folder, name);
  writeFileSync(file, `#!/bin/sh\nif [ "$1" = "-version" ]; then exec ffmpeg -version; fi\n${body}\n`);
  chmodSync(file, 0o755);
  return file;
}
