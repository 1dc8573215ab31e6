// Chromium's fake camera, fed by a video file: arguments for `startBrowser`.

import { execFileSync } from "node:child_process";

/** Plays a video as the browser's camera, again and again. Writes an MJPEG beside nothing else, at `path`. `allowed`: the browser says yes to every page that asks. */
export function fakeCamera(video: string, path: string, allowed = true): string[] {
  // Full-range 4:2:0 is what Chromium's reader takes.
  execFileSync("ffmpeg", ["-v", "error", "-y", "-i", video, "-an", "-t", "12", "-c:v", "mjpeg", "-q:v", "3", "-pix_fmt", "yuvj420p", path]);
  return ["--use-fake-device-for-media-stream", `--use-file-for-fake-video-capture=${path}`, ...(allowed ? ["--use-fake-ui-for-media-stream"] : ["--deny-permission-prompts"])];
}
