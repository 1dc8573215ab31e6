// The whole way of a file with the default engine (FFmpeg, pool, pipeline, detector, emotions, tracking, smoothing) beside Human alone (detector, mesh,
// emotions) on the same frames, decoded before. Runs alternate; each of ours is one pass over a film that shows the clip several times over, and the clock starts with the first frame. Python's `fer` (MTCNN and
// emotions) follows on the same frames, where the Python named has it: python3 -m venv bench/.venv && bench/.venv/bin/pip install fer "setuptools<80"
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
const times = flag("quick") ? 1 : 4;
const logger = silentLogger();
const config = parseConfig({});

const human = await openHumanAlone(config.engine.maxFaces);
const workers = availableParallelism();
const engines = { one: await openEngine(config, logger, 1), all: await openEngine(config, logger, workers) };

const clips = [];
await withLongFilms(videos(), times, async (films) => {
  for (const [i, file] of videos().entries()) clips.push(await measure(file, films[i]));
});
await Promise.all(Object.values(engines).map((engine) => engine.close()));

const report = { machine: machine(), runs, workers, clips };
if (process.argv.includes("--write")) writeSection("pipeline", table(report));
console.log(process.argv.includes("--json") ? JSON.stringify(report) : table(report));

async function measure(file, film) {
  const frames = await decode(file);
  const rows = [];
  await alone(frames.slice(0, 3));
  // V8 goes on compiling for a minute.
  for (const engine of flag("quick") ? [] : [engines.one, engines.all, engines.all]) await passOver(film, engine, config.analysis);
  for (let run = 0; run < runs; run += 1) rows.push({ alone: await alone(frames), one: await passOver(film, engines.one, config.analysis), all: await passOver(film, engines.all, config.analysis) });
  const fer = byFer(frames);
  const perFrame = (name) => median(rows.map((r) => r[name].msPerFrame));
  return {
    video: basename(file),
    frames: frames.length,
    fer,
    msPerFrame: { alone: perFrame("alone"), one: perFrame("one"), all: perFrame("all") },
    // How many times Human's frames a second; run by run, so that a machine that drifts hits both sides of a ratio.
    ratio: { one: median(rows.map((r) => r.alone.msPerFrame / r.one.msPerFrame)), all: median(rows.map((r) => r.alone.msPerFrame / r.all.msPerFrame)) },
    faces: { alone: rows[0].alone.faces / frames.length, one: rows[0].one.faces / rows[0].one.frames, all: rows[0].all.faces / rows[0].all.frames },
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

/** The peer's time and how many times its frames a second, or why there is none. */
function ferColumns({ fer, msPerFrame }) {
  return fer.missing === undefined ? `${fer.msPerFrame.toFixed(1)} (${fer.faces.toFixed(2)}) | ${(fer.msPerFrame / msPerFrame.all).toFixed(2)}` : `${fer.missing} |`;
}

function table({ clips: rows }) {
  const lines = rows.map((c) => `| ${c.video}, ${c.frames} frames | ${c.msPerFrame.alone.toFixed(1)} (${c.faces.alone.toFixed(2)}) | ${c.msPerFrame.one.toFixed(1)} (${c.faces.one.toFixed(2)}) | **${c.ratio.one.toFixed(2)}** | ${c.msPerFrame.all.toFixed(1)} | ${c.ratio.all.toFixed(2)} | ${ferColumns(c)} |`);
  return `The whole way of a file with all defaults (FFmpeg, pipeline, ${engines.one.info.name} ${engines.one.info.version}, tracking) beside Human ${human.version} alone (node-wasm: detector, mesh, emotions) on
the same frames, decoded before; median of ${runs} alternating passes, ours over the clip ${times === 1 ? "once" : `${times} times in one film`}. Milliseconds of wall time a frame, faces a frame in brackets; how many times Human's frames a second.

| clip | Human alone | Emostream, 1 worker | times Human's | ${workers} workers | times Human's | \`fer\` with MTCNN | ${workers} workers: times \`fer\`'s |
|---|---|---|---|---|---|---|---|
${lines.join("\n")}

${machine()}. Written by \`node bench/pipeline.mjs --write\`.`;
}
