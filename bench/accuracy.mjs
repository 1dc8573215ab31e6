// Emotions of both our models beside Human's emotion model: the same ready-cut faces of FER2013Valid, in the same run. And the time of each net for a
// face alone, for one of a batch of 16, and for the same net in tfjs-wasm, one thread each. Beside Python's `fer` package too, where the Python named has it.
//
// Usage, after `npm run build`: node bench/accuracy.mjs [--data ../shared/data/ferplus] [--faces 4000] [--python bench/.venv/bin/python] [--json] [--write]
import { existsSync } from "node:fs";
import { join } from "node:path";
import { askFer, install } from "./fer.mjs";
import { machine, median, option, root, writeSection } from "./report.mjs";

const data = option("data", join(root, "../shared/data/ferplus"));
const most = Number(option("faces", "4000"));
const rounds = 20;
/** Runs of a net in a row, of which the first, which finds the caches full of another's weights, does not count: whoever serves runs one net all the time. */
const inARow = 8;

if (!existsSync(join(root, "dist/training/index.js"))) fail("not built: npm run build");
const { emotionNames } = await import("../dist/core/emotions.js");
const { openEmotionClassifier } = await import("../dist/inference/emotion/classifier.js");
const { softmaxRows } = await import("../dist/inference/emotion/probabilities.js");
const { openHuman } = await import("../dist/inference/human-runtime.js");
const { humanEmotions } = await import("../dist/inference/human-emotions.js");
const { pick } = await import("../dist/training/data/face-set.js");
const { locateFerPlus, readFerPlus } = await import("../dist/training/data/ferplus.js");
const { logitsOf, shiftOf, shortFigures } = await import("../dist/training/evaluate.js");
const { initialParameters, layoutOf, netSpecs } = await import("../dist/training/net/spec.js");
const { exportOnnx } = await import("../dist/training/export-onnx.js");
const { openOnnxModel } = await import("../dist/inference/onnx.js");
const { decodeOnnx } = await import("../dist/training/onnx-decode.js");

const { FER2013Valid } = await readFerPlus(locateFerPlus(data));
const every = Math.ceil(FER2013Valid.count / most);
const faces = pick(FER2013Valid, Array.from({ length: Math.ceil(FER2013Valid.count / every) }, (_, i) => i * every));

const classifiers = [await openEmotionClassifier(join(root, "models/emotion")), await openEmotionClassifier(join(root, "models/emotion-large"))];
const ours = async (classifier, prior, mirror) => {
  const { manifest } = classifier;
  const logits = await logitsOf(classifier, faces, { equalize: manifest.input.equalize, blurSigma: manifest.input.blurSigma, mirror });
  return shortFigures(faces, softmaxRows(logits, emotionNames.length, manifest.temperature, shiftOf(classifier, prior)));
};
const { human, tf } = await openHuman({ minScore: 0.5, maxFaces: 20 });
const figures = {};
for (const classifier of classifiers) {
  const { name, modelVersion, prior } = classifier.manifest;
  const told = `${name} ${modelVersion}`;
  figures[`${told}, stills (tau ${prior.tau}, with a look in the mirror)`] = await ours(classifier, prior.tau, true);
  figures[`${told}, films (tau ${prior.tau})`] = await ours(classifier, prior.tau, false);
  figures[`${told}, stills, as trained`] = await ours(classifier, "training", true);
}
figures[`Human ${human.version}`] = shortFigures(faces, await byHuman());
const fer = byFer();
if (fer.rows !== undefined) figures[`fer ${fer.version}`] = shortFigures(faces, fer.rows);
else process.stderr.write(`fer is left out: ${fer.reason}\n`);
const times = {};
for (const [name, spec] of Object.entries(netSpecs)) times[name] = await timeNets(spec);

const result = { faces: faces.count, figures, times };
if (process.argv.includes("--json")) process.stdout.write(`${JSON.stringify(result, null, 1)}\n`);
else process.stdout.write(`${markdown()}\n`);
if (process.argv.includes("--write")) writeSection("accuracy", markdown());
process.exit(0);

async function byHuman() {
  const classify = humanEmotions({ human, tf });
  const rows = new Float64Array(faces.count * emotionNames.length);
  for (let i = 0; i < faces.count; i++) {
    const grey = faces.pixels.subarray(i * 2304, (i + 1) * 2304);
    const face = tf.tensor3d(Float32Array.from({ length: grey.length * 3 }, (_, k) => grey[Math.floor(k / 3)] / 255), [48, 48, 3]);
    const [scores] = await classify([face]);
    face.dispose();
    rows.set(emotionNames.map((name) => scores[name]), i * emotionNames.length);
  }
  return rows;
}

/** Probabilities by Python's `fer`, or why there are none. Install it into an environment of its own and name its Python. */
function byFer() {
  const { document, missing, failed } = askFer("fer_package.py", [], Buffer.from(faces.pixels));
  if (document === undefined) return { reason: failed ?? `${missing} (${install})` };
  return { version: document.version, rows: Float64Array.from(document.rows.flat()) };
}

/**
 * The same net in tfjs-wasm, as well as that can have it: weights stay where it computes, batch norm is folded, bias and ReLU are part of the convolutions, as TensorFlow.js's own
 * converter leaves a model.
 */
