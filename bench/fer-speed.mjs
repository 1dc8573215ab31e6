// Python's `fer` on the same decoded frames, in a process of its own: fer_speed.py.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { median, option, root } from "./report.mjs";

/** Milliseconds a frame, median of some passes, and faces a frame; or `missing`, why there are none. */
export function ferSpeed(frames, passes) {
  const python = option("python", join(root, "bench/.venv/bin/python"));
  if (!existsSync(python)) return { missing: "not installed" };
  const [{ width, height }] = frames;
  const { status, stdout, stderr, error } = spawnSync(python, [join(root, "bench/fer_speed.py"), String(width), String(height), "mtcnn", String(passes)], { input: Buffer.concat(frames.map(({ data }) => data)), maxBuffer: 1 << 24 });
  if (error !== undefined) return { missing: `cannot be run (${error.message})` };
  if (status === 3) return { missing: "not installed" };
  if (status !== 0) return { missing: `failed: ${stderr.toString().trim().split("\n").at(-1)}` };
  // TensorFlow may print before.
  const { version, secondsPerFrame, faces } = JSON.parse(stdout.toString().trim().split("\n").at(-1));
  return { version, msPerFrame: 1000 * median(secondsPerFrame), faces };
}
