// Provokes faults for real and checks how the server comes through: npm run chaos [-- --only name,name] [--json] [--list] [--any-time]
// Each fault is a file in faults/: what it does, what must hold, and a function that does it. After each, whatever it was: the law
// decoded = analysed + dropped + in flight holds in every count, frames came in order, SIGTERM ends the server with 0, and no child is left.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { option, quantile } from "../../bench/report.mjs";
import { buildWhenStale } from "../build.mjs";
import { hasRtsp } from "./support/cameras.mjs";
import { faketimeLibrary } from "./support/fake-clock.mjs";
import { isConserved } from "./support/feed.mjs";
import { descendants, isAlive } from "./support/processes.mjs";
import { seeded } from "./support/random.mjs";
import { startServer } from "./support/server.mjs";
import { sleep, until } from "./support/wait.mjs";

const faultTimeoutMs = 240_000;
/** A stream is to be live again so soon after its camera is well: p99 over all faults. A machine that does other work beside takes longer: `--any-time`. */
const backWithinMs = 5000;
const json = process.argv.includes("--json");
const tell = (text) => process.stderr.write(`${text}\n`);

if (!buildWhenStale()) process.exit(1);
const folder = join(dirname(fileURLToPath(import.meta.url)), "faults");
const faults = await Promise.all(readdirSync(folder).toSorted().map(async (file) => (await import(join(folder, file))).default));
const only = option("only", undefined)?.split(",");
const unknown = only?.filter((name) => !faults.some((f) => f.name === name)) ?? [];
if (unknown.length > 0) {
  tell(`expected names of faults for --only, received ${unknown.join(", ")}; --list names them`);
  process.exit(2);
}
if (process.argv.includes("--list")) {
  for (const { name, does } of faults) console.log(`${name.padEnd(24)} ${does}`);
  process.exit(0);
}

/** What a fault may need and a machine may lack. */
const missing = {
  rtsp: hasRtsp() ? undefined : "GStreamer's RTSP server is not installed (see test/support/rtsp_server.py)",
  prlimit: spawnSync("prlimit", ["--version"]).status === 0 ? undefined : "prlimit is not installed (Debian: util-linux)",
  strace: spawnSync("strace", ["-V"]).status === 0 ? undefined : "strace is not installed",
  faketime: faketimeLibrary() === undefined ? "libfaketime is not installed (Debian: faketime)" : undefined,
  root: process.getuid?.() === 0 ? undefined : "mounting a small file system needs root",
};

const results = [];
for (const fault of faults) {
  if (only !== undefined && !only.includes(fault.name)) continue;
  const lacking = (fault.needs ?? []).map((need) => missing[need]).find((why) => why !== undefined);
  const result = lacking === undefined ? await provoke(fault) : { outcome: "skipped", seconds: 0, held: [], why: lacking };
  results.push({ name: fault.name, does: fault.does, ...result });
  tell(`${result.outcome.padEnd(8)} ${fault.name.padEnd(24)} ${result.seconds.toFixed(0).padStart(4)} s${result.why === undefined ? "" : `  ${result.why}`}`);
}
const times = results.flatMap((r) => r.backAfterMs ?? []);
const back = { count: times.length, p50Ms: quantile(times, 0.5), p99Ms: quantile(times, 0.99), withinMs: backWithinMs };
const isLate = back.count > 0 && back.p99Ms > backWithinMs;
if (json) console.log(JSON.stringify({ results, back }, undefined, 2));
else for (const line of [...table(results), backLine()]) console.log(line);
process.exit(results.some((r) => r.outcome === "failed") || (isLate && !process.argv.includes("--any-time")) ? 1 : 0);

/** Runs one fault in a folder of its own; whatever it started is gone afterwards. */
async function provoke(fault) {
  const startedMs = performance.now();
  const path = mkdtempSync(join(tmpdir(), "emostream-chaos-"));
  const cleanups = [];
  const servers = [];
  const held = [];
  const notes = {};
  const t = {
    folder: path,
    random: seeded(1),
    defer: (undo) => cleanups.push(undo),
    note: (name, value) => (notes[name] = value),
    /** Something that must hold. */
    holds(what, fact, found) {
      held.push({ what, ok: Boolean(fact) });
      if (!fact) throw new Error(`${what}${found === undefined ? "" : ` (found ${JSON.stringify(found)})`}`);
    },
    async serve(config, options) {
      const server = await startServer(options?.folder ?? path, config, options);
      servers.push(server);
      return server;
    },
  };
  /** A server with one stream, `cam`, that gives results. */
  t.watch = async (source, more) => {
    const server = await t.serve();
    await server.add("cam", source, more);
    await server.analyses("cam");
    return server;
  };
  let why;
  try {
    await Promise.race([fault.run(t), sleep(faultTimeoutMs).then(() => Promise.reject(new Error(`expected its end within ${faultTimeoutMs / 1000} s`)))]);
    for (const server of servers) if (server.running) await goodEnd(t, server);
  } catch (error) {
    why = error.cause === undefined ? error.message : `${error.message}: ${error.cause.message}`;
    for (const server of servers) if (process.argv.includes("--verbose")) tell(server.said().slice(-6000));
  }
  for (const server of servers) await server.stop("SIGKILL");
  for (const undo of cleanups.toReversed()) await undo();
  rmSync(path, { recursive: true, force: true });
  return { outcome: why === undefined ? "passed" : "failed", seconds: (performance.now() - startedMs) / 1000, held, notes, backAfterMs: servers.flatMap((s) => s.recoveries), ...(why === undefined ? {} : { why }) };
}

/** What must hold after every fault. */
async function goodEnd(t, server) {
  const streams = await server.streams();
  t.holds("the law holds in every stream", streams.every((s) => isConserved(s.counters)), streams.map((s) => s.counters));
  t.holds("every message on the feed was right", (server.feed?.violations.length ?? 0) === 0, server.feed?.violations);
  t.holds("nothing was called internal", !/"code":"internal"/.test(server.said()));
  const children = descendants(server.pid);
  const code = await server.stop();
  t.holds("SIGTERM ends the server with 0", code === 0, code);
  await until("the end of every child", () => !children.some(isAlive), 10_000);
  t.holds("no child is left", true);
}

function backLine() {
  if (back.count === 0) return "no stream had to come back";
  return `streams that came back: ${back.count}; from the camera's being well, waiting times aside, to live: ${back.p50Ms} ms (p50), ${back.p99Ms} ms (p99), ${isLate ? "beyond" : "within"} ${backWithinMs} ms`;
}

function table(rows) {
  const width = Math.max(...rows.map((r) => r.name.length), 5);
  return [
    `${"fault".padEnd(width)}  outcome  seconds  held`,
    ...rows.map((r) => `${r.name.padEnd(width)}  ${r.outcome.padEnd(7)}  ${r.seconds.toFixed(0).padStart(7)}  ${r.held.filter((h) => h.ok).length}${r.why === undefined ? "" : `  ${r.why}`}`),
    `${rows.filter((r) => r.outcome === "passed").length} passed, ${rows.filter((r) => r.outcome === "failed").length} failed, ${rows.filter((r) => r.outcome === "skipped").length} skipped, ${Math.round(rows.reduce((s, r) => s + r.seconds, 0))} s`,
  ];
}
