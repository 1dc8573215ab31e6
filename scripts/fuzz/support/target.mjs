// The server that is fuzzed: a real `emostream serve` with limits on rates lifted (they would answer for everything else), started again when it dies.
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readlinkSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { makeClip } from "../../chaos/support/cameras.mjs";
import { decoders, descendants, isAlive, openHandles, processMib } from "../../chaos/support/processes.mjs";
import { startServer } from "../../chaos/support/server.mjs";
import { sleep, until } from "../../chaos/support/wait.mjs";

const collect = fileURLToPath(new URL("collect-on-signal.mjs", import.meta.url));
const config = {
  server: { limits: { failedTokensPerMinute: 0, changesPerMinute: 0, feedConnectsPerMinute: 0, headersTimeoutMs: 5000, bodyTimeoutMs: 5000 }, maxUploadBytes: 4_000_000, maxPictureBytes: 1_000_000, maxStreams: 200 },
  push: { keepEndedMs: 200, maxClients: 64, maxFrameBytes: 300_000 },
  ingest: { openTimeoutMs: 8000, stallAfterMs: 1500, stallTimeoutMs: 4000, poolFrames: 4, maxPixels: 4_000_000, maxMemoryBytes: 2 ** 31 },
};
/** How often memory is looked at, before and after. */
const collections = 5;
/** What a film's analysis is asked for where one has to be there. */
const formats = ["jsonl", "csv", "vtt", "episodes", "eaf", "png"];

export class Target {
  folder = mkdtempSync(join(tmpdir(), "emostream-fuzz-"));
  media = join(this.folder, "media");
  /** Ids of what is there to be asked for: a stream that plays, an analysis that is done. */
  known = { stream: "cam", analysis: "none", file: "clip.csv" };
  #server;
  #engine;
  #complete = false;
  #toldDefects = 0;

  constructor(engine) {
    this.#engine = engine;
  }

  get url() {
    return this.#server.url;
  }

  get server() {
    return this.#server;
  }

  /** Makes sure that the server runs and that the stream and the analysis are there. */
  async ready() {
    if (!this.#server?.running) await this.#start();
    if (this.#complete) return;
    this.#complete = true;
    if ((await this.#server.request("GET", `/v1/streams/${this.known.stream}`)).status === 404) await this.#server.add(this.known.stream, "clip.mp4", { loop: true });
    if ((await this.#server.request("GET", `/v1/analyses/${this.known.analysis}`)).status === 404) await this.#analyse();
  }

  /** A case may have removed the stream or the analysis. */
  disturbed() {
    this.#complete = false;
  }

  async #start() {
    this.#complete = false;
    mkdirSync(this.media, { recursive: true });
    if (!existsSync(join(this.media, "clip.mp4"))) makeClip(join(this.media, "clip.mp4"), { seconds: 2 });
    this.#server = await startServer(this.folder, { ...config, engine: { name: this.#engine } }, { watch: false, nodeArgs: ["--expose-gc", "--import", collect] });
  }

  async #analyse() {
    const { body } = await this.#server.request("POST", "/v1/analyses", { path: "clip.mp4", formats });
    this.known.analysis = body.id;
    await until("an analysis", async () => (await this.#server.request("GET", `/v1/analyses/${body.id}`)).body.state === "done");
  }

  /** Why the server cannot go on, or undefined. */
  get trouble() {
    if (this.#server.running) return undefined;
    return `the server ended with ${this.#server.child.exitCode ?? this.#server.child.signalCode}: ${this.#server.said().slice(-1500)}`;
  }

  /** Lines of the log that speak of a defect. */
  get defects() {
    return this.#allDefects().slice(this.#toldDefects);
  }

  forgetDefects() {
    this.#toldDefects = this.#allDefects().length;
  }

  #allDefects() {
    return this.#server.said().split("\n").filter((line) => /"code":"internal"|"level":60|unhandled|uncaught/i.test(line));
  }

  /** Folders of analyses on the disk. */
  get foldersLeft() {
    return this.#filesIn(".");
  }

  /** Removes all streams and analyses but the known ones; resolves with how many there were. */
  async clear() {
    const { body: { streams } } = await this.#server.request("GET", "/v1/streams");
    const { body: { analyses } } = await this.#server.request("GET", "/v1/analyses");
    const left = [...streams.filter(({ id }) => id !== this.known.stream).map(({ id }) => `/v1/streams/${id}`), ...analyses.filter(({ id }) => id !== this.known.analysis).map(({ id }) => `/v1/analyses/${id}`)];
    for (const path of left) await this.#server.request("DELETE", path);
    return left.length;
  }

  /** Waits until nothing of the cases is left, then collects garbage and measures. */
  async measure() {
    await this.ready();
    await until("nothing but the known stream and analysis", async () => (await this.clear()) === 0);
    await this.#server.request("DELETE", `/v1/streams/${this.known.stream}`);
    this.disturbed();
    await until("the end of all decoders and clients", async () => decoders(this.#server.pid).length === 0 && (await this.#server.metric("emostream_feed_clients ")) === 0 && (await this.#server.metric("emostream_push_clients ")) === 0);
    const measured = { ...(await this.#memory()), handles: openHandles(this.#server.pid), open: openFiles(this.#server.pid), children: descendants(this.#server.pid).length, uploads: this.#filesIn("uploads"), folders: this.foldersLeft };
    await this.ready();
    return measured;
  }

  /** The least of some moments, each after a collection: the signal may come late, and buffers are given back some time after their objects. */
  async #memory() {
    const moments = [];
    for (let n = 0; n < collections; n += 1) {
      process.kill(this.#server.pid, "SIGUSR2");
      await sleep(200);
      const javaScript = (await this.#server.metric("nodejs_heap_size_used_bytes ")) + (await this.#server.metric("nodejs_external_memory_bytes "));
      moments.push({ heapMib: rounded(javaScript / 2 ** 20), processMib: rounded(processMib(this.#server.pid)) });
    }
    return { heapMib: Math.min(...moments.map((m) => m.heapMib)), processMib: Math.min(...moments.map((m) => m.processMib)) };
  }

  /** Ends the server and resolves with what was wrong with its end. */
  async stop() {
    const children = this.#server.running ? descendants(this.#server.pid) : [];
    const code = await this.#server.stop();
    if (code !== 0) return [`expected that SIGTERM ends the server with 0, received ${code}`];
    return until("the end of every child", () => !children.some(isAlive), 10_000).then(() => [], (error) => [error.message]);
  }

  async remove() {
    await this.#server?.stop("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }

  #filesIn(name) {
    try {
      return readdirSync(join(this.folder, ".emostream/analyses", name)).filter((file) => file !== "uploads").length;
    } catch {
      return 0; // nothing was uploaded
    }
  }
}

function rounded(mib) {
  return Math.round(mib * 10) / 10;
}

/** What the handles of a process lead to, each with how many there are. */
function openFiles(pid) {
  const counts = {};
  for (const fd of readdirSync(`/proc/${pid}/fd`)) {
    let to;
    try {
      to = readlinkSync(`/proc/${pid}/fd/${fd}`).replace(/:\[\d+\]$/, "");
    } catch {
      continue; // it was closed while we looked
    }
    counts[to] = (counts[to] ?? 0) + 1;
  }
  return counts;
}
