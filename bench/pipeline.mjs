// The whole way of a file with the default engine (FFmpeg, pool, pipeline, detector, emotions, tracking, smoothing) beside Human alone (detector, mesh,
// emotions) on the same frames, decoded before: with either emotion model that is shipped, every frame looked at anew and faces followed. Runs alternate; each
// of ours is one pass over a film that shows the clip several times over, and the clock starts with the first frame. Beside each speed: faces boxed in stills of the clip that were found there, and false alarms. Python's `fer` (MTCNN and emotions) follows
// on the same frames, where the Python named has it: python3 -m venv bench/.venv && bench/.venv/bin/pip install fer "setuptools<80"
//
// Usage, after `npm run build`: node bench/pipeline.mjs [--runs 3] [--video FILE] [--quick] [--python bench/.venv/bin/python] [--json] [--write]
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { openEngine } from "../dist/app.js";
import { parseConfig } from "../dist/core/config.js";
import { silentLogger } from "../dist/core/logger.js";
import { boxedStills, boxOf, judge, judged } from "./boxed.mjs";
import { askFer } from "./fer.mjs";
import { passOver } from "./file-pass.mjs";
import { clips, decode, withLongFilms } from "./frames.mjs";
import { openHumanAlone } from "./human.mjs";
import { flag, machine, median, option, root, writeSection } from "./report.mjs";

const runs = Number(option("runs", "3"));
/** Our passes are over as many of the clip as make so many frames. */
const framesOfFilm = flag("quick") ? 400 : 1000;
const logger = silentLogger();
const models = ["emotion", "emotion-large"].slice(0, flag("quick") ? 1 : 2);
const detections = ["every-frame", "tracked"];

const workers = availableParallelism();
const human = await openHumanAlone(parseConfig({}).engine.maxFaces);
const engines = Object.fromEntries(await Promise.all(models.map(async (emotionModel) => [emotionModel, { one: await open(emotionModel, 1), all: await open(emotionModel, workers) }])));
/** What is measured: each model, each way to look for faces. */
const variants = models.flatMap((model) => detections.map((detection) => ({ model, detection, analysis: parseConfig({ analysis: { detection } }).analysis })));

const videos = [...clips(), ...(flag("quick") || option("video", undefined) !== undefined ? [] : [join(root, "assets/demo/demo.mp4")])];
const measured = [];
for (const file of videos) measured.push(await measure(file));
const [{ info }] = Object.values(engines).map(({ one }) => one);
for (const { one, all } of Object.values(engines)) await Promise.all([one.close(), all.close()]);

const report = { machine: machine(), runs, workers, clips: measured };
if (process.argv.includes("--write")) writeSection("pipeline", table(report));
console.log(process.argv.includes("--json") ? JSON.stringify(report) : table(report));

function open(emotionModel, count) {
  return openEngine(parseConfig({ engine: { emotionModel } }), logger, count);
}

async function measure(file) {
  const frames = await decode(file);
  return withLongFilms([file], Math.ceil(framesOfFilm / frames.length), ([film]) => compare(file, frames, film));
}

async function compare(file, frames, film) {
  const stills = boxedStills(file);
  await alone(frames.slice(0, 3));
  const pass = async ({ model, analysis }, engine) => {
    const boxes = new Map();
    const passed = await passOver(film, engines[model][engine], analysis, ({ seq, faces }) => stills.has(seq) && boxes.set(seq, faces.map(({ box }) => box)));
    return { ...passed, boxes };
  };
  // V8 goes on compiling for a minute.
  if (!flag("quick")) for (const variant of variants) for (const engine of ["one", "all"]) await pass(variant, engine);
  const rows = [];
  for (let run = 0; run < runs; run += 1) {
    const row = { alone: await alone(frames), ours: [] };
    for (const variant of variants) row.ours.push({ one: await pass(variant, "one"), all: await pass(variant, "all") });
    rows.push(row);
  }
  const peer = { ...spread(rows.map((row) => row.alone.msPerFrame)), ...foundBy(rows[0].alone.boxes, stills) };
  return {
    video: basename(file),
    frames: frames.length,
    human: peer,
    fer: byFer(frames, stills),
    ours: variants.map(({ model, detection }, i) => ({ model, detection, faces: rows[0].ours[i].all.faces / rows[0].ours[i].all.frames, judged: judge(stills, rows[0].ours[i].all.boxes), ...Object.fromEntries(["one", "all"].map((name) => [name, {
      ...spread(rows.map((row) => row.ours[i][name].msPerFrame)),
      // How many times Human's frames a second; run by run, so that a machine that drifts hits both sides of a ratio.
      ratio: median(rows.map((row) => row.alone.msPerFrame / row.ours[i][name].msPerFrame)),
    }])) })),
  };
}

