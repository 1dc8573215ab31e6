// Decoded frames for benchmarks: what the pipeline would see of a file, in memory, and the clips that they come from.
import { existsSync } from "node:fs";
import { join } from "node:path";
import { openSource } from "./file-pass.mjs";
import { option, root } from "./report.mjs";

/** The clips of `--video FILE`, else group and two people. Ends with a message where they are not there. */
export function clips() {
  const video = option("video", undefined);
  const files = video === undefined ? ["group.mp4", "two-people.mp4"].map((name) => join(root, "../shared/video", name)) : [video];
  const missing = files.find((file) => !existsSync(file));
  if (missing === undefined) return files;
  process.stderr.write(`no such video: ${missing} (name one with --video)\n`);
  process.exit(1);
}

/** All frames of a file as the pipeline sees them, copied out of the pool. */
export async function decode(file, maxSide = 640) {
  const frames = [];
  await new Promise((resolve, reject) => {
    const run = openSource(
      { url: file, transport: "tcp", maxSide, largeMaxSide: 0, realtime: false, loop: false, openTimeoutMs: 10_000, stallAfterMs: 10_000, stallTimeoutMs: 10_000, poolFrames: 4, backpressure: "wait", firstSeq: 0, epoch: 0 },
      {
        onInfo() {},
        onDecoded() {},
        onDropped() {},
        onStalled() {},
        onFrame(frame) {
          frames.push({ width: frame.picture.width, height: frame.picture.height, pixelFormat: "rgb24", data: new Uint8Array(frame.picture.data) });
          frame.release();
        },
      },
    );
    run.closed.then(({ error }) => (error === undefined ? resolve() : reject(error)));
  });
  return frames;
}
