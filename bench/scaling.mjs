// That cost grows linearly: CPU time of the process tree over the number of streams, over the number of faces, and over pixels, each with the fitted line.
// CPU time and not wall time: it tells the same on a busy machine.
//
// Usage, after `npm run build`: node bench/scaling.mjs [--runs 3] [--quick] [--json] [--write]
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { openEngine } from "../dist/app.js";
import { parseConfig } from "../dist/core/config.js";
import { silentLogger } from "../dist/core/logger.js";
import { treeCpuMs } from "../scripts/chaos/support/processes.mjs";
import { startServer } from "../scripts/chaos/support/server.mjs";
import { sleep } from "../scripts/chaos/support/wait.mjs";
import { makeClip } from "./clip.mjs";
import { passOver } from "./file-pass.mjs";
import { line } from "./line.mjs";
import { plot } from "./plot.mjs";
import { flag, machine, median, option, root, sum, writeSection } from "./report.mjs";

const quick = flag("quick");
const runs = Number(option("runs", quick ? "1" : "3"));
const streamCounts = quick ? [1, 4] : [1, 2, 4, 8, 12, 16];
const faceCounts = quick ? [0, 4, 16] : [0, 1, 2, 4, 8, 12, 16];
const widths = quick ? [320, 960, 1920] : [320, 480, 640, 960, 1280, 1600, 1920];
/** Low enough that sixteen streams fit: beyond what fits, frames are dropped, and cost does not grow. */
const streamFps = 4;
const clipSeconds = quick ? 2 : 4;
const secondsPerCount = quick ? 2 : 12;

const work = mkdtempSync(join(tmpdir(), "emostream-scaling-"));
const config = parseConfig({});
try {
  const { faces, resolution } = await files();
  const panels = [
    { title: "streams", x: `streams of ${streamFps} frames/s`, y: "CPU, ms a second", points: await streams() },
    { title: "faces", x: "faces found in a picture of 640x360", y: "CPU, ms a frame", points: faces },
    { title: "resolution", x: "megapixels looked at (320 to 1920 wide)", y: "CPU, ms a frame", points: resolution },
  ].map((panel) => ({ ...panel, fit: line(panel.points) }));
  const report = { machine: machine(), runs, panels };
  if (flag("write")) {
    writeFileSync(join(root, "docs/images/scaling.svg"), plot(panels));
    writeSection("scaling", table(report));
  }
  console.log(flag("json") ? JSON.stringify(report) : table(report));
} finally {
  rmSync(work, { recursive: true, force: true });
}

/** CPU time of a second, for each number of live streams. */
async function streams() {
  const folder = join(work, "server");
  mkdirSync(join(folder, "media"), { recursive: true });
  await makeClip(join(folder, "media/clip.mkv"), { fps: streamFps, seconds: 10, faces: 2 });
  const server = await startServer(folder, { live: { latencyTargetMs: 0 } }, { plain: true, watch: false });
  const points = [];
  try {
    let running = 0;
    for (const count of streamCounts) {
      for (; running < count; running++) await server.add(`stream-${running}`, "clip.mkv", { loop: true });
      await sleep(quick ? 2000 : 6000);
      const [before, startedMs] = [cpuMsOf(server.pid), performance.now()];
      await sleep(secondsPerCount * 1000);
      points.push([count, ((cpuMsOf(server.pid) - before) * 1000) / (performance.now() - startedMs)]);
    }
  } finally {
    await server.stop();
  }
  return points;
}

/** CPU time of a frame of files, for each number of faces and each size; runs alternate. */
async function files() {
  const engine = await openEngine(config, silentLogger(), 1);
  try {
    const plans = [
      ...faceCounts.map((count) => ({ kind: "faces", clip: { width: 640, height: 360, faces: count, faceSide: 88 } })),
      ...widths.map((width) => ({ kind: "resolution", clip: { width, height: Math.round((width * 9) / 32) * 2, faces: 2, faceSide: Math.round(width / 7) } })),
    ].map((plan, k) => ({ ...plan, file: join(work, `${k}.mkv`), cpuMs: [], found: 0 }));
    for (const { file, clip } of plans) await makeClip(file, { ...clip, seconds: clipSeconds });
    for (let run = 0; run < runs; run++) for (const plan of plans) plan.found = await pass(engine, plan);
    const of = (kind, x) => plans.filter((plan) => plan.kind === kind).map((plan) => [x(plan), median(plan.cpuMs)]);
    return { faces: of("faces", ({ found }) => found), resolution: of("resolution", ({ clip }) => (clip.width * clip.height) / 1e6) };
  } finally {
    await engine.close();
  }
}

/** One file, every frame; resolves with the faces of a frame. */
async function pass(engine, { file, clip, cpuMs }) {
  const before = cpuMsOf(process.pid);
  const { frames, faces } = await passOver(file, engine, { ...config.analysis, maxSide: clip.width });
  cpuMs.push((cpuMsOf(process.pid) - before) / frames);
  return faces / frames;
}

function cpuMsOf(pid) {
  return sum(Object.values(treeCpuMs(pid)));
}

function table({ panels }) {
  const rows = panels.map(({ title, x, y, points, fit }) => `| ${title} | ${points.map(([a, b]) => `${Number(a.toFixed(2))}: ${b.toFixed(1)}`).join(", ")} | **${fit.slope.toFixed(1)}** ${y.replace("CPU, ", "")} for each (${x}) | ${fit.intercept.toFixed(1)} | ${fit.r2.toFixed(3)} |`);
  return `![CPU time over streams, faces and pixels, each with a fitted line](images/scaling.svg)

CPU time of the process tree (kernel's count), decoders included. Streams: clips with two faces, live, pace off. Faces and pixels: files with one worker, \`analysis.maxSide\` the picture's own width, median of ${runs} alternating passes;
FFmpeg's start is in it.

| | measured | slope | at 0 | explained by the line |
|---|---|---|---|---|
${rows.join("\n")}

${machine()}. Written by \`node bench/scaling.mjs --write\`.`;
}
