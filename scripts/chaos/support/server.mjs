// A real `emostream serve` as a child process: its own folder, a free port, short times; talked to over REST and the feed.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { watchFeed } from "./feed.mjs";
import { decoders } from "./processes.mjs";
import { until } from "./wait.mjs";

export const root = join(dirname(fileURLToPath(import.meta.url)), "../../..");

/** Times of the default configuration, shortened: an outage of a minute becomes one of seconds. Opening stays slow enough for a busy machine. */
const short = {
  ingest: { openTimeoutMs: 12_000, stallAfterMs: 1500, stallTimeoutMs: 4000, poolFrames: 4 },
  reconnect: { minDelayMs: 200, maxDelayMs: 2000 },
  engine: { name: "noop" },
  analysis: { maxSide: 160, largeMaxSide: 0 },
  log: { level: "info" },
};

/**
 * Starts a server in `folder` and resolves when it listens. `config` is merged into the short times, section by section; `plain` leaves those out. `nodeArgs` are Node's own;
 * `install`: another installation than this one; `within`: a command that runs the server in its own place.
 */
export async function startServer(folder, config = {}, { args = [], nodeArgs = [], watch = true, plain = false, env = {}, install = root, within = [] } = {}) {
  mkdirSync(join(folder, "media"), { recursive: true });
  const child = spawnServer(folder, config, { args, nodeArgs, base: plain ? {} : short, env, install, within });
  const said = gather(child);
  const url = await until("a listening server", () => {
    if (child.exitCode !== null || child.signalCode !== null) throw new Error(`the server ended with ${child.exitCode ?? child.signalCode}: ${said().slice(-2000)}`);
    return /listening on (http\S+)/.exec(said())?.[1];
  });
  const feed = watch ? await watchFeed(url) : undefined;
  return new Server(child, url, said, feed);
}

/** Runs a server that is expected to end by itself. Resolves with its exit code and all it said. */
export async function runServer(folder, config = {}) {
  mkdirSync(join(folder, "media"), { recursive: true });
  const child = spawnServer(folder, config);
  const said = gather(child);
  try {
    const [code] = await Promise.race([once(child, "close"), until("the end of a server that cannot start", () => false)]);
    return { code, said: said() };
  } finally {
    child.kill("SIGKILL");
  }
}

function spawnServer(folder, config, { args = [], nodeArgs = [], base = short, env = {}, install = root, within = [] } = {}) {
  const sections = new Set([...Object.keys(base), ...Object.keys(config)]);
  const merged = Object.fromEntries([...sections].map((s) => [s, { ...base[s], ...config[s] }]));
  const file = join(folder, "config.json");
  writeFileSync(file, JSON.stringify({ ...merged, server: { port: 0, ...config.server } }));
  const [program, ...rest] = [...within, process.execPath, ...nodeArgs, join(install, "dist/cli/main.js"), "serve", "--config", file, ...args];
  return spawn(program, rest, { cwd: folder, env: { ...process.env, ...env }, stdio: ["ignore", "pipe", "pipe"] });
}

function gather(child) {
  let text = "";
  for (const pipe of [child.stdout, child.stderr]) pipe.setEncoding("utf8").on("data", (chunk) => (text = (text + chunk).slice(-2_000_000)));
  return () => text;
}

class Server {
  constructor(child, url, said, feed) {
    this.child = child;
    this.url = url;
    this.said = said;
    this.feed = feed;
    /** Milliseconds, of every stream that came back. */
    this.recoveries = [];
  }

  get pid() {
    return this.child.pid;
  }

  get running() {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  async request(method, path, body) {
    const response = await fetch(this.url + path, {
      method,
      ...(body === undefined ? {} : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    }).catch((error) => {
      throw new Error(`${method} ${path} got no answer`, { cause: error.cause ?? error });
    });
    const text = await response.text();
    return { status: response.status, body: text === "" ? undefined : JSON.parse(text) };
  }

  /** Adds a stream, or throws with the server's words. */
  async add(id, source, more = {}) {
    const { status, body } = await this.request("POST", "/v1/streams", { id, source, ...more });
    if (status !== 201) throw new Error(`expected a stream ${id}, received ${status}: ${JSON.stringify(body)}`);
    return body;
  }

  async stream(id) {
    return (await this.request("GET", `/v1/streams/${id}`)).body;
  }

  async streams() {
    return (await this.request("GET", "/v1/streams")).body.streams;
  }

  /** Waits for a state (or one of several) and resolves with the stream. */
  async state(id, ...states) {
    let last;
    return until(`${id} to be ${states.join(" or ")}`, async () => {
      last = await this.stream(id);
      return states.includes(last.state) ? last : undefined;
    }).catch((error) => {
      throw new Error(`${error.message}; it is ${last?.state} ${JSON.stringify(last?.reason ?? {})}`);
    });
  }

  /** Waits until so many more frames of a stream were analysed. */
  async analyses(id, more = 5) {
    const { counters } = await this.stream(id);
    return until(`${more} more frames of ${id}`, async () => {
      const now = await this.stream(id);
      return now.counters.analysed >= counters.analysed + more ? now : undefined;
    });
  }

  /**
   * Waits until a stream is live again, with results, from the moment on in which its camera is well, which is now. Notes how long that took
   * from then (`backMs`) or from the beginning of the attempt that brought it back, whichever was later: waiting times of the back-off do not count.
   */
  async back(id, more = 5) {
    const fromMs = performance.now();
    const { counters } = await this.stream(id);
    const now = await until(`${id} to be back`, async () => {
      const s = await this.stream(id);
      return s.state === "live" && s.counters.analysed >= counters.analysed + more ? s : undefined;
    }).catch(async (error) => {
      const { state, reason } = await this.stream(id);
      throw new Error(`${error.message}; it is ${state} ${JSON.stringify(reason ?? {})}`);
    });
    const own = this.feed?.states.filter((s) => s.id === id) ?? [];
    const live = own.findLast((s) => s.state === "live");
    const begun = own.findLast((s) => s.state === "connecting" && s.atMs < (live?.atMs ?? 0));
    if (live === undefined || live.atMs <= fromMs) return now; // it never was away
    const backMs = Math.round(live.atMs - Math.max(fromMs, begun?.atMs ?? 0));
    this.recoveries.push(backMs);
    return { ...now, backMs };
  }

  /** FFmpeg children. */
  decoders() {
    return decoders(this.pid);
  }

  /** A metric's value by the beginning of its line. */
  async metric(line) {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const found = text.split("\n").find((l) => l.startsWith(line));
    return found === undefined ? undefined : Number(found.slice(found.lastIndexOf(" ") + 1));
  }

  /** Sends a signal and resolves with the exit code, or the signal that ended it. */
  async stop(signal = "SIGTERM") {
    this.feed?.close();
    if (!this.running) return this.child.exitCode ?? this.child.signalCode;
    const closed = once(this.child, "close");
    this.child.kill(signal);
    await Promise.race([closed, until("the end of the server", () => !this.running, 30_000)]);
    return this.child.exitCode ?? this.child.signalCode;
  }
}
