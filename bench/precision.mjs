// fp32 beside int8 on the same input, in turns: each net alone, the cascade frame by frame, and the whole way of a file; with the accuracy that the manifests state. One thread.
// Nets that stay on floats are quantised here for their own row, with ranges of noise: how long integers take does not depend on their values.
//
// Usage, after `npm run build`: node bench/precision.mjs [--runs 5] [--video FILE] [--json] [--write]
import { basename } from "node:path";
import { modelFolder, openEngine } from "../dist/app.js";
import { parseConfig } from "../dist/core/config.js";
import { silentLogger } from "../dist/core/logger.js";
import { readEmotionModel } from "../dist/inference/emotion/manifest.js";
import { openMtcnnDetector } from "../dist/inference/mtcnn/detector.js";
import { readDetectorModel } from "../dist/inference/mtcnn/manifest.js";
import { openOnnxModel } from "../dist/inference/onnx.js";
import { quantizeNet } from "../dist/training/quantize/quantize-net.js";
import { passOver } from "./file-pass.mjs";
import { clips, decode } from "./frames.mjs";
import { machine, median, option, writeSection } from "./report.mjs";

const runs = Number(option("runs", "5"));
const netRuns = 25;
const precisions = ["fp32", "int8"];
const emotion = await readEmotionModel(await modelFolder("emotion", "emotion"));
const detectorFolder = await modelFolder("detector", "emostream");
const detector = await readDetectorModel(detectorFolder);
const config = Object.fromEntries(precisions.map((precision) => [precision, parseConfig({ engine: { precision } })]));

const { size } = emotion.manifest.input;
const nets = [
  await netRow("emotion CNN, a face", emotion.model, emotion.manifest.int8, [1, 1, size, size], 1),
  await netRow("emotion CNN, 16 faces together", emotion.model, emotion.manifest.int8, [16, 1, size, size], 16),
  await netRow("P-Net, a level of 512x384", detector.models.pnet, detector.manifest.stages.pnet.int8, [1, 3, 384, 512], 1),
  await netRow("R-Net, 32 windows", detector.models.rnet, detector.manifest.stages.rnet.int8, [32, 3, 24, 24], 32),
  await netRow("O-Net, 8 windows", detector.models.onet, detector.manifest.stages.onet.int8, [8, 3, 48, 48], 8),
];
const rows = [];
for (const file of clips()) rows.push({ video: basename(file), cascade: await cascadeRow(await decode(file)), file: await fileRow(file) });
const report = { machine: machine(), runs, nets, clips: rows, accuracy: { emotion: emotion.manifest.quantization, detector: detector.manifest.quantization } };
if (process.argv.includes("--write")) writeSection("precision", table(report));
console.log(process.argv.includes("--json") ? JSON.stringify(report) : table(report));

/** A net's time for `shape`, milliseconds divided by `count`. */
async function netRow(name, bytes, int8, shape, count) {
  const plane = shape.slice(1).reduce((a, b) => a * b, 1);
  const noise = Float32Array.from({ length: shape[0] * plane }, (_, i) => Math.sin(i * 1.37) * 2);
  const models = { fp32: await openOnnxModel(bytes), int8: await openOnnxModel(await quantizeNet(bytes, noise, shape.slice(1))) };
  const feeds = { input: { data: noise, shape } };
  const ms = await inTurns(netRuns, async (precision) => {
    let passes = 0;
    const spentMs = await cpuMs(async () => {
      for (const startedMs = performance.now(); performance.now() - startedMs < 25; passes += 1) await models[precision].run(feeds);
    });
    return spentMs / passes / count;
  });
  for (const model of Object.values(models)) await model[Symbol.asyncDispose]();
  return { name, served: int8 === undefined ? "fp32" : "int8", ...ms };
}

/** The whole cascade on each frame, in turns. */
async function cascadeRow(frames) {
  const detectors = {};
  for (const precision of precisions) detectors[precision] = await openMtcnnDetector(detectorFolder, { precision });
  for (const frame of frames.slice(0, 5)) for (const precision of precisions) await detectors[precision].detect(frame);
  const faces = { fp32: 0, int8: 0 };
  const ms = await inTurns(frames.length, async (precision, run) => {
    return cpuMs(async () => {
      faces[precision] += (await detectors[precision].detect(frames[run])).length;
    });
  });
  await Promise.all(Object.values(detectors).map((d) => d.close()));
  return { frames: frames.length, ...ms, faces: { fp32: faces.fp32 / frames.length, int8: faces.int8 / frames.length } };
}

