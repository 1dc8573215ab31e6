// What the engine costs on top of Human itself: milliseconds a frame of Human alone in one thread, of the engine with one
// worker (without and with blur), and with one worker a core. All read the same decoded frames in the same run, in turns of
// a few frames, so that whatever else the machine does hits them alike.
//
// Usage, after `npm run build`: node bench/human-alone.mjs [--frames 60] [--video FILE] [--json] [--write]
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { machine, median, option, root, writeSection } from "./report.mjs";

const video = option("video", undefined);
const videos = video === undefined ? ["group.mp4", "two-people.mp4"].map((name) => join(root, "../shared/video", name)) : [video];
const framesPerTurn = 6;
const limits = { minScore: 0.5, maxFaces: 20 };

if (!existsSync(join(root, "dist/inference/worker.js"))) fail("not built: npm run build");
for (const file of videos) if (!existsSync(file)) fail(`no such video: ${file} (name one with --video)`);

const { createEngine } = await import("../dist/inference/index.js");
const { openHuman } = await import("../dist/inference/human-runtime.js");
const { silentLogger } = await import("../dist/core/logger.js");

const { human, tf } = await openHuman(limits);
// As its users run it: emotions by Human itself, no crops handed out.
human.config.face.emotion.enabled = true;
human.config.face.detector.return = false;

const workers = availableParallelism();
const one = await createEngine({ name: "human", workers: 1, ...limits, logger: silentLogger() });
const all = await createEngine({ name: "human", workers, ...limits, logger: silentLogger() });

const contenders = {
  alone: (frames) => inTurn(frames, detectAlone),
  oneWorker: (frames) => inTurn(frames, (picture) => analyze(one, { picture })),
  oneWorkerBlur: (frames) => inTurn(frames, (picture) => analyze(one, { picture, blurSigma: 0.8 })),
  allWorkers: async (frames) => (await Promise.all(frames.map((picture) => analyze(all, { picture })))).reduce((sum, faces) => sum + faces, 0),
};

const clips = [];
for (const file of videos) clips.push(await measure(file));
await Promise.all([one.close(), all.close()]);

const report = { machine: machine(), human: human.version, workers, clips };
if (process.argv.includes("--write")) writeSection("human", table(report));
console.log(process.argv.includes("--json") ? JSON.stringify(report) : table(report));

async function measure(file) {
  const { frames, width, height } = decode(file, Number(option("frames", "60")));
  const names = Object.keys(contenders);
  const turns = [];
  for (const name of names) await contenders[name](frames.slice(0, 2));
  for (let start = 0; start + framesPerTurn <= frames.length; start += framesPerTurn) {
    const turn = { ms: {}, cpuMs: {}, faces: {} };
    const shift = turns.length % names.length;
    for (const name of [...names.slice(shift), ...names.slice(0, shift)]) {
      const began = performance.now();
      const cpu = process.cpuUsage();
      turn.faces[name] = await contenders[name](frames.slice(start, start + framesPerTurn));
      turn.ms[name] = (performance.now() - began) / framesPerTurn;
      const { user, system } = process.cpuUsage(cpu);
      turn.cpuMs[name] = (user + system) / 1000 / framesPerTurn;
    }
    turns.push(turn);
  }
  const perContender = (of) => Object.fromEntries(names.map((name) => [name, round(of(name))]));
  return {
    video: basename(file),
    width,
    height,
    frames: turns.length * framesPerTurn,
    facesPerFrame: perContender((name) => turns.reduce((sum, { faces }) => sum + faces[name], 0) / turns.length / framesPerTurn),
    msPerFrame: perContender((name) => median(turns.map(({ ms }) => ms[name]))),
    // All threads of the process: what is said by these figures holds on a busy machine, too.
    cpuMsPerFrame: perContender((name) => median(turns.map(({ cpuMs }) => cpuMs[name]))),
    // Each turn compares what ran side by side; their median is robust against what else the machine does.
    timeAgainstAlone: perContender((name) => median(turns.map(({ ms }) => ms[name] / ms.alone))),
  };
}

async function inTurn(frames, work) {
  let faces = 0;
  for (const picture of frames) faces += await work(picture);
  return faces;
}

async function detectAlone({ width, height, data }) {
  const input = tf.tensor4d(new Float32Array(data), [1, height, width, 3]);
  const { face } = await human.detect(input);
  input.dispose();
  return face.length;
}

async function analyze(engine, input) {
  const [faces] = await engine.analyze([input]);
  return faces.length;
}

/** Frames spread over the whole video, as rgb24 in shared memory. */
function decode(file, count) {
  const probe = spawnSync("ffprobe", ["-v", "error", "-select_streams", "V:0", "-count_packets", "-show_entries", "stream=width,height,nb_read_packets", "-of", "json", file], { encoding: "utf8" });
  if (probe.status !== 0) fail(probe.stderr);
  const { width, height, nb_read_packets: packets } = JSON.parse(probe.stdout).streams[0];
  const step = Math.max(1, Math.floor(Number(packets) / count));
  const { stdout, status, stderr } = spawnSync("ffmpeg", ["-v", "error", "-nostdin", "-i", file, "-vf", `select=not(mod(n\\,${step}))`, "-fps_mode", "passthrough", "-frames:v", String(count), "-f", "rawvideo", "-pix_fmt", "rgb24", "-"], { maxBuffer: 2 ** 31 });
  if (status !== 0) fail(String(stderr));
  const bytes = width * height * 3;
  const frames = Array.from({ length: Math.floor(stdout.length / bytes) }, (_, i) => {
    const data = new Uint8Array(new SharedArrayBuffer(bytes));
    data.set(stdout.subarray(i * bytes, (i + 1) * bytes));
    return { width, height, pixelFormat: "rgb24", data };
  });
  return { frames, width, height };
}

function table({ machine: where, human: version, workers: threads, clips: rows }) {
  const labels = { alone: "Human alone", oneWorker: "engine, 1 worker", oneWorkerBlur: "engine, 1 worker, blur 0.8", allWorkers: `engine, ${threads} workers` };
  const lines = rows.map(({ video: name, width, height, frames, msPerFrame, cpuMsPerFrame, timeAgainstAlone, facesPerFrame }) => `
| ${name}, ${width}x${height}, ${frames} frames | ms a frame | time against Human alone | CPU ms a frame | faces a frame |
|---|---|---|---|---|
${Object.entries(labels).map(([key, label]) => `| ${label} | ${msPerFrame[key].toFixed(1)} | ${timeAgainstAlone[key].toFixed(2)} | ${cpuMsPerFrame[key].toFixed(1)} | ${facesPerFrame[key].toFixed(2)} |`).join("\n")}
`);
  return `The engine's worker threads beside Human ${version} alone in one thread: same decoded frames, same models, blur off
unless named, medians of turns of ${framesPerTurn} frames.
${lines.join("")}
${where}. Written by \`node bench/human-alone.mjs --write\`.`;
}

function round(value) {
  return Math.round(value * 1000) / 1000;
}

function fail(text) {
  process.stderr.write(`human-alone: ${text}\n`);
  process.exit(1);
}
