// Looks into a file with ffprobe before it is decoded: is there a moving picture, how large, how long.

import { open } from "node:fs/promises";
import { AppError, toAppError } from "../core/errors.js";
import { inputGuards } from "../core/ffmpeg-input.js";
import type { SourceAddress } from "./address.js";
import { parseSource } from "./address.js";
import { classifyFailure } from "./failure.js";
import { readProbe, type ProbedVideo } from "./probe-report.js";
import { createRedactor } from "./redact.js";
import { runProgram, type ProgramLimits } from "./run-program.js";

export interface ProbeLimits extends ProgramLimits {
  /** Program to run. Default `ffprobe`. */
  readonly ffprobe?: string;
  /** Pictures with more pixels are refused. Default: no limit. */
  readonly maxPixels?: number;
  /** What a proxy in between complained of meanwhile. */
  readonly complaints?: readonly string[];
}

/**
 * Describes the video of a file (a path, or a file behind http or https).
 * @throws AppError `not_found`, `forbidden`, `no_video`, `corrupt`, `unsupported_codec`, `picture_too_large`, `timeout`, `cancelled`, `ffmpeg_missing`,
 * and for http what a server may answer
 */
export async function probeFile(path: string, limits: ProbeLimits): Promise<ProbedVideo> {
  return probeAddress(parseSource(path), limits);
}

/** As `probeFile`, for an address that was understood already. */
export async function probeAddress(address: SourceAddress, limits: ProbeLimits): Promise<ProbedVideo> {
  if (address.kind === "file") await checkFile(address.target);
  const redact = createRedactor(address.target);
  const input = address.kind === "file" ? `file:${address.target}` : address.target;
  const args = [
    "-v", "level+error",
    ...inputGuards(address.kind),
    "-of", "json",
    "-show_format",
    "-show_streams",
    "-i", input,
  ];
  const result = await runProgram(limits.ffprobe ?? "ffprobe", args, limits).catch((error: unknown) => {
    if (error instanceof AppError && error.code === "timeout") throw new AppError("timeout", `${address.shown} could not be read within ${limits.timeoutMs} ms.`, { cause: error });
    throw error;
  });
  const lines = [...(limits.complaints ?? []), ...result.stderr.split("\n").filter((l) => l !== "").map(redact)];
  if (result.exitCode !== 0) throw classifyFailure(lines, { shown: address.shown, whenUnknown: "corrupt" });
  return readProbe(result.stdout, { shown: address.shown, maxPixels: limits.maxPixels ?? Number.POSITIVE_INFINITY, lines });
}

async function checkFile(path: string): Promise<void> {
  const file = await open(path, "r").catch((error: NodeJS.ErrnoException) => {
    if (error.code === "EACCES" || error.code === "EPERM") throw new AppError("forbidden", `No permission to read ${path}.`, { cause: error });
    if (error.code === "ENOENT" || error.code === "ENOTDIR" || error.code === "ENAMETOOLONG") throw new AppError("not_found", `There is no file ${path}.`, { cause: error });
    const known = toAppError(error);
    if (known.code === "resources_exhausted") throw known;
    throw new AppError("corrupt", `${path} cannot be read (${error.code ?? error.message}).`, { cause: error });
  });
  try {
    const stat = await file.stat();
    if (!stat.isFile()) throw new AppError("no_video", `Expected a video file, received ${stat.isDirectory() ? "a folder" : "something that is no regular file"}: ${path}.`);
    if (stat.size === 0) throw new AppError("corrupt", `The file ${path} is empty.`);
  } finally {
    await file.close();
  }
}
