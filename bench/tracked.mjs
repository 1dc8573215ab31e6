// Detection `tracked` beside `every-frame`: the whole way of a file with one worker (FFmpeg, pipeline, engine, tracking), both in turns, and once more with
// all workers. What following costs in faces and points, and what it saves.
//
// Usage, after `npm run build`: node bench/tracked.mjs [--runs 3] [--detector NAME] [--video FILE] [--json] [--write]
import { existsSync } from "node:fs";
import { availableParallelism } from "node:os";
import { basename, join } from "node:path";
import { lastValueFrom, tap, toArray } from "rxjs";
import { openEngine } from "../dist/app.js";
import { parseConfig } from "../dist/core/config.js";
import { iou } from "../dist/core/geometry.js";
import { silentLogger } from "../dist/core/logger.js";
import { runFile } from "../dist/pipeline/index.js";
import { pointError } from "../dist/training/detector/detector-metrics.js";
import { truthOf } from "./boxed.mjs";
import { openSource } from "./file-pass.mjs";
import { machine, median, option, root, writeSection } from "./report.mjs";

const runs = Number(option("runs", "3"));
const workers = availableParallelism();
const logger = silentLogger();
const config = parseConfig({ engine: { name: "emostream", detector: option("detector", undefined) } });
/** From this overlap on two boxes are the same face. */
const sameFace = 0.4;

const engines = { one: await openEngine(config, logger, 1), all: await openEngine(config, logger, workers) };
const clips = [];
for (const file of videos()) clips.push(await measure(file));
await Promise.all(Object.values(engines).map((engine) => engine.close()));

const report = { machine: machine(), runs, workers, detector: config.engine.detector, clips };
if (process.argv.includes("--write")) writeSection("tracked", table());
console.log(process.argv.includes("--json") ? JSON.stringify(report) : table());

/** The demo, and the shared clips that are there. */
function videos() {
  const video = option("video", undefined);
  if (video !== undefined) return [video];
  const shared = ["group.mp4", "one-person.mp4", "two-people.mp4"].map((name) => join(root, "../shared/video", name));
  return [join(root, "assets/demo/demo.mp4"), ...shared.filter((file) => existsSync(file))];
}

async function measure(file) {
  await whole(file, engines.one, "tracked"); // warm up
  const rows = [];
  for (let run = 0; run < runs; run += 1) {
    rows.push({ every: await whole(file, engines.one, "every-frame"), tracked: await whole(file, engines.one, "tracked"), everyAll: await whole(file, engines.all, "every-frame"), trackedAll: await whole(file, engines.all, "tracked") });
  }
  const { every, tracked } = rows[0];
  const labels = truthOf(file);
  const ms = (name) => median(rows.map((row) => row[name].msPerFrame));
  return {
    video: basename(file),
    frames: every.results.length,
    faces: { every: facesPerFrame(every), tracked: facesPerFrame(tracked) },
    ...compare(every.results, tracked.results),
    off: labels && { every: offLabels(every.results, labels), tracked: offLabels(tracked.results, labels) },
    fullPasses: tracked.fullPasses / tracked.results.length,
    msPerFrame: { every: ms("every"), tracked: ms("tracked"), everyAll: ms("everyAll"), trackedAll: ms("trackedAll") },
    ratio: { one: median(rows.map((row) => row.tracked.msPerFrame / row.every.msPerFrame)), all: median(rows.map((row) => row.trackedAll.msPerFrame / row.everyAll.msPerFrame)) },
  };
}

async function whole(file, engine, detection) {
  let [startedMs, fullPasses] = [0, 0];
  const counted = {
    ...engine,
    analyze(batch) {
      for (const { hints } of batch) if (hints === undefined) fullPasses += 1;
      return engine.analyze(batch);
    },
  };
  const run = runFile({ url: file, analysis: { ...config.analysis, detection }, openTimeoutMs: 10_000 }, { openSource, engine: counted, logger });
  // Time before the first result is start-up of FFmpeg, not cost of a frame.
  const results = await lastValueFrom(run.result$.pipe(tap(() => (startedMs ||= performance.now())), toArray()));
  const msPerFrame = (performance.now() - startedMs) / (results.length - 1);
  await run.closed;
  return { results, fullPasses, msPerFrame };
}

function facesPerFrame({ results }) {
  return results.reduce((sum, { faces }) => sum + faces.length, 0) / results.length;
}

/** Share of every-frame's faces that tracked has too, and how far their points lie apart, in shares of the eyes' distance. */
function compare(every, tracked) {
  let asked = 0;
  const apart = [];
  for (const [i, { faces }] of every.entries()) {
    for (const face of faces) {
      asked += 1;
      const same = tracked[i].faces.find(({ box }) => iou(box, face.box) > sameFace);
      if (same === undefined) continue;
      const eyes = distance(face.landmarks[0], face.landmarks[1]);
      for (const [k, point] of face.landmarks.entries()) apart.push(distance(point, same.landmarks[k]) / eyes);
    }
  }
  return { shared: apart.length / 5 / asked, pointsApart: { mean: apart.reduce((a, b) => a + b, 0) / apart.length, median: median(apart) } };
}

/** How far found points lie from where they are, in shares of the eyes' distance: the mean over all faces that are wholly visible and were found. */
function offLabels(results, labels) {
  const off = [];
  for (const [i, { faces }] of results.entries()) {
    for (const label of labels[i].faces.filter(({ visible }) => visible === 1)) {
      const found = faces.find(({ box }) => iou(box, label.box) > sameFace);
      if (found !== undefined) off.push(pointError(found.landmarks, label.landmarks));
    }
  }
  return off.reduce((a, b) => a + b, 0) / off.length;
}

function distance([x1, y1], [x2, y2]) {
  return Math.hypot(x1 - x2, y1 - y2);
}

function percent(share, digits = 1) {
  return `${(100 * share).toFixed(digits)} %`;
}

function table() {
  const lines = clips.map(
    ({ video, frames, faces, shared, pointsApart, off, fullPasses, msPerFrame, ratio }) =>
      `| ${video}, ${frames} frames | ${faces.every.toFixed(2)} | ${faces.tracked.toFixed(2)} | ${percent(shared)} | ${percent(pointsApart.mean)} (${percent(pointsApart.median)}) | ${off === undefined ? "" : `${percent(off.every, 2)}, ${percent(off.tracked, 2)}`} | ${percent(fullPasses, 0)} | ${msPerFrame.every.toFixed(1)} | ${msPerFrame.tracked.toFixed(1)} | **${ratio.one.toFixed(2)}** | ${msPerFrame.everyAll.toFixed(1)} | ${msPerFrame.trackedAll.toFixed(1)} | ${ratio.all.toFixed(2)} |`,
  );
  return `The whole way of a file with \`detection: tracked\` beside \`every-frame\`; detector ${config.engine.detector}; median of ${runs} alternating passes, milliseconds of wall time a frame.
"Found too": share of every-frame's faces that are found in the same frame. "Points apart": of these, in per cent of the distance of the eyes, mean and median.
"Off": how far points lie from where they are in truth, on average, in every-frame and in tracked; known of the demo alone, which was made.

| clip | faces a frame | tracked | found too | points apart | off | full passes | every-frame, 1 worker | tracked | ratio | every-frame, ${workers} workers | tracked | ratio |
|---|---|---|---|---|---|---|---|---|---|---|---|---|
${lines.join("\n")}

${machine()}. Written by \`node bench/tracked.mjs --write\`.`;
}
