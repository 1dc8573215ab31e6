// Hours of faults by chance, with viewers that come and go: npm run soak -- --minutes 120 --seed 1 [--engine noop] [--out runs/soak] [--json] [--any-time]
// Four cameras, each with a chain of faults of its own, drawn from the seed; each fault is undone and its stream must be live again.
// Ends with soak.json, soak.md and soak.svg, and with 1 when the law, the order of frames, the end of the server or a reconnection failed, or a limit was broken
// that a run of this length can judge (soak-report.mjs). `--any-time` prints the limits of time and fails for none: for machines that do other work beside.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import { setTimeout as wait } from "node:timers/promises";
import { machine, option } from "../../bench/report.mjs";
import { buildWhenStale } from "../build.mjs";
import { hasRtsp, httpCamera, rtspCamera } from "./support/cameras.mjs";
import { isConserved } from "./support/feed.mjs";
import { descendants, isAlive, openHandles, steadyMib, treeMib } from "./support/processes.mjs";
import { startProxy } from "./support/proxy.mjs";
import { seeded } from "./support/random.mjs";
import { markdown, plots, summarise } from "./support/soak-report.mjs";
import { startServer } from "./support/server.mjs";
import { startViewers } from "./support/viewers.mjs";
import { until } from "./support/wait.mjs";

const minutes = Number(option("minutes", "120"));
const seed = Number(option("seed", "1"));
const engine = option("engine", "noop");
const out = resolve(option("out", "runs/soak"));
const sampleMs = 2000;
/** Quiet time before each fault and length of each, milliseconds: from, to. */
const quietMs = [5000, 25_000];
const faultMs = [1000, 10_000];

if (!(minutes > 0) || !Number.isInteger(seed)) {
  process.stderr.write("expected a number of minutes above 0 and a whole number as seed\n");
  process.exit(2);
}
if (!buildWhenStale()) process.exit(1);

// Ctrl-C ends it early: what there is by then is reported, and nothing is left running.
const stopping = new AbortController();
for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => stopping.abort());

const folder = mkdtempSync(join(tmpdir(), "emostream-soak-"));
const cleanups = [];
const t = { folder, random: seeded(seed), defer: (undo) => cleanups.push(undo) };
const problems = [];
const recoveries = [];
const samples = [];
let server;
try {
  server = await startServer(folder, { ingest: { openTimeoutMs: 12_000, stallAfterMs: 1500, stallTimeoutMs: 4000 }, engine: { name: engine } });
  const cameras = hasRtsp() ? [await httpFaults(), await httpFaults(), await rtspFaults("tcp"), await rtspFaults("udp")] : await Promise.all([1, 2, 3, 4].map(httpFaults));
  for (const [i, camera] of cameras.entries()) {
    camera.id = `cam-${i + 1}`;
    await server.add(camera.id, camera.url, camera.more);
  }
  for (const { id } of cameras) await server.state(id, "live");
  const endMs = performance.now() + minutes * 60_000;
  const viewers = startViewers(server.url, seeded(seed + 1000));
  t.defer(() => viewers.stop());
  const sampling = sample(endMs);
  await Promise.all(cameras.map((camera, i) => torment(camera, seeded(seed * 100 + i), endMs)));
  await sampling;
  viewers.stop();
  await finish();
} catch (error) {
  problems.push(error.message);
} finally {
  await server?.stop("SIGKILL");
  for (const undo of cleanups.toReversed()) await undo();
  rmSync(folder, { recursive: true, force: true });
}

function isOver(endMs) {
  return stopping.signal.aborted || performance.now() >= endMs;
}

/** A pause that a request to stop cuts short. */
function rest(ms) {
  return wait(ms, undefined, { signal: stopping.signal }).catch(() => undefined);
}

/** Faults one after the other until the time is over; each must heal. */
async function torment(camera, random, endMs) {
  const between = ([from, to]) => from + (to - from) * random();
  for (;;) {
    await rest(Math.min(between(quietMs), Math.max(0, endMs - performance.now())));
    if (isOver(endMs) || !server.running) return;
    const names = Object.keys(camera.faults);
    const fault = names[Math.floor(random() * names.length)];
    const undo = await camera.faults[fault](random);
    await rest(between(faultMs));
    await undo?.();
    const undoneMs = performance.now();
    try {
      const { backMs } = await server.back(camera.id, 2);
      recoveries.push({ camera: camera.id, fault, ms: Math.round(performance.now() - undoneMs), ...(backMs === undefined ? {} : { backMs }) });
    } catch (error) {
      problems.push(`after ${fault}: ${error.message}`);
    }
  }
}

