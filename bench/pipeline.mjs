// The whole way of a file with the default engine (FFmpeg, pool, pipeline, detector, emotions, tracking, smoothing) beside Human alone (detector, mesh,
// emotions) on the same frames, decoded before: with either emotion model that is shipped, every frame looked at anew and faces followed. Runs alternate; each
// of ours is one pass over a film that shows the clip several times over, and the clock starts with the first frame. Python's `fer` (MTCNN and emotions) follows
// on the same frames, where the Python named has it: python3 -m venv bench/.venv && bench/.venv/bin/pip install fer "setuptools<80"
//
// Usage, after `npm run build`: node bench/pipeline.mjs [--runs 3] [--video FILE] [--quick] [--python bench/.venv/bin/python] [--json] [--write]
import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { openEngine } from "../dist/app.js";
import { parseConfig } from "../dist/core/config.js";
import { silentLogger } from "../dist/core/logger.js";
import { askFer } from "./fer.mjs";
import { passOver } from "./file-pass.mjs";
import { clips as videos, decode, withLongFilms } from "./frames.mjs";
import { openHumanAlone } from "./human.mjs";
import { flag, machine, median, option, writeSection } from "./report.mjs";

const runs = Number(option("runs", "3"));
/** Our passes are over so many of the clip. */
const times = flag("quick") ? 1 : 12;
const logger = silentLogger();
const models = ["emotion", "emotion-large"].slice(0, flag("quick") ? 1 : 2);
const detections = ["every-frame", "tracked"];

const workers = availableParallelism();
const human = await openHumanAlone(parseConfig({}).engine.maxFaces);
const engines = Object.fromEntries(await Promise.all(models.map(async (emotionModel) => [emotionModel, { one: await open(emotionModel, 1), all: await open(emotionModel, workers) }])));
/** What is measured: each model, each way to look for faces. */
const variants = models.flatMap((model) => detections.map((detection) => ({ model, detection, analysis: parseConfig({ analysis: { detection } }).analysis })));

const clips = [];
await withLongFilms(videos(), times, async (films) => {
  for (const [i, file] of videos().entries()) clips.push(await measure(file, films[i]));
});
const [{ info }] = Object.values(engines).map(({ one }) => one);
for (const { one, all } of Object.values(engines)) await Promise.all([one.close(), all.close()]);

const report = { machine: machine(), runs, workers, clips };
if (process.argv.includes("--write")) writeSection("pipeline", table(report));
console.log(process.argv.includes("--json") ? JSON.stringify(report) : table(report));

function open(emotionModel, count) {
  return openEngine(parseConfig({ engine: { emotionModel } }), logger, count);
}

async function measure(file, film) {
  const frames = await decode(file);
  await alone(frames.slice(0, 3));
  const pass = ({ model, analysis }, engine) => passOver(film, engines[model][engine], analysis);
  // V8 goes on compiling for a minute.
  if (!flag("quick")) for (const variant of variants) for (const engine of ["one", "all"]) await pass(variant, engine);
  const rows = [];
  for (let run = 0; run < runs; run += 1) {
    const row = { alone: await alone(frames), ours: [] };
    for (const variant of variants) row.ours.push({ one: await pass(variant, "one"), all: await pass(variant, "all") });
    rows.push(row);
  }
  const peer = { msPerFrame: median(rows.map((row) => row.alone.msPerFrame)), faces: rows[0].alone.faces / frames.length };
  return {
    video: basename(file),
    frames: frames.length,
    human: peer,
    fer: byFer(frames),
    ours: variants.map(({ model, detection }, i) => ({ model, detection, faces: rows[0].ours[i].all.faces / rows[0].ours[i].all.frames, ...Object.fromEntries(["one", "all"].map((name) => [name, {
      msPerFrame: median(rows.map((row) => row.ours[i][name].msPerFrame)),
      // How many times Human's frames a second; run by run, so that a machine that drifts hits both sides of a ratio.
      ratio: median(rows.map((row) => row.alone.msPerFrame / row.ours[i][name].msPerFrame)),
    }])) })),
  };
}

async function alone(frames) {
  const startedMs = performance.now();
  let faces = 0;
  for (const frame of frames) faces += (await human.detect(frame)).length;
  return { msPerFrame: (performance.now() - startedMs) / frames.length, faces };
}

/** Python's `fer` on the same frames: milliseconds a frame (median of the passes) and faces a frame, or why there are none. */
function byFer(frames) {
  const [{ width, height }] = frames;
  const { document, missing, failed } = askFer("fer_speed.py", [width, height, "mtcnn", runs], Buffer.concat(frames.map(({ data }) => data)));
  if (document === undefined) return { missing: missing === undefined ? failed : "not installed" };
  const { version, secondsPerFrame, faces } = document;
  return { version, msPerFrame: 1000 * median(secondsPerFrame), faces };
}

function table({ clips: rows }) {
  const lines = rows.flatMap(({ video, frames, human: peer, fer, ours }) => [
    `| ${video}, ${frames} frames | Human alone | ${peer.faces.toFixed(2)} | ${peer.msPerFrame.toFixed(1)} | 1 | | | |`,
    fer.missing === undefined ? `| | \`fer\` ${fer.version} with MTCNN | ${fer.faces.toFixed(2)} | ${fer.msPerFrame.toFixed(1)} | ${(peer.msPerFrame / fer.msPerFrame).toFixed(2)} | | | 1 |` : `| | \`fer\` with MTCNN: ${fer.missing} | | | | | | |`,
    ...ours.map(({ model, detection, faces, one, all }) => `| | ${model}, ${detection} | ${faces.toFixed(2)} | ${one.msPerFrame.toFixed(1)} | ${one.ratio.toFixed(2)} | ${all.msPerFrame.toFixed(1)} | **${all.ratio.toFixed(2)}** | ${fer.missing === undefined ? (fer.msPerFrame / all.msPerFrame).toFixed(2) : ""} |`),
  ]);
  return `The whole way of a file with all defaults but those named (FFmpeg, pipeline, ${info.name} ${info.version}, tracking) beside Human ${human.version} alone (node-wasm: detector, mesh, emotions) on
the same frames, decoded before; median of ${runs} alternating passes, ours over the clip ${times === 1 ? "once" : `${times} times in one film`}. Milliseconds of wall time a frame, and how many times the peer's frames a second. The first
row of ours is the default.

| clip | what | faces a frame | 1 worker, ms | times Human's | ${workers} workers, ms | times Human's | times \`fer\`'s |
|---|---|---|---|---|---|---|---|
${lines.join("\n")}

${machine()}. Written by \`node bench/pipeline.mjs --write\`.`;
}
