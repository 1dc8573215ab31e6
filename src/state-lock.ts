// One server to one state file and one work folder: two would write over each other's streams and run each other's analyses.
// The lock is the name of a socket in Linux' abstract namespace (unix(7)): the kernel gives it to one process and takes it back when
// that is gone, however it went. A lock file would bar the way after a kill, or trust a process id that somebody else has by now.

import { createHash } from "node:crypto";
import { once } from "node:events";
import { realpath } from "node:fs/promises";
import { createServer, type Server } from "node:net";
import { basename, dirname, join, resolve } from "node:path";
import { AppError, toAppError } from "./core/errors.js";

/** Paths that nobody else may use meanwhile. */
export interface StateLock {
  /** Lets others have them. Idempotent. */
  release(): Promise<void>;
}

/**
 * Takes the paths for this process; they need not exist. Elsewhere than on Linux nothing is guarded.
 * @param messageOf What to tell whoever comes second
 * @throws AppError `state_in_use` when another process has one of them
 */
export async function lockState(paths: readonly string[], messageOf = serverMessage): Promise<StateLock> {
  const held: Server[] = [];
  const release = async () => {
    await Promise.all(held.splice(0).map((server) => new Promise((done) => server.close(done))));
  };
  try {
    for (const path of process.platform === "linux" ? paths : []) held.push(await take(resolve(path), messageOf));
  } catch (error) {
    await release();
    throw error;
  }
  return { release };
}

function serverMessage(path: string): string {
  return `Another running server uses ${path}. Stop it, or give this one server.stateFile and server.workDir of its own.`;
}

async function take(path: string, messageOf: (path: string) => string): Promise<Server> {
  const name = createHash("sha256").update(await canonical(path)).digest("hex");
  const server = createServer((socket) => socket.destroy());
  server.listen(`\0emostream-${name}`);
  try {
    await once(server, "listening");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "EADDRINUSE") throw toAppError(error);
    throw new AppError("state_in_use", messageOf(path), { cause: error });
  }
  return server.unref();
}

/** The path without links, also where its last parts are not there yet. */
async function canonical(path: string): Promise<string> {
  try {
    return await realpath(path);
  } catch {
    const parent = dirname(path);
    return parent === path ? path : join(await canonical(parent), basename(path));
  }
}
