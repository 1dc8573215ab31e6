// One FFmpeg child: its start, its two pipes, and a stop that always ends in its exit.

import { spawn, type ChildProcess } from "node:child_process";
import type { Socket } from "node:net";
import type { Readable } from "node:stream";
import { checkPipes, confined, startFailure, type Command, type Confinement } from "../core/confined.js";
import type { AppError } from "../core/errors.js";
import { openReadingPipe, type ReadingPipe } from "./reading-pipe.js";

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
  /** To pause and resume; what it says goes to `onBytes`. */
  readonly stdout: Socket;
  readonly stderr: Readable;
  /** Settles when the process is gone and both pipes are read to their end or destroyed. Never rejects. */
  readonly exited: Promise<ProcessExit>;
  /** Idempotent: destroys stdout (a full pipe makes FFmpeg deaf to SIGTERM), SIGTERM, after a second SIGKILL. */
  stop(): void;
}

/**
 * Starts FFmpeg without a shell. `onBytes` gets its stdout: a view that the next call overwrites, unless stdout was paused in between.
 * @throws AppError `resources_exhausted`
 */
export async function startFfmpeg(program: string, args: readonly string[], confinement: Confinement, onBytes: (bytes: Uint8Array) => void): Promise<FfmpegProcess> {
  const command = await confined(program, args, confinement);
  const pipe = await openReadingPipe(onBytes);
  const stdout = pipe.reader;
  const child = spawned(command, pipe);
  let startError: AppError | undefined;
  child.on("error", (error: NodeJS.ErrnoException) => {
    startError ??= startFailure(program, error);
  });
  // reading from a pipe that was destroyed is how a stop looks from here
  child.stderr!.on("error", ignore);
  let killTimer: NodeJS.Timeout | undefined;
  const read = new Promise((resolve) => stdout.on("close", resolve));
  const exited = new Promise<ProcessExit>((resolve) => {
    child.on("close", (exitCode, signal) => {
      clearTimeout(killTimer);
      void read.then(() => resolve({ exitCode, signal, ...(startError === undefined ? {} : { error: startError }) }));
    });
  });
  return {
    pid: child.pid,
    stdout,
    stderr: child.stderr!,
    exited,
    stop() {
      if (killTimer !== undefined) return;
      stdout.destroy();
      child.kill("SIGTERM");
      killTimer = setTimeout(() => killHard(child), termGraceMs);
      if (child.exitCode !== null || child.signalCode !== null) clearTimeout(killTimer);
    },
  };
}

/** The child, with the pipe's other end as its stdout. */
function spawned({ program, args, env }: Command, pipe: ReadingPipe): ChildProcess {
  try {
    const child = spawn(program, args, { env, stdio: ["ignore", pipe.child, "pipe"] });
    checkPipes(child);
    return child;
  } catch (error) {
    pipe.reader.destroy();
    throw error;
  } finally {
    pipe.child.destroy();
  }
}

function killHard(child: ChildProcess): void {
  if (child.exitCode === null && child.signalCode === null) child.kill("SIGKILL");
}

function ignore(): void {
  // the end of the process tells what happened
}
