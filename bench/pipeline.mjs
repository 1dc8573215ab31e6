// The whole way of a file with the default engine (FFmpeg, pool, pipeline, detector, emotions, tracking, smoothing) beside Human alone (detector, mesh,
// emotions) on the same frames, decoded before. Runs alternate; each is one pass over the clip, and the clock starts with the first frame. Python's `fer` (MTCNN and
// emotions) follows on the same frames, where the Python named has it: python3 -m venv bench/.venv && bench/.venv/bin/pip install fer
//
// Usage, after `npm run build`: node bench/pipeline.mjs [--runs 3] [--video FILE] [--python bench/.venv/bin/python] [--json] [--write]
import { availableParallelism } from "node:os";
import { basename } from "node:path";
import { openEngine } from "../dist/app.js";
import { createFfmpegSource } from "../dist/ingest/index.js";
import { openHuman } from "../dist/inference/human-runtime.js";
import { runFile } from "../dist/pipeline/index.js";
import { parseConfig } from "../dist/core/config.js";
import { silentLogger } from "../dist/core/logger.js";
import { ferSpeed } from "./fer-speed.mjs";
import { clips as videos, decode } from "./frames.mjs";
import { machine, median, option, writeSection } from "./report.mjs";

const runs = Number(option("runs", "3"));
const logger = silentLogger();
const config = parseConfig({});
const { analysis } = config;
const openSource = createFfmpegSource({ ffmpeg: "ffmpeg", ffprobe: "ffprobe", maxPixels: 2 ** 26, logger });

// Below, Human loses faces of these clips.
const { human, tf } = await openHuman({ minScore: 0.4, maxFaces: config.engine.maxFaces });
human.config.face.emotion.enabled = true;
human.config.face.detector.return = false;
const workers = availableParallelism();
const engines = { one: await openEngine(config, logger, 1), all: await openEngine(config, logger, workers) };

const clips = [];
for (const file of videos()) clips.push(await measure(file));
await Promise.all(Object.values(engines).map((engine) => engine.close()));

const report = { machine: machine(), runs, workers, clips };
if (process.argv.includes("--write")) writeSection("pipeline", table(report));
console.log(process.argv.includes("--json") ? JSON.stringify(report) : table(report));

async function measure(file) {
  const frames = await decode(file);
  const rows = [];
  await alone(frames.slice(0, 3));
  for (let run = 0; run < runs; run += 1) rows.push({ alone: await alone(frames), one: await whole(file, engines.one), all: await whole(file, engines.all) });
  const fer = ferSpeed(frames, runs);
  const perFrame = (name) => median(rows.map((r) => r[name].msPerFrame));
  return {
    video: basename(file),
    frames: frames.length,
    fer,
    msPerFrame: { alone: perFrame("alone"), one: perFrame("one"), all: perFrame("all") },
    // How many times Human's frames a second; run by run, so that a machine that drifts hits both sides of a ratio.
    ratio: { one: median(rows.map((r) => r.alone.msPerFrame / r.one.msPerFrame)), all: median(rows.map((r) => r.alone.msPerFrame / r.all.msPerFrame)) },
    faces: { alone: rows[0].alone.faces / frames.length, one: rows[0].one.faces / frames.length, all: rows[0].all.faces / frames.length },
  };
}

async function alone(frames) {
  const startedMs = performance.now();
  let faces = 0;
  for (const { width, height, data } of frames) {
    const input = tf.tensor4d(new Float32Array(data), [1, height, width, 3]);
    const { face } = await human.detect(input);
    input.dispose();
    faces += face.length;
  }
  return { msPerFrame: (performance.now() - startedMs) / frames.length, faces };
}

async function whole(file, engine) {
  let [startedMs, faces, count] = [0, 0, 0];
  await new Promise((resolve, reject) => {
    const run = runFile({ url: file, analysis, openTimeoutMs: 10_000 }, { openSource, engine, logger });
    run.result$.subscribe({
      next: (result) => {
        // Time before the first result is start-up of FFmpeg, not cost of a frame.
        if (count === 0) startedMs = performance.now();
        else faces += result.faces.length;
        count += 1;
      },
      error: reject,
      complete: () => run.closed.then(resolve),
    });
  });
  return { msPerFrame: (performance.now() - startedMs) / (count - 1), faces };
}

/** The peer's time and how many times its frames a second, or why there is none. */
function ferColumns({ fer, msPerFrame }) {
  return fer.missing === undefined ? `${fer.msPerFrame.toFixed(1)} (${fer.faces.toFixed(2)}) | ${(fer.msPerFrame / msPerFrame.all).toFixed(2)}` : `${fer.missing} |`;
}

function table({ clips: rows }) {
  const lines = rows.map((c) => `| ${c.video}, ${c.frames} frames | ${c.msPerFrame.alone.toFixed(1)} (${c.faces.alone.toFixed(2)}) | ${c.msPerFrame.one.toFixed(1)} (${c.faces.one.toFixed(2)}) | **${c.ratio.one.toFixed(2)}** | ${c.msPerFrame.all.toFixed(1)} | ${c.ratio.all.toFixed(2)} | ${ferColumns(c)} |`);
  return `The whole way of a file with all defaults (FFmpeg, pipeline, ${engines.one.info.name} ${engines.one.info.version}, tracking) beside Human ${human.version} alone (node-wasm: detector, mesh, emotions) on
the same frames, decoded before; median of ${runs} alternating passes. Milliseconds of wall time a frame, faces a frame in brackets; how many times Human's frames a second.

| clip | Human alone | Emostream, 1 worker | times Human's | ${workers} workers | times Human's | \`fer\` with MTCNN | ${workers} workers: times \`fer\`'s |
|---|---|---|---|---|---|---|---|
${lines.join("\n")}

${machine()}. Written by \`node bench/pipeline.mjs --write\`.`;
}
