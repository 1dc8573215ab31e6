// Python's `fer` package, in a process of its own.
import { spawnSync } from "node:child_process";
import { join, relative } from "node:path";
import { option, root } from "./report.mjs";

/** How to have it; it imports pkg_resources, which later setuptools lack. */
export const install = 'python3 -m venv bench/.venv && bench/.venv/bin/pip install fer "setuptools<80"';

/** Runs a script of ours with the Python that has it (`--python`): its JSON `document`, or why there is none (`missing`, `failed`). */
export function askFer(script, args, input) {
  const python = option("python", join(root, "bench/.venv/bin/python"));
  const { status, stdout, stderr, error } = spawnSync(python, [join(root, "bench", script), ...args.map(String)], { input, maxBuffer: 1 << 28, stdio: ["pipe", "pipe", "pipe"] });
  if (error?.code === "ENOENT" || status === 3) return { missing: `not installed for ${named(python)}` };
  if (error !== undefined) return { failed: `${named(python)} cannot be run (${error.message})` };
  if (status !== 0) return { failed: `it failed: ${stderr.toString().trim().split("\n").at(-1)}` };
  // TensorFlow may print before.
  return { document: JSON.parse(stdout.toString().trim().split("\n").at(-1)) };
}

/** As the documentation may show it: below the repository by its way from there. */
function named(python) {
  const way = relative(root, python);
  return way.startsWith("..") ? python : way;
}
