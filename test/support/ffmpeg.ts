// Runs FFmpeg's programs for tests, and asks ffprobe for the truth about a file.

import { execFile } from "node:child_process";
import { promisify } from "node:util";

const run = promisify(execFile);
const maxBuffer = 256 * 1024 * 1024;

/** Runs ffmpeg quietly and overwrites; rejects with its words when it fails. */
export async function ffmpeg(...args: readonly string[]): Promise<void> {
  await run("ffmpeg", ["-v", "error", "-nostdin", "-y", ...args], { maxBuffer });
}

/** Time of every frame in milliseconds as ffprobe decodes them; `undefined` where it has none. */
export async function ffprobePts(file: string): Promise<(number | undefined)[]> {
  const { stdout } = await run("ffprobe", ["-v", "quiet", "-select_streams", "V:0", "-show_entries", "frame=pts_time", "-of", "json", `file:${file}`], { maxBuffer });
  const { frames } = JSON.parse(stdout) as { frames: { pts_time?: string }[] };
  return frames.map((f) => (f.pts_time === undefined ? undefined : Number(f.pts_time) * 1000));
}

/** Number of frames that ffprobe can decode (`-count_frames`). */
export async function ffprobeFrameCount(file: string): Promise<number> {
  const { stdout } = await run("ffprobe", ["-v", "quiet", "-select_streams", "V:0", "-count_frames", "-show_entries", "stream=nb_read_frames", "-of", "json", `file:${file}`], { maxBuffer });
  const { streams } = JSON.parse(stdout) as { streams: { nb_read_frames: string }[] };
  return Number(streams[0]?.nb_read_frames);
}
