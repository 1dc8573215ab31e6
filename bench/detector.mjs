// Our cascade beside the published MTCNN weights in the same runtime: the same decoded frames, frame by frame in turns, one thread, pyramid, suppression and
// crops included, at equal smallest faces. And how the time divides among the stages, and the arithmetic of each.
//
// Usage, after `npm run build` and `npx emostream models import mtcnn`: node bench/detector.mjs [--model emostream] [--video FILE] [--json] [--write]
import { basename } from "node:path";
import { modelFolder } from "../dist/app.js";
import { openMtcnnDetector } from "../dist/inference/mtcnn/detector.js";
import { clips, decode } from "./frames.mjs";
import { machine, median, option, writeSection } from "./report.mjs";

const minFaceSizes = [20, 40];
const warmUp = 5;
const names = [option("model", "emostream"), "reference"];
const folders = await Promise.all(names.map((name) => modelFolder("detector", name)));

const rows = [];
const manifests = [];
for (const file of clips()) {
  const frames = await decode(file);
  for (const minFaceSize of minFaceSizes) rows.push({ video: basename(file), width: frames[0].width, height: frames[0].height, frames: frames.length, minFaceSize, ...(await measure(frames, minFaceSize)) });
}
const result = { rows, megaMultiplications: manifests.map((m) => Object.fromEntries(Object.entries(m.stages).map(([stage, s]) => [stage, s.megaMultiplications]))) };
console.log(process.argv.includes("--json") ? JSON.stringify(result) : markdown());
if (process.argv.includes("--write")) writeSection("detector", markdown());

async function measure(frames, minFaceSize) {
  const detectors = [];
  for (const folder of folders) detectors.push(await openMtcnnDetector(folder, { minFaceSize }));
  manifests.splice(0, Infinity, ...detectors.map((d) => d.manifest));
  for (const frame of frames.slice(0, warmUp)) for (const detector of detectors) await detector.detect(frame);
  const before = detectors.map((d) => ({ ...d.times }));
  const times = [];
  const faces = [0, 0];
  for (const [i, frame] of frames.entries()) {
    const own = [0, 0];
    for (const k of i % 2 === 0 ? [0, 1] : [1, 0]) {
      const started = performance.now();
      faces[k] += (await detectors[k].detect(frame)).length;
      own[k] = performance.now() - started;
    }
    times.push(own);
  }
  const stages = detectors.map((d, k) => Object.fromEntries(Object.entries(d.times).map(([stage, ms]) => [stage, (ms - before[k][stage]) / frames.length])));
  for (const detector of detectors) await detector.close();
  return { ms: [0, 1].map((k) => median(times.map((t) => t[k]))), ratio: median(times.map(([a, b]) => a / b)), faces: faces.map((n) => n / frames.length), stages };
}

function markdown() {
  return [
    "One thread, whole cascades on the same decoded frames in turns. Milliseconds a frame, faces found a frame in brackets.",
    "",
    `| clip | smallest face | ${manifests[0].name} ${manifests[0].modelVersion} | published weights | ratio | where ours spends it | where theirs spend it |`,
    "|---|---|---|---|---|---|---|",
    ...rows.map((r) => `| ${r.video}, ${r.width}x${r.height}, ${r.frames} frames | ${r.minFaceSize} px | ${cell(r, 0)} | ${cell(r, 1)} | **${r.ratio.toFixed(2)}** | ${shares(r.stages[0])} | ${shares(r.stages[1])} |`),
    "",
    `Millions of multiplications for one window: ours ${arithmetic(manifests[0])}; published ${arithmetic(manifests[1])}.`,
    "",
    `${machine()}. Written by \`node bench/detector.mjs --write\`.`,
  ].join("\n");
}

function cell(row, k) {
  return `${row.ms[k].toFixed(1)} (${row.faces[k].toFixed(2)})`;
}

function shares(stages) {
  const total = Object.values(stages).reduce((a, b) => a + b, 0);
  return Object.entries(stages).map(([name, ms]) => `${name} ${Math.round((100 * ms) / total)} %`).join(", ");
}

function arithmetic({ stages }) {
  return Object.entries(stages).map(([stage, { megaMultiplications }]) => `${stage} ${megaMultiplications.toPrecision(2)}`).join(", ");
}