/** Of the runs' milliseconds a frame. */
function spread(ms) {
  return { msPerFrame: median(ms), least: Math.min(...ms), most: Math.max(...ms) };
}

async function alone(frames) {
  const startedMs = performance.now();
  const boxes = [];
  for (const frame of frames) boxes.push((await human.detect(frame)).map(({ box }) => box));
  return { msPerFrame: (performance.now() - startedMs) / frames.length, boxes };
}

/** Faces a frame, and how right they are. `boxes`: of each frame, x, y, width and height. */
function foundBy(boxes, stills) {
  const byFrame = new Map(boxes.map((rows, i) => [i, rows.map(boxOf)]));
  return { faces: boxes.flat().length / boxes.length, judged: judge(stills, byFrame) };
}

/** Python's `fer` on the same frames: milliseconds a frame (median of the passes) and what it found, or why there is nothing. */
function byFer(frames, stills) {
  const [{ width, height }] = frames;
  const { document, missing, failed } = askFer("fer_speed.py", [width, height, "mtcnn", runs], Buffer.concat(frames.map(({ data }) => data)));
  if (document === undefined) return { missing: missing === undefined ? failed : "not installed" };
  const { version, secondsPerFrame, boxes } = document;
  return { version, ...spread(secondsPerFrame.map((seconds) => 1000 * seconds)), ...foundBy(boxes, stills) };
}

/** Median, in brackets the least and the most. */
function told({ msPerFrame, least, most }) {
  return `${msPerFrame.toFixed(1)} (${least.toFixed(1)} to ${most.toFixed(1)})`;
}

function table({ clips: rows }) {
  const lines = rows.flatMap(({ video, frames, human: peer, fer, ours }) => [
    `| ${video}, ${frames} frames | Human alone | ${peer.faces.toFixed(2)} | ${judged(peer.judged)} | ${told(peer)} | 1 | | | |`,
    fer.missing === undefined ? `| | \`fer\` ${fer.version} with MTCNN | ${fer.faces.toFixed(2)} | ${judged(fer.judged)} | ${told(fer)} | ${(peer.msPerFrame / fer.msPerFrame).toFixed(2)} | | | 1 |` : `| | \`fer\` with MTCNN: ${fer.missing} | | | | | | | |`,
    ...ours.map(({ model, detection, faces, judged: right, one, all }) => `| | ${model}, ${detection} | ${faces.toFixed(2)} | ${judged(right)} | ${told(one)} | ${one.ratio.toFixed(2)} | ${told(all)} | **${all.ratio.toFixed(2)}** | ${fer.missing === undefined ? (fer.msPerFrame / all.msPerFrame).toFixed(2) : ""} |`),
  ]);
  return `The whole way of a file with all defaults but those named (FFmpeg, pipeline, ${info.name} ${info.version}, tracking) beside Human ${human.version} alone (node-wasm: detector, mesh, emotions) on
the same frames, decoded before; median of ${runs} alternating passes, ours over a film that shows the clip over and over, ${framesOfFilm} frames and more. Milliseconds of wall time a frame, in brackets the least and the most of the passes, and how many times the peer's frames a second. The first
row of ours is the default. "Boxed": faces that were boxed by hand in some stills (painted ones, in the demo) found by each, and boxes that are no face.

| clip | what | faces a frame | boxed | 1 worker, ms | times Human's | ${workers} workers, ms | times Human's | times \`fer\`'s |
|---|---|---|---|---|---|---|---|---|
${lines.join("\n")}

${machine()}. Written by \`node bench/pipeline.mjs --write\`.`;
}
