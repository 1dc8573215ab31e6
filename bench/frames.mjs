// Decoded frames for benchmarks: what the pipeline would see of a file, in memory, and the clips that they come from.
import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
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

/**
 * Hands `use` a film that shows each of `files` so many times over, and removes the films afterwards: of a clip of a few seconds much of the time is start-up (FFmpeg, V8's compiler), which
 * nobody has who analyses an hour.
 */
export async function withLongFilms(files, times, use) {
  const folder = mkdtempSync(join(tmpdir(), "emostream-films-"));
  try {
    return await use(files.map((file) => repeated(file, times, join(folder, basename(file)))));
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function repeated(file, times, out) {
  const { status, stderr } = spawnSync("ffmpeg", ["-v", "error", "-y", "-stream_loop", String(times - 1), "-i", file, "-an", "-c", "copy", out], { encoding: "utf8" });
  if (status !== 0) throw new Error(`FFmpeg could not repeat ${file}: ${stderr}`);
  return out;
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
