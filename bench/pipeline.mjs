// The whole way of a file (FFmpeg, pool, pipeline, engine, tracking, smoothing) beside Human alone on the same frames, decoded before.
// Blur off. Runs alternate; each is one pass over the clip, and the clock starts with the first frame.
//
// Usage, after `npm run build`: node bench/pipeline.mjs [--runs 3] [--video FILE] [--json] [--write]
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { createFfmpegSource } from "../dist/ingest/index.js";
import { createEngine } from "../dist/inference/index.js";
import { openHuman } from "../dist/inference/human-runtime.js";
import { runFile } from "../dist/pipeline/index.js";
import { parseConfig } from "../dist/core/config.js";
import { silentLogger } from "../dist/core/logger.js";
import { machine, median, option, root, writeSection } from "./report.mjs";

const runs = Number(option("runs", "3"));
const video = option("video", undefined);
const videos = video === undefined ? ["group.mp4", "two-people.mp4"].map((name) => join(root, "../shared/video", name)) : [video];
const limits = { minScore: 0.5, maxFaces: 20 };
const logger = silentLogger();
const { analysis } = parseConfig({ analysis: { blur: { enabled: false } } });
const openSource = createFfmpegSource({ ffmpeg: "ffmpeg", ffprobe: "ffprobe", maxPixels: 2 ** 26, logger });

const { human, tf } = await openHuman(limits);
human.config.face.emotion.enabled = true;
human.config.face.detector.return = false;
const workers = availableParallelism();
const engines = { one: await createEngine({ name: "human", workers: 1, ...limits, logger }), all: await createEngine({ name: "human", workers, ...limits, logger }) };

const clips = [];
for (const file of videos) clips.push(await measure(file));
await Promise.all(Object.values(engines).map((engine) => engine.close()));

const report = { machine: machine(), runs, workers, clips };
if (process.argv.includes("--write")) writeSection("pipeline", table(report));
console.log(process.argv.includes("--json") ? JSON.stringify(report) : table(report));

async function measure(file) {
  const frames = await decode(file);
  const rows = [];
  await alone(frames.slice(0, 3));
  for (let run = 0; run < runs; run += 1) rows.push({ alone: await alone(frames), one: await whole(file, engines.one), all: await whole(file, engines.all) });
  const perFrame = (name) => median(rows.map((r) => r[name].msPerFrame));
  return {
    video: basename(file),
    frames: frames.length,
    msPerFrame: { alone: perFrame("alone"), one: perFrame("one"), all: perFrame("all") },
    // Run by run, so that a machine that drifts hits both sides of a ratio.
    ratio: { one: median(rows.map((r) => r.one.msPerFrame / r.alone.msPerFrame)), all: median(rows.map((r) => r.all.msPerFrame / r.alone.msPerFrame)) },
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

/** All frames of a file as the pipeline sees them, copied out of the pool. */
async function decode(file) {
  const frames = [];
  await new Promise((resolve, reject) => {
    const run = openSource(
      { url: file, transport: "tcp", maxSide: analysis.maxSide, largeMaxSide: 0, realtime: false, loop: false, openTimeoutMs: 10_000, stallAfterMs: 10_000, stallTimeoutMs: 10_000, poolFrames: 4, backpressure: "wait", firstSeq: 0, epoch: 0 },
      {
        onInfo() {},
        onDecoded() {},
        onDropped() {},
        onStalled() {},
        onFrame(frame) {
          frames.push({ width: frame.picture.width, height: frame.picture.height, data: new Uint8Array(frame.picture.data) });
          frame.release();
        },
      },
    );
    run.closed.then(({ error }) => (error === undefined ? resolve() : reject(error)));
  });
  return frames;
}

function table({ clips: rows }) {
  const lines = rows.map((c) => `| ${c.video}, ${c.frames} frames | ${c.msPerFrame.alone.toFixed(1)} (${c.faces.alone.toFixed(2)}) | ${c.msPerFrame.one.toFixed(1)} (${c.faces.one.toFixed(2)}) | **${c.ratio.one.toFixed(2)}** | ${c.msPerFrame.all.toFixed(1)} | ${c.ratio.all.toFixed(2)} |`);
  return `The whole way of a file (FFmpeg, pipeline, engine, tracking) beside Human ${human.version} alone on the same frames, decoded before; blur off;
median of ${runs} alternating passes. Milliseconds of wall time a frame, faces a frame in brackets.

| clip | Human alone | Emostream, 1 worker | ratio | ${workers} workers | ratio |
|---|---|---|---|---|---|
${lines.join("\n")}

${machine()}. Written by \`node bench/pipeline.mjs --write\`.`;
}
