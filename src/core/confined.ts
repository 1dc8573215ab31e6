// Decoders read what strangers made, so they run with as little as they need: they cannot write a file, gain a privilege or take all memory.
// And they must not outlive us, whatever ends us: a stalled one never notices that nobody reads. Both by util-linux: setpriv and prlimit
// replace themselves, so the pid is FFmpeg's.

import type { ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { access, constants } from "node:fs/promises";
import { devNull } from "node:os";
import { childEnvironment } from "./env.js";
import { AppError, toAppError } from "./errors.js";

export interface Command {
  readonly program: string;
  readonly args: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}

export interface Confinement {
  /** Address space, bytes; 0 or undefined: no limit. */
  readonly maxMemoryBytes?: number;
  /** True for programs that write files themselves. */
  readonly writesFiles?: boolean;
  /** Variables beside, or instead of, the inherited ones. */
  readonly env?: NodeJS.ProcessEnv;
}

const folders = ["/usr/bin", "/bin", "/usr/local/bin"];
const maxOpenFiles = 256;
/** Descriptors that our end of a child's start takes for a moment, and a few more. */
const descriptorsOfStart = 8;

/**
 * The command under `setpriv` and `prlimit`, each where it is installed. The environment holds none of our settings, the token least of all.
 * @throws AppError `resources_exhausted` when there are too few file descriptors to start it
 */
export async function confined(program: string, args: readonly string[], { maxMemoryBytes = 0, writesFiles = false, env = {} }: Confinement = {}): Promise<Command> {
  const [setpriv, prlimit] = await Promise.all([find("setpriv"), find("prlimit")]);
  const words = [
    ...(setpriv === undefined ? [] : [setpriv, "--pdeathsig", "KILL", "--no-new-privs", "--"]),
    ...(prlimit === undefined
      ? []
      : [
          prlimit,
          "--core=0", // a core dump would hold the camera's password
          ...(writesFiles ? [] : ["--fsize=0"]), // pipes are no files
          `--nofile=${maxOpenFiles}`,
          ...(maxMemoryBytes > 0 ? [`--as=${maxMemoryBytes}`] : []),
          "--",
        ]),
    program,
    ...args,
  ];
  demandDescriptors();
  return { program: words[0]!, args: words.slice(1), env: { ...childEnvironment(), ...env } };
}

/** Where they run out in the middle of a start, Node loses the pipes that it had made for good: a server at its limit would lose two with every try. */
function demandDescriptors(): void {
  const held: number[] = [];
  try {
    while (held.length < descriptorsOfStart) held.push(openSync(devNull, "r"));
  } catch (error) {
    const known = toAppError(error);
    if (known.code === "resources_exhausted") throw known;
  } finally {
    for (const descriptor of held) closeSync(descriptor);
  }
}

/**
 * Asked right after `spawn`: without a free file descriptor there is a child without pipes, which only later says why.
 * @throws AppError `resources_exhausted`
 */
export function checkPipes(child: ChildProcess): void {
  if (child.stdio !== undefined) return;
  child.on("error", () => undefined);
  throw noPipes();
}

/** There is no descriptor for a child's pipes. */
export function noPipes(): AppError {
  return new AppError("resources_exhausted", "The system has no more file descriptors to give.", { detail: "no pipes for a child process" });
}

/** Why a program could not be started. */
export function startFailure(program: string, error: NodeJS.ErrnoException): AppError {
  const known = toAppError(error);
  return known.code === "resources_exhausted" ? known : new AppError("ffmpeg_missing", `The program ${program} could not be started (${error.code ?? error.message}).`, { cause: error });
}

async function find(name: string): Promise<string | undefined> {
  for (const folder of process.platform === "linux" ? folders : []) {
    const path = `${folder}/${name}`;
    if (await access(path, constants.X_OK).then(() => true, () => false)) return path;
  }
  return undefined;
}
