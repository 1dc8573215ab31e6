// Python packages that read our results as users do. Tests that need one skip and say so where it is not installed.

import { execFile, spawnSync } from "node:child_process";
import { promisify } from "node:util";

/** For example a virtual environment's Python. */
const python = process.env["EMOSTREAM_PYTHON"] ?? "python3";

/** Whether that Python can import a module. */
export function pythonHas(module: string): boolean {
  return spawnSync(python, ["-c", `import ${module}`]).status === 0;
}

/** Runs a script; what it prints is JSON. */
export async function pythonJson(script: string, ...args: readonly string[]): Promise<unknown> {
  const { stdout } = await promisify(execFile)(python, ["-c", script, ...args], { maxBuffer: 1 << 26 });
  return JSON.parse(stdout);
}
