// A real RTSP camera for tests: GStreamer's server in a process of its own (rtsp_server.py), over TCP and UDP.

import { execFile, spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";
import { promisify } from "node:util";
import { packageRoot } from "../../src/core/package-info.js";
import { ffmpeg } from "./ffmpeg.js";
import { makeTempFolder, type TempFolder } from "./temp-folder.js";

// Debian's own Python: the bindings are not there for another
const python = "/usr/bin/python3";
const script = join(packageRoot, "test/support/rtsp_server.py");
const startTimeoutMs = 30_000;

export interface RtspServerOptions {
  /** An H.264 clip in any container; it is repeated `loops` times. Absent: a test picture without end. */
  readonly file?: string;
  readonly loops?: number;
  /** `WIDTHxHEIGHT` of the test picture, default 320x240. */
  readonly size?: string;
  readonly fps?: number;
  /** GStreamer's videotestsrc pattern, for example `red`; default `smpte`. */
  readonly pattern?: string;
  /** 0 or absent: any free port. */
  readonly port?: number;
  /** With `password`: digest authentication. */
  readonly user?: string;
  readonly password?: string;
  /** PEM file with certificate and key: the camera speaks rtsps. */
  readonly certificate?: string;
}

export interface RtspServer extends AsyncDisposable {
  readonly port: number;
  /** Without credentials. */
  readonly url: string;
  /** The address with these credentials. */
  urlWith(user: string, password: string): string;
  /** The camera hangs: connections stay, nothing is sent (SIGSTOP). */
  freeze(): void;
  thaw(): void;
  /** The camera loses its power (SIGKILL). */
  kill(): Promise<void>;
}

/** True where GStreamer's RTSP server is installed for Debian's Python. */
export async function rtspServerAvailable(): Promise<boolean> {
  const check = 'import gi; gi.require_version("GstRtspServer", "1.0"); from gi.repository import GstRtspServer';
  return promisify(execFile)(python, ["-c", check]).then(() => true, () => false);
}

/** Starts a camera and waits until it listens. Start another on the same `port` to bring a killed one back. */
export async function startRtspServer(options: RtspServerOptions = {}): Promise<RtspServer> {
  const folder = options.file === undefined ? undefined : await makeTempFolder();
  const [width, height] = (options.size ?? "320x240").split("x").map(Number);
  const settings = {
    port: options.port ?? 0,
    width,
    height,
    fps: options.fps ?? 25,
    pattern: options.pattern ?? "smpte",
    ...(options.file === undefined ? {} : { file: await repeated(options.file, options.loops ?? 15, folder!) }),
    ...(options.certificate === undefined ? {} : { certificate: options.certificate }),
    ...(options.user === undefined ? {} : { user: options.user, password: options.password ?? "" }),
  };
  const child = spawn(python, [script, JSON.stringify(settings)], { stdio: ["ignore", "pipe", "pipe"] });
  try {
    const port = await listening(child);
    return handle(child, port, folder, options.certificate === undefined ? "rtsp" : "rtsps");
  } catch (error) {
    child.kill("SIGKILL");
    await folder?.remove();
    throw error;
  }
}

async function repeated(file: string, loops: number, folder: TempFolder): Promise<string> {
  const out = folder.file("clip.mkv");
  await ffmpeg("-stream_loop", String(loops - 1), "-i", `file:${file}`, "-map", "0:v:0", "-c", "copy", out);
  return out;
}

async function listening(child: ChildProcess): Promise<number> {
  let complaints = "";
  child.stderr!.setEncoding("utf8").on("data", (text: string) => (complaints = (complaints + text).slice(-4000)));
  const signal = AbortSignal.timeout(startTimeoutMs);
  const lines = createInterface({ input: child.stdout! });
  const [first] = (await Promise.race([once(lines, "line", { signal }), once(child, "exit", { signal })])) as [unknown];
  const port = typeof first === "string" ? /^up (\d+)$/.exec(first)?.[1] : undefined;
  if (port === undefined) throw new Error(`The RTSP server did not start: ${complaints}`);
  return Number(port);
}

function handle(child: ChildProcess, port: number, folder: TempFolder | undefined, scheme: string): RtspServer {
  const exited = child.exitCode === null && child.signalCode === null ? once(child, "exit") : Promise.resolve();
  const kill = async () => {
    child.kill("SIGKILL"); // ends a stopped process too
    await exited;
    await folder?.remove();
  };
  return {
    port,
    url: `${scheme}://127.0.0.1:${port}/cam`,
    urlWith: (user, password) => `${scheme}://${encodeURIComponent(user)}:${encodeURIComponent(password)}@127.0.0.1:${port}/cam`,
    freeze: () => void child.kill("SIGSTOP"),
    thaw: () => void child.kill("SIGCONT"),
    kill,
    [Symbol.asyncDispose]: kill,
  };
}
