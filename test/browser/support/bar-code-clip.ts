// A clip whose every frame carries its number as a bar code, coded by the real FFmpeg.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { paintBarCode } from "./bar-code.js";

export const clipWidth = 640;
export const clipHeight = 360;

/** Writes an H.264 MP4 of so many frames at 25 frames a second. Two blocks wander, so that the coder has something to predict. */
export async function writeBarCodeClip(path: string, frames: number): Promise<void> {
  const input = ["-f", "rawvideo", "-pix_fmt", "rgb24", "-s", `${clipWidth}x${clipHeight}`, "-r", "25", "-i", "pipe:0"];
  const ffmpeg = spawn("ffmpeg", ["-v", "error", "-y", ...input, "-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-pix_fmt", "yuv420p", "-g", "50", path], { stdio: ["pipe", "ignore", "inherit"] });
  const ended = once(ffmpeg, "close") as Promise<[number]>;
  for (let number = 0; number < frames; number++) {
    if (!ffmpeg.stdin.write(paintedFrame(number))) await once(ffmpeg.stdin, "drain");
  }
  ffmpeg.stdin.end();
  const [status] = await ended;
  if (status !== 0) throw new Error(`ffmpeg ended with ${status}`);
}

function paintedFrame(number: number): Uint8Array {
  const rgb = new Uint8Array(clipWidth * clipHeight * 3).fill(110);
  const x = (number * 7) % (clipWidth - 60);
  for (let y = 200; y < 260; y++) rgb.fill(200, (y * clipWidth + x) * 3, (y * clipWidth + x + 60) * 3);
  paintBarCode(rgb, clipWidth, clipHeight, number);
  return rgb;
}