/** What work takes of this process's CPU time, which other programs touch less than the clock on the wall. */
async function cpuMs(work) {
  const before = process.cpuUsage();
  await work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}

/** FFmpeg, pipeline, engine and tracking with one worker. */
async function fileRow(file) {
  const engines = {};
  for (const precision of precisions) engines[precision] = await openEngine(config[precision], silentLogger(), 1);
  const faces = {};
  const cpu = { fp32: [], int8: [] };
  const ms = await inTurns(runs, async (precision) => {
    let pass;
    const spentMs = await cpuMs(async () => {
      pass = await passOver(file, engines[precision], config[precision].analysis);
    });
    cpu[precision].push(spentMs / pass.frames);
    faces[precision] = pass.faces / pass.frames;
    return pass.msPerFrame;
  });
  await Promise.all(Object.values(engines).map((engine) => engine.close()));
  return { ...ms, faces, cpuMs: { fp32: median(cpu.fp32), int8: median(cpu.int8) } };
}

/** Medians of both, and of the ratio turn by turn, so that a machine that drifts hits both sides of it. */
async function inTurns(count, measure) {
  const all = [];
  for (let run = 0; run < count; run += 1) {
    const own = {};
    for (const precision of run % 2 === 0 ? precisions : precisions.toReversed()) own[precision] = await measure(precision, run);
    all.push(own);
  }
  return { fp32: median(all.map((a) => a.fp32)), int8: median(all.map((a) => a.int8)), ratio: median(all.map((a) => a.fp32 / a.int8)) };
}

function accuracyRow(name, said, figures) {
  const cells = figures.map(([figure, label, factor, unit]) => `${label} ${[said.fp32, said.int8].map((own) => (factor * own[figure]).toFixed(factor === 1 ? 3 : 2)).join(" / ")}${unit}`);
  return `| ${name} | ${cells.join(", ")} | ${Object.entries(said.left).map(([file, why]) => `${file}: ${why}`).join("; ") || "none"} |`;
}

function table({ nets: alone, clips: files, accuracy }) {
  const netLines = alone.map((n) => `| ${n.name} | ${n.fp32.toFixed(3)} | ${n.int8.toFixed(3)} | **${n.ratio.toFixed(2)}** | ${n.served} |`);
  const fileLines = files.map(({ video, cascade: c, file: f }) => `| ${video} | ${c.fp32.toFixed(1)} (${c.faces.fp32.toFixed(2)}) | ${c.int8.toFixed(1)} (${c.faces.int8.toFixed(2)}) | **${c.ratio.toFixed(2)}** | ${f.fp32.toFixed(1)} (${f.faces.fp32.toFixed(2)}) | ${f.int8.toFixed(1)} (${f.faces.int8.toFixed(2)}) | **${f.ratio.toFixed(2)}** | ${f.cpuMs.fp32.toFixed(1)} | ${f.cpuMs.int8.toFixed(1)} | **${(f.cpuMs.fp32 / f.cpuMs.int8).toFixed(2)}** |`);
  return `One thread, both in turns, medians. Each net alone, milliseconds of CPU time for a face, level or window; how many times as fast int8 is; and what \`--precision int8\` serves it with.

| net | fp32 | int8 | times as fast | served |
|---|---|---|---|---|
${netLines.join("\n")}

Milliseconds a frame, faces a frame in brackets: the cascade alone (CPU time), and the whole way of a file (FFmpeg, pipeline, one worker, all other defaults; wall time, and CPU time of Node without FFmpeg's).

| clip | cascade, fp32 | int8 | times as fast | whole way, fp32 | int8 | times as fast | its CPU time, fp32 | int8 | times as fast |
|---|---|---|---|---|---|---|---|---|---|
${fileLines.join("\n")}

What it costs, fp32 / int8, as the manifests say (\`models quantize\`, on faces and photos that neither trained nor calibrated):

| model | figures | nets that stay on floats |
|---|---|---|
${accuracyRow("emotion", accuracy.emotion, [["accuracy", "accuracy", 100, " %"], ["meanRecall", "mean recall", 100, " %"], ["ece", "calibration error", 1, ""]])}
${accuracyRow("detector", accuracy.detector, [["averagePrecision", "average precision", 100, " %"], ["recall", "recall", 100, " %"], ["pointError", "error of the points", 1, " % of the eyes' distance"]])}

${machine()}. Written by \`node bench/precision.mjs --write\`.`;
}
