// Where the five points of a face lie in FER+'s own crops, by a cascade's points on the enlarged faces; and what other crops would do to the emotions of web photos:
// the template grown, shrunk and shifted, and squares about the box. Mean recall of the photos that never train, of those that the detector finds.
//
// Usage, after `npm run build`: node bench/crop.mjs [--detector emostream] [--model emotion] [--data ../shared/data] [--faces 1000] [--json] [--write]
import { join } from "node:path";
import sharp from "sharp";
import { modelFolder } from "../dist/app.js";
import { emotionNames } from "../dist/core/emotions.js";
import { openEmotionClassifier } from "../dist/inference/emotion/classifier.js";
import { writeFaceInput } from "../dist/inference/emotion/preprocess.js";
import { openMtcnnDetector } from "../dist/inference/mtcnn/detector.js";
import { decodePicture, listLabelled, reports } from "../dist/training/data/class-folders.js";
import { locateFerPlus, readFerPlus } from "../dist/training/data/ferplus.js";
import { argmaxRow } from "../dist/training/metrics.js";
import { shiftOf } from "../dist/training/evaluate.js";
import { machine, median, option, root, writeSection } from "./report.mjs";
import { demand, percent, recallsOf, spread } from "./whole-path.mjs";

const data = option("data", join(root, "../shared/data"));
const archive = join(data, "expressions.tar.gz");
const most = Number(option("faces", "1000"));
demand(archive, join(data, "ferplus.tar.gz"));
/** FER+ faces are enlarged by this factor, with their border repeated around them by this share of the side. */
const [zoom, margin] = [3, 0.5];
const [faceSide, facePixels] = [48, 2304];

const detector = await openMtcnnDetector(await modelFolder("detector", option("detector", "emostream")), { minFaceSize: 20 });
const classifier = await openEmotionClassifier(await modelFolder("emotion", option("model", "emotion")));
const { crop } = classifier.manifest.input;
const onFerPlus = await pointsOnFerPlus();
const rows = await sweep();
const result = { onFerPlus, template: crop.points, rows };
console.log(process.argv.includes("--json") ? JSON.stringify(result) : markdown());
if (process.argv.includes("--write")) writeSection("crop", markdown());
await detector.close();
await classifier.close();

async function pointsOnFerPlus() {
  const { FER2013Valid } = await readFerPlus(locateFerPlus(join(data, "ferplus")));
  const indices = spread(Array.from({ length: FER2013Valid.count }, (_, i) => i), most);
  const points = [];
  const [side, border] = [faceSide * zoom, faceSide * zoom * margin];
  for (const i of indices) {
    const { data: pixels, info } = await sharp(FER2013Valid.pixels.subarray(i * facePixels, (i + 1) * facePixels), { raw: { width: faceSide, height: faceSide, channels: 1 } })
      .toColourspace("srgb")
      .resize(side, side, { kernel: "cubic" })
      .extend({ top: border, bottom: border, left: border, right: border, extendWith: "copy" })
      .raw()
      .toBuffer({ resolveWithObject: true });
    const [face] = largestFirst(await detector.detect({ width: info.width, height: info.height, pixelFormat: "rgb24", data: new Uint8Array(pixels) }, []));
    if (face !== undefined) points.push(face.landmarks.flat().map((v) => (v - border) / side));
  }
  return { faces: points.length, of: indices.length, points: Array.from({ length: 5 }, (_, k) => [0, 1].map((axis) => median(points.map((p) => p[2 * k + axis])))) };
}

async function sweep() {
  const held = (await listLabelled(archive)).filter((p) => reports(p.name));
  const photos = emotionNames.flatMap((_, k) => spread(held.filter((p) => p.label === k), 150));
  const rules = [
    ...[0.8, 0.9, 1, 1.1, 1.2].map((grow) => ({ name: `points, grown by ${grow}`, rule: { ...crop, align: "points", points: crop.points.map((p) => about(p, grow, 0)) } })),
    ...[-0.04, 0.04].map((down) => ({ name: `points, moved down by ${down}`, rule: { ...crop, align: "points", points: crop.points.map((p) => about(p, 1, down)) } })),
    ...[0.9, 1, 1.1, 1.25].map((scale) => ({ name: `square of ${scale} times the box`, rule: { ...crop, align: "box", boxScale: scale, boxShift: 0 } })),
  ];
  const inputs = rules.map(() => []);
  const truths = [];
  for (const photo of photos) {
    const picture = await decodePicture(await photo.read(), photo.name);
    const [face] = largestFirst(await detector.detect(picture));
    if (face === undefined) continue;
    truths.push(emotionNames[photo.label]);
    for (const [k, { rule }] of rules.entries()) {
      const input = new Float32Array(facePixels);
      writeFaceInput(picture, face, { ...classifier.manifest.input, crop: rule }, input, 0);
      inputs[k].push(input);
    }
  }
  const shift = shiftOf(classifier, classifier.manifest.prior.tau);
  const all = [];
  for (const [k, { name }] of rules.entries()) {
    const flat = new Float32Array(truths.length * facePixels);
    for (const [i, input] of inputs[k].entries()) flat.set(input, i * facePixels);
    const logits = await classifier.logits(flat, truths.length);
    const count = emotionNames.length;
    for (let i = 0; i < logits.length; i++) logits[i] -= shift[i % count];
    all.push({ name, photos: truths.length, meanRecall: recallsOf(truths.map((truth, i) => ({ truth, predicted: classifier.manifest.labels[argmaxRow(logits, count, i)] }))).meanRecall });
  }
  return all;
}

function largestFirst(faces) {
  return faces.toSorted((a, b) => b.box.width * b.box.height - a.box.width * a.box.height);
}

function markdown() {
  return [
    `Points on ${onFerPlus.faces} of ${onFerPlus.of} faces of FER2013Valid, medians, shares of the side: ${onFerPlus.points.map(place).join(" ")}. The template in use: ${crop.points.map(place).join(" ")}.`,
    "",
    `Mean recall on ${rows[0].photos} web photos of expressions.tar.gz that never train, by crop:`,
    "",
    "| crop | mean recall |",
    "|---|---|",
    ...rows.map((r) => `| ${r.name} | ${percent(r.meanRecall)} |`),
    "",
    `${machine()}. Written by \`node bench/crop.mjs --detector ${option("detector", "emostream")} --faces ${most} --write\`.`,
  ].join("\n");
}

function place([x, y]) {
  return `(${x.toFixed(3)}, ${y.toFixed(3)})`;
}

/** A point of the template, moved away from the middle of the input and down. */
function about([x, y], grow, down) {
  return [0.5 + (x - 0.5) * grow, 0.5 + (y - 0.5) * grow + down];
}
