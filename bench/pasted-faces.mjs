// What detector and crop cost: faces of FER2013Valid pasted into pictures and taken through the whole way, beside the same faces ready-cut.
// Each face once on a photo of a room and once on plain grey, 96 to 160 pixels wide with a soft border. Misses are told apart, and what is taken for a face in rooms without one.
//
// Usage, after `npm run build`: node bench/pasted-faces.mjs [--data ../shared/data] [--faces 500] [--json] [--write]
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { gunzipSync } from "node:zlib";
import sharp from "sharp";
import { machine, option, root, writeSection } from "./report.mjs";
import { demand, openPath, percent, predictAll, recallsOf, spread } from "./whole-path.mjs";

const data = option("data", join(root, "../shared/data"));
const most = Number(option("faces", "500"));
const negatives = join(data, "faces-negatives.tar.gz");
demand(join(data, "ferplus.tar.gz"), negatives);
const { emotionNames } = await import("../dist/core/emotions.js");
const { openEmotionClassifier } = await import("../dist/inference/emotion/classifier.js");
const { softmaxRows } = await import("../dist/inference/emotion/probabilities.js");
const { softFace } = await import("../dist/training/soft-face.js");
const { pick } = await import("../dist/training/data/face-set.js");
const { locateFerPlus, readFerPlus } = await import("../dist/training/data/ferplus.js");
const { readPhotos } = await import("../dist/training/detector/read-photos.js");
const { tarEntries } = await import("../dist/training/data/tar.js");
const { logitsOf, shiftOf } = await import("../dist/training/evaluate.js");
const { argmaxRow } = await import("../dist/training/metrics.js");

/** Size of the pictures, and of the faces in them: one after the other through these sizes. Pixels. */
const [width, height] = [640, 480];
const [least, largest] = [96, 160];
/** Width of the soft border as a share of the face's side. */
const soft = 0.08;

const { FER2013Valid } = await readFerPlus(locateFerPlus(join(data, "ferplus")));
const faces = pick(FER2013Valid, spread(Array.from({ length: FER2013Valid.count }, (_, i) => i), most));
const truths = Array.from({ length: faces.count }, (_, i) => emotionNames[faces.labels[i]]);
const places = truths.map((_, i) => {
  const side = least + ((i * 37) % (largest - least + 1));
  return { side, left: (i * 7919) % (width - side), top: (i * 6007) % (height - side) };
});

const cutPairs = await byReadyCut();
const readyCut = recallsOf(cutPairs);
const predictor = await openPath();
const { info } = predictor.engine;
const indices = truths.map((_, i) => i);
const roomPhotos = spread([...tarEntries(gunzipSync(readFileSync(negatives)))].filter((entry) => entry.path.endsWith(".jpg")), 100).map((entry) => entry.data);
const backgrounds = {
  "photo of a room": (i) => sharp(roomPhotos[i % roomPhotos.length]).resize(width, height, { fit: "cover" }).removeAlpha().toColourspace("srgb"),
  "plain grey": () => sharp({ create: { width, height, channels: 3, background: "#808080" } }),
};
const runs = [];
for (const [name, background] of Object.entries(backgrounds)) {
  const results = await predictAll(predictor, indices, (i) => pasted(i, background(i)));
  const pairs = results.map((r, i) => ({ truth: truths[i], predicted: labelAt(r, places[i]) }));
  const found = pairs.flatMap((p, i) => (p.predicted === undefined ? [] : [i]));
  runs.push({ name, notFound: pairs.length - found.length, all: recallsOf(pairs), found: recallsOf(found.map((i) => pairs[i])), sameReadyCut: recallsOf(found.map((i) => cutPairs[i])) });
}
const rooms = (await readPhotos(data)).filter(({ set, held }) => set === "room" && held);
const falseAlarms = (await predictAll(predictor, rooms, ({ bytes }) => bytes)).filter((result) => result.faces.length > 0).length;
await predictor[Symbol.asyncDispose]();

const result = { faces: faces.count, readyCut, runs, rooms: rooms.length, falseAlarms };
if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify(result, null, 1)}\n`);
else process.stdout.write(`${markdown()}\n`);
if (process.argv.includes("--write")) writeSection("pasted-faces", markdown());

/** The label of the largest face, where it is the pasted one. */
function labelAt({ faces: [face] }, { side, left, top }) {
  if (face === undefined) return undefined;
  const { box } = face;
  const [x, y] = [box.x + box.width / 2 - left, box.y + box.height / 2 - top];
  return x > 0 && y > 0 && x < side && y < side ? face.label : undefined;
}

/** PNG of face `i` on its background. */
async function pasted(i, background) {
  return background.composite([await softFace(faces, { index: i, tint: [1, 1, 1], soft }, places[i])]).png({ compressionLevel: 1 }).toBuffer();
}

async function byReadyCut() {
  const classifier = await openEmotionClassifier(join(root, "models/emotion"));
  const { manifest } = classifier;
  const logits = await logitsOf(classifier, faces, { ...manifest.input, mirror: true });
  await classifier.close();
  const probabilities = softmaxRows(logits, emotionNames.length, manifest.temperature, shiftOf(classifier, manifest.prior.tau));
  return truths.map((truth, i) => ({ truth, predicted: emotionNames[argmaxRow(probabilities, emotionNames.length, i)] }));
}

/** What accuracy loses from one to the other, in points. */
function points(from, to) {
  return (100 * (from.accuracy - to.accuracy)).toFixed(1);
}

function markdown() {
  return [
    `${faces.count} faces of FER2013Valid, ready-cut ${percent(readyCut.accuracy)} right (mean recall ${percent(readyCut.meanRecall)}), and pasted into pictures of ${width}x${height}, ${least} to ${largest} pixels wide;`,
    `${info.emotion.model} ${info.emotion.version}, faces by ${info.name} ${info.version}, label of the largest face.`,
    "",
    "| pasted on | not found | right, not found count as wrong | points lost | right of those found | the same faces ready-cut | points lost by the crop |",
    "|---|---|---|---|---|---|---|",
    ...runs.map((r) => `| ${r.name} | ${r.notFound} (${percent(r.notFound / faces.count)}) | ${percent(r.all.accuracy)} | ${points(readyCut, r.all)} | ${percent(r.found.accuracy)} | ${percent(r.sameReadyCut.accuracy)} | **${points(r.sameReadyCut, r.found)}** |`),
    "",
    `Of ${rooms.length} photos of rooms without people that training never saw, ${falseAlarms} had a face found in them.`,
    "",
    `${machine()}. Written by \`node bench/pasted-faces.mjs --faces ${most} --write\`.`,
  ].join("\n");
}