/** An HTTP camera and what can happen to it. */
async function httpFaults() {
  const camera = await httpCamera(t);
  const mode = (name, cut) => () => {
    camera.mode = name;
    if (cut) camera.drop();
    return () => {
      camera.mode = "send";
      camera.drop();
    };
  };
  return {
    url: camera.url,
    faults: {
      silent: mode("hang", false),
      hangs: mode("hang", true),
      refuses: mode("refuse", true),
      drops: () => camera.drop(),
      resizes: async (random) => {
        await camera.resize(...[[160, 120], [120, 160], [320, 240], [640, 360]][Math.floor(random() * 4)]);
      },
      slow: () => {
        camera.fps = 1;
        return () => (camera.fps = 10);
      },
      "ffmpeg-killed": killDecoder(camera.url),
    },
  };
}

/** An RTSP camera, over TCP behind a proxy. */
async function rtspFaults(transport) {
  let camera = await rtspCamera(t);
  const proxy = transport === "tcp" ? await startProxy(t, camera.port, t.random) : undefined;
  const url = proxy?.url ?? camera.url;
  const through = (mode) => () => {
    proxy.mode = mode;
    return () => {
      proxy.mode = "pass";
      proxy.cut();
    };
  };
  return {
    url,
    more: { transport },
    faults: {
      killed: async () => {
        await camera.kill();
        return async () => (camera = await rtspCamera(t, { port: camera.port }));
      },
      frozen: () => {
        camera.freeze();
        return () => camera.thaw();
      },
      ...(proxy === undefined ? {} : { "network-silent": through("silent"), "network-corrupt": through("corrupt") }),
      "ffmpeg-killed": killDecoder(url),
    },
  };
}

/** Kills a decoder of the server; whose it is, is told by its command line. */
function killDecoder(url) {
  return async () => {
    for (const child of server.decoders()) {
      try {
        if (readFileSync(`/proc/${child.pid}/cmdline`, "utf8").includes(url)) process.kill(child.pid, "SIGKILL");
      } catch {
        // It ended while we looked.
      }
    }
  };
}

async function sample(endMs) {
  const startedMs = performance.now();
  while (!isOver(endMs) && server.running) {
    await rest(sampleMs);
    if (!server.running) break;
    const children = server.decoders().length;
    samples.push({
      minute: (performance.now() - startedMs) / 60_000,
      serverMib: await steadyMib(server.pid),
      treeMib: treeMib(server.pid),
      handles: openHandles(server.pid),
      children,
      loopDelayMs: ((await server.metric('emostream_event_loop_delay_seconds{quantile="0.99"}')) ?? 0) * 1000,
      clients: await server.metric("emostream_feed_clients "),
    });
    if (process.stderr.isTTY) process.stderr.write(`\r${samples.at(-1).minute.toFixed(1)} min  ${samples.at(-1).serverMib.toFixed(0)} MiB  ${recoveries.length} faults healed `);
  }
}

/** What must hold at the end, and the report. */
async function finish() {
  if (!server.running) throw new Error(`the server ended with ${server.child.exitCode ?? server.child.signalCode}: ${server.said().slice(-2000)}`);
  const streams = await server.streams();
  for (const { id, counters } of streams) if (!isConserved(counters)) problems.push(`law broken in ${id}: ${JSON.stringify(counters)}`);
  problems.push(...server.feed.violations);
  const children = descendants(server.pid);
  const code = await server.stop();
  if (code !== 0) problems.push(`SIGTERM ended the server with ${code}`);
  await until("the end of every child", () => !children.some(isAlive), 10_000).catch((error) => problems.push(error.message));
  const lasted = Number((samples.at(-1)?.minute ?? 0).toFixed(1));
  const ran = stopping.signal.aborted ? lasted : minutes;
  const report = { minutes: ran, seed, engine, machine: machine(), ...summarise({ minutes: ran, samples, recoveries, streams }), problems };
  if (!process.argv.includes("--any-time")) problems.push(...report.verdict.filter((v) => v.holds === false).map((v) => `${v.what}: ${v.found}, expected ${v.limit}`));
  mkdirSync(out, { recursive: true });
  writeFileSync(join(out, "soak.json"), `${JSON.stringify({ ...report, samples, recoveries }, undefined, 1)}\n`);
  writeFileSync(join(out, "soak.md"), markdown(report));
  writeFileSync(join(out, "soak.svg"), await plots(samples));
  console.log(process.argv.includes("--json") ? JSON.stringify(report) : markdown(report));
}

for (const problem of problems) process.stderr.write(`problem: ${problem}\n`);
process.exit(problems.length === 0 ? 0 : 1);
