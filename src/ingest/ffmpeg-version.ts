// Which FFmpeg is installed: some flags changed their names.

import { AppError } from "../core/errors.js";
import { runProgram } from "./run-program.js";

const versionTimeoutMs = 10_000;

/** A version of FFmpeg. Builds from Git carry no number and count as newest. */
export class FfmpegVersion {
  readonly major: number;
  readonly minor: number;

  constructor(major: number, minor: number) {
    this.major = major;
    this.minor = minor;
  }

  atLeast(major: number, minor: number): boolean {
    return this.major > major || (this.major === major && this.minor >= minor);
  }
}

/** Reads the first line of `ffmpeg -version`: `ffmpeg version 5.1.9-0+deb12u1`, `n7.0.2`, `N-112233-gabc`. */
export function parseVersion(text: string): FfmpegVersion {
  const match = /^ff\w+ version n?(\d+)(?:\.(\d+))?/m.exec(text);
  return match === null ? new FfmpegVersion(Number.POSITIVE_INFINITY, 0) : new FfmpegVersion(Number(match[1]), Number(match[2] ?? 0));
}

/** Asks the program. @throws AppError `ffmpeg_missing` */
export async function detectVersion(program: string): Promise<FfmpegVersion> {
  const result = await runProgram(program, ["-version"], { timeoutMs: versionTimeoutMs });
  if (result.exitCode !== 0) throw new AppError("ffmpeg_missing", `The program ${program} does not run.`, { detail: result.stderr });
  return parseVersion(result.stdout);
}
