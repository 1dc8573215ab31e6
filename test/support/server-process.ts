// A real `emostream serve` process for tests: started from dist, on a free port, in a folder of its own.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { packageRoot } from "../../src/core/package-info.js";

/** The command line, as `npx emostream` would run it. */
export const cliPath = join(packageRoot, "dist/cli/main.js");

export interface ServerProcess extends AsyncDisposable {
  readonly url: string;
  readonly process: ChildProcess;
  /** Folder in which the server runs: `media` is its media root, `.emostream` holds its state. */
  readonly cwd: string;
  /** Everything written to stdout and stderr so far. */
  output(): string;
  /** Sends a signal and waits for the end. Resolves with the exit code. */
  stop(signal?: NodeJS.Signals): Promise<number | null>;
}

export interface ServerOptions {
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
  /** Run in this folder and keep it afterwards, for a restart. */
  readonly cwd?: string;
  /** What a configuration file would hold. */
  readonly config?: object;
}

/** Starts `emostream serve --port 0 …` and resolves when it listens. */
export async function startServer({ args = [], env = {}, cwd, config }: ServerOptions = {}): Promise<ServerProcess> {
  const folder = cwd ?? (await mkdtemp(join(tmpdir(), "emostream-server-")));
  await mkdir(join(folder, "media"), { recursive: true });
  if (config !== undefined) await writeFile(join(folder, "config.json"), JSON.stringify(config));
  const configArgs = config === undefined ? [] : ["--config", "config.json"];
  const child = spawn(process.execPath, [cliPath, "serve", "--port", "0", "--log-level", "warn", ...configArgs, ...args], { cwd: folder, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let text = "";
  const url = await new Promise<string>((resolve, reject) => {
    const take = (chunk: Buffer) => {
      text += chunk.toString();
      const found = /listening on (http\S+)/.exec(text)?.[1];
      if (found !== undefined) resolve(found);
    };
    child.stdout.on("data", take);
    child.stderr.on("data", take);
    child.once("error", reject);
    child.once("close", (code) => reject(new Error(`expected a server, it ended with ${code}: ${text}`)));
  });
  const stop = async (signal: NodeJS.Signals = "SIGTERM") => {
    if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
    const closed = once(child, "close");
    child.kill(signal);
    await closed;
    return child.exitCode;
  };
  return {
    url,
    process: child,
    cwd: folder,
    output: () => text,
    stop,
    async [Symbol.asyncDispose]() {
      await stop();
      if (cwd === undefined) await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Polls until `probe` gives a value that is not undefined. */
export async function waitFor<T>(what: string, probe: () => Promise<T | undefined> | T | undefined, timeoutMs = 30_000): Promise<T> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const value = await probe();
    if (value !== undefined) return value;
    if (performance.now() > deadline) throw new Error(`expected ${what} within ${timeoutMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

export interface CommandOutcome {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs one command to its end, as a user would type it. */
export async function emostream(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CommandOutcome> {
  const child = spawn(process.execPath, [cliPath, ...args], { env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
  let [stdout, stderr] = ["", ""];
  child.stdout.on("data", (chunk: Buffer) => (stdout += chunk.toString()));
  child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
  const [code] = (await once(child, "close")) as [number | null];
  return { code, stdout, stderr };
}
