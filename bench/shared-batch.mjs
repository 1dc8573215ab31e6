// Would it pay to classify the faces of several streams' frames in one call? One thread: looking for faces in a frame, the emotion CNN for its two faces, and the
// CNN alone for more faces at a time. What could be gained is what the larger batch saves on two faces, as a share of the whole frame.
// Usage: node bench/shared-batch.mjs [--runs 12] [--json]
import { join } from "node:path";
import { openEmotionClassifier } from "../dist/inference/emotion/classifier.js";
import { openMtcnnDetector } from "../dist/inference/mtcnn/detector.js";
import { decode } from "./frames.mjs";
import { machine, option, root } from "./report.mjs";

const runs = Number(option("runs", "12"));
const sizes = [1, 2, 4, 8, 16];
const detector = await openMtcnnDetector(join(root, "models/detector"));
const classifier = await openEmotionClassifier(join(root, "models/emotion"));
const frames = (await decode(join(root, "assets/demo/demo.mp4"))).filter((_, i) => i % 50 === 25);
const pairs = [];
for (const picture of frames) {
  const faces = await detector.detect(picture);
  if (faces.length >= 2) pairs.push({ picture, faces: faces.slice(0, 2) });
}
const area = classifier.manifest.input.size ** 2;
const inputs = new Float32Array(sizes.at(-1) * area).fill(0.5);

// Everything in turns, and of each the fastest: whatever else the machine does only adds to it.
const best = {};
for (let run = 0; run < runs; run += 1) {
  for (const [i, { picture, faces }] of pairs.entries()) {
    await keep(`detect ${i}`, () => detector.detect(picture));
    await keep(`classify ${i}`, () => classifier.classify(picture, faces));
    for (const n of sizes) await keep(`net ${n}`, () => classifier.logits(inputs.subarray(0, n * area), n));
  }
}
const mean = (what) => pairs.reduce((sum, _, i) => sum + best[`${what} ${i}`], 0) / pairs.length;
const frameMs = mean("detect") + mean("classify");
const aFace = Object.fromEntries(sizes.map((n) => [n, best[`net ${n}`] / n]));
const saved = (n) => (2 * (aFace[2] - aFace[n])) / frameMs;
const summary = { machine: machine(), frames: pairs.length, detectMs: mean("detect"), classifyMs: mean("classify"), netMsAFace: aFace, savedShare: { twoFrames: saved(4), eightFrames: saved(16) } };
console.log(process.argv.includes("--json") ? JSON.stringify(summary) : summary);
await detector.close();
await classifier.close();

async function keep(name, work) {
  const startedMs = performance.now();
  await work();
  best[name] = Math.min(best[name] ?? Number.POSITIVE_INFINITY, performance.now() - startedMs);
}
