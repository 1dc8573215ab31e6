// One FFmpeg child: its start, its two pipes, and a stop that always ends in its exit.

import { spawn, type ChildProcess } from "node:child_process";
import type { Readable } from "node:stream";
import { checkPipes, confined, startFailure, type Confinement } from "../core/confined.js";
import type { AppError } from "../core/errors.js";

const termGraceMs = 1000;

/** How FFmpeg ended. `error` is set where it could not be started. */
export interface ProcessExit {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly error?: AppError;
}

/** A running FFmpeg. */
export interface FfmpegProcess {
  readonly pid: number | undefined;
  readonly stdout: Readable;
  readonly stderr: Readable;
  /** Settles when the process is gone and both pipes are read to their end or destroyed. Never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Idempotent: destroys stdout (a full pipe makes FFmpeg deaf to SIGTERM), SIGTERM, after a second SIGKILL. */
  stop(): void;
}

/** Starts FFmpeg without a shell. */
export async function startFfmpeg(program: string, args: readonly string[], confinement: Confinement): Promise<FfmpegProcess> {
  const command = await confined(program, args, confinement);
  const child = spawn(command.program, command.args, { env: command.env, stdio: ["ignore", "pipe", "pipe"] });
  checkPipes(child);
  let startError: AppError | undefined;
  child.on("error", (error: NodeJS.ErrnoException) => {
    startError ??= startFailure(program, error);
  });
  // reading from a pipe that was destroyed is how a stop looks from here
  child.stdout.on("error", ignore);
  child.stderr.on("error", ignore);
  let killTimer: NodeJS.Timeout | undefined;
  const exited = new Promise<ProcessExit>((resolve) => {
    child.on("close", (exitCode, signal) => {
      clearTimeout(killTimer);
      resolve({ exitCode, signal, ...(startError === undefined ? {} : { error: startError }) });
    });
  });
  return {
    pid: child.pid,
    stdout: child.stdout,
    stderr: child.stderr,
    exited,
    stop() {
      if (killTimer !== undefined) return;
      child.stdout.destroy();
      child.kill("SIGTERM");
      killTimer = setTimeout(() => killHard(child), termGraceMs);
      if (child.exitCode !== null || child.signalCode !== null) clearTimeout(killTimer);
    },
  };
}

function killHard(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
}

function ignore(): void {
  // the end of the process tells what happened
}
