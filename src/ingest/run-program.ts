// Runs a short-lived program and collects what it prints, within bounds of time and memory.

import { spawn } from "node:child_process";
import { checkPipes, confined, startFailure, type Confinement } from "../core/confined.js";
import { AppError } from "../core/errors.js";

const maxStdoutBytes = 4_194_304;
const maxStderrChars = 16_384;

export interface ProgramResult {
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface ProgramLimits extends Confinement {
  readonly timeoutMs: number;
  readonly signal?: AbortSignal;
}

/**
 * Settles when the program is gone.
 * @throws AppError `ffmpeg_missing` (it cannot be started), `resources_exhausted`, `timeout`, `cancelled`
 */
export async function runProgram(program: string, args: readonly string[], limits: ProgramLimits): Promise<ProgramResult> {
  if (limits.signal?.aborted === true) throw new AppError("cancelled", "Stopped on request.");
  const command = await confined(program, args, limits);
  return new Promise((resolve, reject) => {
    const child = spawn(command.program, command.args, { env: command.env, stdio: ["ignore", "pipe", "pipe"] });
    checkPipes(child);
    const chunks: Buffer[] = [];
    let stdoutBytes = 0;
    let stderr = "";
    let failure: AppError | undefined;
    const end = (error: AppError) => {
      failure ??= error;
      child.kill("SIGKILL"); // it holds nothing that wants an orderly end
    };
    const timer = setTimeout(() => end(new AppError("timeout", `No answer within ${limits.timeoutMs} ms.`)), limits.timeoutMs);
    const onAbort = () => end(new AppError("cancelled", "Stopped on request."));
    limits.signal?.addEventListener("abort", onAbort);
    child.stdout.on("data", (chunk: Buffer) => {
      stdoutBytes += chunk.length;
      if (stdoutBytes > maxStdoutBytes) end(new AppError("corrupt", "The description of the file is too long."));
      else chunks.push(chunk);
    });
    child.stderr.on("data", (chunk: Buffer) => {
      stderr = (stderr + chunk.toString("utf8")).slice(-maxStderrChars);
    });
    child.on("error", (error: NodeJS.ErrnoException) => {
      failure ??= startFailure(program, error);
    });
    child.on("close", (exitCode) => {
      clearTimeout(timer);
      limits.signal?.removeEventListener("abort", onAbort);
      if (failure === undefined && (exitCode === 126 || exitCode === 127)) failure = new AppError("ffmpeg_missing", `The program ${program} was not found or cannot be run.`, { detail: stderr });
      if (failure !== undefined) reject(failure);
      else resolve({ exitCode, stdout: Buffer.concat(chunks).toString("utf8"), stderr });
    });
  });
}
