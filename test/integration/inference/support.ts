// Pictures for the inference tests, and the check that the worker in dist is the one of these sources.

import { execFile } from "node:child_process";
import { existsSync, readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Picture } from "../../../src/core/frame.js";
import { packageRoot } from "../../../src/core/package-info.js";

const run = promisify(execFile);

/** Videos with faces that are not part of the repository; tests that need them are skipped without. */
export const videoDir = join(packageRoot, "../shared/video");
export const videosMissing = !existsSync(join(videoDir, "group.mp4"));

/** Throws when the compiled worker or its kernels are missing or older than their sources: the tests would judge code that is not there. */
export function requireBuild(): void {
  const sources = readdirSync(join(packageRoot, "src/inference")).filter((name) => name.endsWith(".ts"));
  for (const [source, compiled] of [...sources.map((name) => [`src/inference/${name}`, `dist/inference/${name.replace(/\.ts$/, ".js")}`] as const), ...["pixels", "suppress", "crop"].map((name) => [`assembly/${name}.ts`, `dist/inference/${name}.wasm`] as const)]) {
    const [from, to] = [join(packageRoot, source), join(packageRoot, compiled)];
    if (!existsSync(to) || statSync(to).mtimeMs < statSync(from).mtimeMs) throw new Error(`dist is older than ${source}, and worker threads run dist: npm run build`);
  }
}

/** A picture over shared memory, as the frame pool makes them. */
export function sharedPicture(width: number, height: number, pixels?: Uint8Array): Picture {
  const data = new Uint8Array(new SharedArrayBuffer(width * height * 3));
  if (pixels !== undefined) data.set(pixels);
  return { width, height, pixelFormat: "rgb24", data };
}

/** Every `step`th frame of one of the shared videos, at most `count`, scaled to that size. */
export async function videoFrames(name: string, { width, height, step, count }: { width: number; height: number; step: number; count: number }): Promise<Picture[]> {
  const filter = `select=not(mod(n\\,${step})),scale=${width}:${height}`;
  const args = ["-v", "error", "-nostdin", "-i", join(videoDir, name), "-vf", filter, "-frames:v", String(count), "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "-"];
  const { stdout } = await run("ffmpeg", args, { encoding: "buffer", maxBuffer: 1 << 30 });
  const bytes = width * height * 3;
  if (stdout.length !== count * bytes) throw new Error(`expected ${count} frames of ${name}, got ${stdout.length / bytes}`);
  return Array.from({ length: count }, (_, i) => sharedPicture(width, height, stdout.subarray(i * bytes, (i + 1) * bytes)));
}

/** The same picture with red and blue exchanged. */
export function swapRedBlue({ width, height, data }: Picture): Picture {
  const swapped = sharedPicture(width, height);
  for (let i = 0; i < data.length; i += 3) {
    swapped.data[i] = data[i + 2]!;
    swapped.data[i + 1] = data[i + 1]!;
    swapped.data[i + 2] = data[i]!;
  }
  return swapped;
}

/** Runs a module's text in a Node process of its own; rejects when it does not end with exit code 0 within a minute. */
export async function runNode(source: string): Promise<{ readonly stdout: string; readonly stderr: string }> {
  return run(process.execPath, ["--input-type=module", "-e", source], { timeout: 60_000, killSignal: "SIGKILL" });
}