function inTfjs(model) {
  const { nodes, constants } = decodeOnnx(model);
  const stored = new Map(constants.map((constant) => [constant.name, constant]));
  const tensorOf = (name) => tf.tensor(stored.get(name).values, [...stored.get(name).shape]);
  /** As TensorFlow has it: height, width, inputs, outputs; a depthwise one's inputs before its outputs for each. */
  const filterOf = (name, isDepthwise) => tf.transpose(tensorOf(name), isDepthwise ? [2, 3, 0, 1] : [2, 3, 1, 0]);
  // All that hangs on no pixel is done before the first.
  const steps = nodes.map(({ type, inputs: [x, y, bias], output, attributes }) => {
    const activation = nodes.some((n) => n.type === "Relu" && n.inputs[0] === output) ? "relu" : "linear";
    const operations = {
      Conv() {
        const isDepthwise = attributes.group !== undefined;
        const convolution = { filter: filterOf(y, isDepthwise), strides: 1, pad: "same", bias: tensorOf(bias), activation };
        const convolve = isDepthwise ? tf.fused.depthwiseConv2d : tf.fused.conv2d;
        return (made) => convolve({ x: made.get(x), ...convolution });
      },
      Gemm() {
        const dense = { b: tensorOf(y), bias: tensorOf(bias), activation };
        return (made) => tf.fused.matMul({ a: made.get(x), ...dense });
      },
      // Part of the convolution or the dense layer before, but after a sum.
      Relu: () => (nodes.find((n) => n.output === x).type === "Add" ? (made) => tf.relu(made.get(x)) : (made) => made.get(x)),
      Add: () => (made) => tf.add(made.get(x), made.get(y)),
      MaxPool: () => (made) => tf.maxPool(made.get(x), 2, 2, "valid"),
      GlobalAveragePool: () => (made) => tf.mean(made.get(x), [1, 2]),
      Flatten: () => (made) => made.get(x),
    };
    return { output, run: operations[type]() };
  });
  return (pixels) => {
    const logits = tf.tidy(() => {
      const made = new Map([["input", tf.tensor(pixels, [1, 48, 48, 1])]]);
      for (const { output, run } of steps) made.set(output, run(made));
      return made.get("logits");
    });
    const answer = logits.dataSync();
    logits.dispose();
    return answer;
  };
}

/** Medians in milliseconds a face, taken in turns so that whatever else the machine does hits all alike. */
async function timeNets(spec) {
  const model = exportOnnx(spec, initialParameters(layoutOf(spec), 1));
  const onnx = await openOnnxModel(model);
  const wasm = inTfjs(model);
  const [input1, input16] = [1, 16].map((n) => Float32Array.from({ length: n * 2304 }, (_, i) => Math.sin(i)));
  const runs = {
    alone: () => onnx.run({ input: { data: input1, shape: [1, 1, 48, 48] } }),
    ofSixteen: () => onnx.run({ input: { data: input16, shape: [16, 1, 48, 48] } }),
    tfjsWasm: () => wasm(input1),
  };
  const [byOnnx, byTfjs] = [(await runs.alone()).logits.data, runs.tfjsWasm()];
  if (byOnnx.some((v, i) => Math.abs(v - byTfjs[i]) > 1e-3)) fail("tfjs-wasm computes another net");
  const taken = { alone: [], ofSixteen: [], tfjsWasm: [] };
  for (let round = -2; round < rounds; round++) {
    for (const [name, run] of Object.entries(runs)) {
      for (let i = 0; i < inARow; i++) {
        const started = performance.now();
        await run();
        if (round >= 0 && i > 0) taken[name].push((performance.now() - started) / (name === "ofSixteen" ? 16 : 1));
      }
    }
  }
  return Object.fromEntries(Object.entries(taken).map(([name, values]) => [name, median(values)]));
}

function markdown() {
  const rows = Object.entries(figures).map(([name, f]) => `| ${name} | ${percent(f.accuracy)} | ${percent(f.accuracyAgreed)} | ${percent(f.meanRecall)} | ${f.macroF1.toFixed(3)} | ${f.ece.toFixed(3)} |`);
  return [
    `${faces.count} ready-cut faces of FER2013Valid; ${machine()}.`,
    "",
    "| | accuracy | where annotators agree | mean recall | macro F1 | calibration error |",
    "|---|---|---|---|---|---|",
    ...rows,
    "",
    ...(fer.rows === undefined ? [`Python's \`fer\` package: ${fer.reason}.`, ""] : []),
    `Time of the nets that \`train emotion --net\` knows, untrained, one thread, ms a face, ${inARow} runs in a row of which the first does not count (\`fast\` is ${classifiers[0].manifest.name}, \`full\` ${classifiers[1].manifest.name}):`,
    "",
    "| net | a face alone | in a batch of 16 | the same net in tfjs-wasm, a face alone | times as long |",
    "|---|---|---|---|---|",
    ...Object.entries(times).map(([name, { alone, ofSixteen, tfjsWasm }]) => `| ${name} | ${alone.toFixed(2)} | ${ofSixteen.toFixed(2)} | ${tfjsWasm.toFixed(1)} | ${(tfjsWasm / alone).toFixed(1)} |`),
  ].join("\n");
}

function percent(share) {
  return `${(100 * share).toFixed(1)} %`;
}

function fail(text) {
  process.stderr.write(`${text}\n`);
  process.exit(1);
}
