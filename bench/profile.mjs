// Where the CPU time of a file's analysis goes: decoder (FFmpeg), kernels (ONNX Runtime), pixel work (resize, blur, crop), and the rest. CPU time of threads and
// children is the kernel's count; within a thread V8's profiler says which function it was. It counts wall time: it runs with one worker, since with one a core a thread is charged
// for what it does while the scheduler lets another one go first, and that falls on whatever wakes others.
//
// Usage, after `npm run build`: node bench/profile.mjs [--passes 1] [--video FILE] [--quick] [--json] [--write]
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { existsSync } from "node:fs";
import { openEngine } from "../dist/app.js";
import { parseConfig } from "../dist/core/config.js";
import { silentLogger } from "../dist/core/logger.js";
import { threadCpuMs } from "../scripts/chaos/support/processes.mjs";
import { passOver } from "./file-pass.mjs";
import { withLongFilms } from "./frames.mjs";
import { selfTimes, startProfiler } from "./profiler.mjs";
import { flag, machine, option, root, sum, writeSection } from "./report.mjs";
import { percent } from "./whole-path.mjs";

const passes = Number(option("passes", "1"));
/** Each film shows its clip so many times over. */
const times = flag("quick") ? 1 : 8;
const workers = availableParallelism();
const config = parseConfig({});

/** Functions of our own that do nothing but touch pixels: files of src/inference. */
const pixelFiles = /\/inference\/(?:mtcnn\/(?:pixels|pyramid)|emotion\/(?:crop|preprocess|sharpness|warp-grey)|blur|shrink)\.js$|^wasm:/;
/** What counts as work on the picture itself. */
const useful = ["decoder", "kernels", "pixels"];
const stages = {
  decoder: "decoder: FFmpeg, with scaling and the pipe",
  kernels: "kernels: inside ONNX Runtime's `run`",
  pixels: "pixel work: resize, blur, crop",
  cascade: "rest of the inference: candidates, NMS, batches",
  pipeline: "pipeline and ingest: NUT, copies, tracking, smoothing",
  messages: "Node: messages between threads, streams, timers",
  garbage: "garbage collection in these threads",
  native: "V8's and libuv's own threads",
};

const files = videos();
const engine = await openEngine(config, silentLogger(), workers);
const alone = await openEngine(config, silentLogger(), 1);
const shares = {};
await withLongFilms(files, times, async (films) => {
  for (const detection of ["every-frame", "tracked"]) {
    // Twice: V8 goes on compiling for a minute, and a film of an hour has long forgotten that.
    for (const one of [engine, alone]) for (const file of [...films, ...films]) await passOver(file, one, { ...config.analysis, detection });
    shares[detection] = await measure(films, detection);
  }
});
await engine.close();
await alone.close();
const report = { machine: machine(), passes, workers, times, clips: files.map((file) => basename(file)), shares, useful: Object.fromEntries(Object.entries(shares).map(([detection, { share }]) => [detection, useful.reduce((whole, stage) => whole + share[stage], 0)])) };
if (flag("write")) writeSection("profile", table(report));
console.log(flag("json") ? JSON.stringify(report) : table(report));

function videos() {
  const video = option("video", undefined);
  if (video !== undefined) return [video];
  const shared = ["group.mp4", "two-people.mp4"].map((name) => join(root, "../shared/video", name)).filter((file) => existsSync(file));
  return shared.length > 0 ? shared : [join(root, "assets/demo/demo.mp4")];
}

/** Shares of the CPU time by stage: one run tells what each thread takes, a second one, under the profiler with one worker, for what. */
async function measure(films, detection) {
  const run = async (which) => {
    let frames = 0;
    for (let n = 0; n < passes; n++) for (const file of films) frames += (await passOver(file, which, { ...config.analysis, detection })).frames;
    return frames;
  };
  const before = threadCpuMs(process.pid);
  const frames = await run(engine);
  const after = threadCpuMs(process.pid);
  const profiler = await startProfiler();
  await run(alone);
  const profile = await profiler.stop();
  const grown = [...after.threads].map(([tid, ms]) => ({ tid, ms: ms - (before.threads.get(tid) ?? 0) }));
  const mainMs = grown.find(({ tid }) => tid === process.pid).ms;
  // Threads have no names that tell a worker's: no other does so much.
  const others = grown.filter(({ tid }) => tid !== process.pid).map(({ ms }) => ms).toSorted((a, b) => b - a);
  const ms = Object.fromEntries(Object.keys(stages).map((stage) => [stage, 0]));
  ms.decoder = after.childrenMs - before.childrenMs;
  ms.native = sum(others.slice(workers));
  spread(ms, [profile.main], mainMs);
  spread(ms, profile.workers, sum(others.slice(0, workers)));
  const total = sum(Object.values(ms));
  return { msPerFrame: total / frames, share: Object.fromEntries(Object.entries(ms).map(([stage, value]) => [stage, value / total])) };
}

/** Divides the CPU time of threads as their profiles say. */
function spread(ms, profiles, cpuMs) {
  const functions = profiles.flatMap((one) => selfTimes(one));
  const all = sum(functions.map(({ us }) => us));
  for (const one of functions) ms[stageOf(one)] += (cpuMs * one.us) / all;
}

function stageOf({ name, url, callerUrl }) {
  if (name === "(garbage collector)") return "garbage";
  // A native function has no address; ONNX Runtime's is called by its binding.
  if (url === "" && callerUrl.includes("/onnxruntime-node/")) return "kernels";
  // Suppression is WebAssembly too, and no pixel work.
  if (url.startsWith("wasm:") && callerUrl.endsWith("/nms.js")) return "cascade";
  if (pixelFiles.test(url)) return "pixels";
  if (url.includes("/dist/inference/") || url.includes("/onnxruntime")) return "cascade";
  return url.includes("/dist/") ? "pipeline" : "messages";
}

function table({ shares: by, useful: share }) {
  const [every, tracked] = [by["every-frame"], by.tracked];
  const lines = Object.entries(stages).map(([stage, what]) => `| ${what} | ${percent(every.share[stage])} | ${percent(tracked.share[stage])} |`);
  return `CPU time of the process tree while films are analysed (${files.map((file) => basename(file)).join(", ")}, ${times} times over; ${workers} workers, all other defaults). Inside decoder, kernels and pixel work: **${percent(share["every-frame"])}** with \`every-frame\`,
**${percent(share.tracked)}** with \`tracked\`. Threads and children as the kernel counts them, functions by V8's profiler in a second run, with one worker.

| | every-frame, ${every.msPerFrame.toFixed(1)} ms a frame | tracked, ${tracked.msPerFrame.toFixed(1)} ms a frame |
|---|---|---|
${lines.join("\n")}

${machine()}. Written by \`node bench/profile.mjs --write\`.`;
}
