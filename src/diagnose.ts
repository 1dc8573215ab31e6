// What `doctor` looks at: each check tries the thing itself, not only whether a file is there.

import { execFile } from "node:child_process";
import { access, constants } from "node:fs/promises";
import { availableParallelism, totalmem } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import type { Config } from "./core/config.js";
import type { Environment } from "./core/env.js";
import { toAppError } from "./core/errors.js";
import { silentLogger } from "./core/logger.js";
import { packageRoot, packageVersion } from "./core/package-info.js";
import { openEngine } from "./app.js";

const run = promisify(execFile);
const programTimeoutMs = 10_000;
const debianFfmpeg = "apt-get install ffmpeg";

/** `missing` stops the server from working; `optional` does not. */
export interface Check {
  readonly name: string;
  readonly state: "ok" | "optional" | "missing";
  readonly detail: string;
  /** What to type. */
  readonly advice?: string;
}

/** All checks, in a fixed order. Never rejects. */
export async function diagnose(config: Config, env: Environment): Promise<readonly Check[]> {
  const { ffmpeg, ffprobe } = config.ingest;
  return [
    { name: "emostream", state: "ok", detail: `${packageVersion()} in ${packageRoot}` },
    checkNode(),
    { name: "machine", state: "ok", detail: `${availableParallelism()} cores, ${Math.round(totalmem() / 2 ** 30)} GiB of memory, ${process.platform} ${process.arch}` },
    await checkProgram("ffmpeg", ffmpeg, "missing", debianFfmpeg),
    await checkProgram("ffprobe", ffprobe, "missing", debianFfmpeg),
    await checkHardwareDecoders(ffmpeg),
    await checkProgram("setpriv", "setpriv", "optional", "apt-get install util-linux (ends FFmpeg with its parent, whatever happens)"),
    await checkProgram("prlimit", "prlimit", "optional", "apt-get install util-linux (keeps FFmpeg from writing files and taking all memory)"),
    await checkEngine(config),
    await checkFile("demo clip", join(packageRoot, "assets/demo/demo.mp4"), "optional", "git checkout assets/demo"),
    await checkFile("training data", env.dataDir, "optional", "only for training and evaluation: set EMOSTREAM_DATA to the folder"),
    await checkProgram("chromium", "chromium", "optional", "only for the browser tests: apt-get install chromium"),
  ];
}

function checkNode(): Check {
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  const ok = major > 20 || (major === 20 && minor >= 19);
  return { name: "node", state: ok ? "ok" : "missing", detail: process.version, ...(ok ? {} : { advice: "install Node 20.19 or newer" }) };
}

async function checkProgram(name: string, program: string, whenAbsent: "optional" | "missing", advice: string): Promise<Check> {
  try {
    const flag = ["setpriv", "prlimit", "chromium"].includes(name) ? "--version" : "-version";
    const { stdout } = await run(program, [flag], { timeout: programTimeoutMs });
    return { name, state: "ok", detail: stdout.split("\n")[0]?.trim() ?? "" };
  } catch (error) {
    return { name, state: whenAbsent, detail: `${program} does not run: ${(error as NodeJS.ErrnoException).code ?? "it failed"}`, advice };
  }
}

async function checkHardwareDecoders(ffmpeg: string): Promise<Check> {
  const name = "hwaccel";
  try {
    const { stdout } = await run(ffmpeg, ["-hide_banner", "-hwaccels"], { timeout: programTimeoutMs });
    const kinds = stdout.split("\n").slice(1).map((l) => l.trim()).filter((l) => l !== "");
    return { name, state: "optional", detail: kinds.length === 0 ? "none built into FFmpeg" : `built into FFmpeg: ${kinds.join(", ")} (whether the hardware is here shows when ingest.hwaccel is set)` };
  } catch {
    return { name, state: "optional", detail: "not known without ffmpeg" };
  }
}

async function checkEngine(config: Config): Promise<Check> {
  const name = "engine";
  const startedMs = performance.now();
  try {
    const engine = await openEngine(config, silentLogger(), 1);
    try {
      const side = 64;
      await engine.analyze([{ picture: { width: side, height: side, pixelFormat: "rgb24", data: new Uint8Array(side * side * 3) } }]);
      const models = engine.info.models.map((m) => m.name).join(", ");
      return { name, state: "ok", detail: `${engine.info.name} ${engine.info.version} (${models}), first answer after ${Math.round(performance.now() - startedMs)} ms` };
    } finally {
      await engine.close();
    }
  } catch (error) {
    return { name, state: "missing", detail: toAppError(error).message, advice: "npm ci" };
  }
}

async function checkFile(name: string, path: string, whenAbsent: "optional" | "missing", advice: string): Promise<Check> {
  try {
    await access(path, constants.R_OK);
    return { name, state: "ok", detail: path };
  } catch {
    return { name, state: whenAbsent, detail: `${path} is not there`, advice };
  }
}
