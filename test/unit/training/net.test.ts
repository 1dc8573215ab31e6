import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openOnnxModel } from "../../../src/inference/onnx.js";
import { readCheckpoint } from "../../../src/training/checkpoint.js";
import { classCount, facePixels, faceSize, type FaceSet } from "../../../src/training/data/face-set.js";
import { exportOnnx, foldBatchNorm } from "../../../src/training/export-onnx.js";
import { EmotionNet } from "../../../src/training/net/emotion-net.js";
import { createOptimizerState, defaultOptimizerSettings, optimizerStep } from "../../../src/training/net/optimizer.js";
import { convolutionsOf, fullNetSpec, fastNetSpec, initialParameters, layoutOf, megaMultiplications, modelNameOf, netSpecs, separableNetSpec, type EmotionNetSpec } from "../../../src/training/net/spec.js";
import { openTensorflow, type Tensorflow } from "../../../src/training/net/tensorflow.js";
import { defaultPlan, pictureSizeAt, type TrainingPlan } from "../../../src/training/plan.js";
import { permutation, randomFor } from "../../../src/training/random.js";
import { defaultSchedule, learningRateAt } from "../../../src/training/schedule.js";
import { continueRun, judge, lastCheckpointName, startRun, type TrainingData } from "../../../src/training/train.js";

// Runs on tfjs-node where `npm run setup:training` was called, else on tfjs's JavaScript backend: the nets are tiny.
const tiny: EmotionNetSpec = { inputSize: 16, widths: [4, 8], convolutions: [1, 2], units: 16, stageDropout: [0.1, 0.1], denseDropout: [0.1, 0.2], classes: classCount };
const nets = { dense: tiny, separable: { ...tiny, separableFrom: 1 } } as const;
const plan: TrainingPlan = { ...defaultPlan, epochs: 3, batchSize: 14, net: tiny, smallShare: 1, smallSize: 16 };
let tensorflow: Tensorflow;
let folder: string;

beforeAll(async () => {
  tensorflow = await openTensorflow();
});
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "emostream-train-"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("the net", () => {
  it("has the full size that the issue of its design allows", () => {
    expect(megaMultiplications(fullNetSpec)).toBeLessThan(85);
    expect(layoutOf(fullNetSpec).size).toBeLessThan(1_000_000);
  });

  it("has a fast size of two fifths of the arithmetic; the model of the other says in its name that it is large", () => {
    expect(megaMultiplications(fastNetSpec)).toBeLessThan(0.41 * megaMultiplications(fullNetSpec));
    expect([fullNetSpec, fastNetSpec, tiny].map(modelNameOf)).toEqual(["emostream-emotion-large", "emostream-emotion", "emostream-emotion"]);
  });

  it("has a separable size of less than three quarters of that: each 3x3 convolution after the first stage sees one channel, and one of 1x1 mixes them", () => {
    expect(megaMultiplications(separableNetSpec)).toBeLessThan(0.71 * megaMultiplications(fastNetSpec));
    expect(convolutionsOf(nets.separable).map(({ name, kernel, seen, outputs }) => [name, kernel, seen, outputs])).toEqual([["conv1_1", 3, 1, 4], ["conv2_1.each", 3, 1, 4], ["conv2_1", 1, 4, 8], ["conv2_2.each", 3, 1, 8], ["conv2_2", 1, 8, 8]]);
    // 16x16 places of 9 x 4; 8x8 of 9 x 4, 4 x 8, 9 x 8 and 8 x 8; then the dense layers.
    expect(megaMultiplications(nets.separable)).toBeCloseTo((256 * 36 + 64 * (36 + 32 + 72 + 64) + 8 * 16 + 16 * classCount) / 1e6, 9);
  });

  it.each(["full", "fast", "separable"] as const)("starts near chance: %s", (name) => {
    const net = new EmotionNet(tensorflow, netSpecs[name]);
    const random = randomFor(2, "chance");
    const logits = net.predict(initialParameters(net.layout, 1), Float32Array.from({ length: 4 * 2304 }, () => random.normal()), 4);
    expect(Math.max(...logits.map(Math.abs))).toBeLessThan(2.5);
  });

  it.each([["dense", ["conv1_1/scale", "conv2_1/kernel", "conv2_2/offset", "hidden/kernel", "logits/bias"]], ["separable", ["conv1_1/kernel", "conv2_1.each/kernel", "conv2_1.each/scale", "conv2_2.each/kernel", "conv2_2/kernel"]]] as const)("has gradients that agree with differences of its loss: %s", (kind, names) => {
    const spec = { ...nets[kind], stageDropout: [0, 0], denseDropout: [0, 0] as const };
    const net = new EmotionNet(tensorflow, spec);
    const parameters = initialParameters(net.layout, 5);
    // Scales that start at 0 would keep what is before them from mattering.
    for (const p of net.layout.parameters) if (p.kind === "scale") parameters.fill(1, p.offset, p.offset + p.size);
    const random = randomFor(1, "batch");
    const batch = { pixels: Float32Array.from({ length: 8 * 256 }, () => random.normal()), targets: new Float32Array(8 * classCount), count: 8, size: 16 };
    for (let i = 0; i < 8; i++) batch.targets[i * classCount + (i % classCount)] = 1;
    const lossAt = (p: Float32Array) => net.step(p.slice(), batch, { seed: 1, step: 0 }).loss;
    const { gradients } = net.step(parameters.slice(), batch, { seed: 1, step: 0 });
    for (const name of names) {
      const p = net.layout.parameters.find((q) => q.name === name)!;
      const direction = Float32Array.from({ length: p.size }, () => random.normal());
      const by = (h: number) => {
        const moved = parameters.slice();
        for (let i = 0; i < p.size; i++) moved[p.offset + i]! += h * direction[i]!;
        return lossAt(moved);
      };
      const slope = (by(1e-3) - by(-1e-3)) / 2e-3;
      const expected = direction.reduce((s, d, i) => s + d * gradients[p.offset + i]!, 0);
      expect(Math.abs(slope - expected), name).toBeLessThan(2e-3 + 0.05 * Math.abs(expected));
    }
  });

  it("learns 42 faces by heart", { timeout: 60_000 }, async () => {
    const data = patterns(42);
    const still = { ...plan.augmentation, rotation: 0, scale: 0, shift: 0.02, shear: 0, blur: 0, erasing: 0, mixup: 0 };
    const quiet: TrainingPlan = { ...plan, epochs: 16, net: { ...tiny, stageDropout: [0, 0], denseDropout: [0, 0] }, augmentation: still, optimizer: { ...defaultOptimizerSettings, averageDecay: 0.8 }, schedule: { ...defaultSchedule, peak: 2e-2 } };
    const net = new EmotionNet(tensorflow, quiet.net);
    const start = startRun(net, quiet, data);
    const before = start.history[0]!;
    expect(before.epoch).toBe(0);
    expect(before.foldAccuracy).toBeLessThan(0.5);
    const end = await continueRun(tensorflow, data, start, folder, {}, new AbortController().signal);
    expect(end.complete).toBe(true);
    expect(judge(net, end.checkpoint.optimizer.average, data.train, start.plan.input!).accuracy).toBeGreaterThan(0.95);
    expect(tensorflow.tf.memory().numTensors).toBe(0);
  });

  it("goes on after a stop as if it had never stopped", { timeout: 60_000 }, async () => {
    const data = patterns(42);
    const net = new EmotionNet(tensorflow, plan.net);
    const straight = await continueRun(tensorflow, data, startRun(net, plan, data), join(folder, "straight"), {}, new AbortController().signal);
    const abort = new AbortController();
    // Stops in the middle of the second epoch.
    const stopped = await continueRun(tensorflow, data, startRun(net, plan, data), join(folder, "stopped"), { onStep: ({ step }) => step === 5 && abort.abort() }, abort.signal);
    expect(stopped.complete).toBe(false);
    const stored = await readCheckpoint(join(folder, "stopped", lastCheckpointName));
    expect(stored.optimizer.step).toBe(5);
    const resumed = await continueRun(tensorflow, data, stored, join(folder, "stopped"), {}, new AbortController().signal);
    expect(resumed.complete).toBe(true);
    expect(resumed.checkpoint.optimizer).toEqual(straight.checkpoint.optimizer);
    expect(resumed.checkpoint.history.map(withoutTime)).toEqual(straight.checkpoint.history.map(withoutTime));
  });

  it("ends with training_failed on a loss that is not a number, and keeps the checkpoint before", async () => {
    const data = patterns(42);
    const wild: TrainingPlan = { ...plan, input: { mean: Number.NaN, deviation: 1 } };
    const run = continueRun(tensorflow, data, startRun(new EmotionNet(tensorflow, wild.net), wild, data), folder, {}, new AbortController().signal);
    await expect(run).rejects.toThrow(expect.objectContaining({ code: "training_failed" }));
    expect((await readCheckpoint(join(folder, lastCheckpointName))).optimizer.step).toBe(0);
  });

  it("refuses an empty class and a damaged checkpoint", async () => {
    const data = patterns(42);
    data.train.labels.fill(0);
    expect(() => startRun(new EmotionNet(tensorflow, tiny), plan, data)).toThrow(/received none of disgust/);
    await writeFile(join(folder, "x.ckpt"), "not a checkpoint");
    await expect(readCheckpoint(join(folder, "x.ckpt"))).rejects.toThrow(expect.objectContaining({ code: "corrupt" }));
    await expect(readCheckpoint(join(folder, "none.ckpt"))).rejects.toThrow(expect.objectContaining({ code: "not_found" }));
  });
});

describe("export", () => {
  it("folds batch norm as computed by hand", () => {
    // One channel in, two out; the kernel's middle is 2 and 3, scale 1 and 2, deviation 1 and 2 (epsilon 0.001 taken off).
    const kernel = new Float32Array(18);
    kernel[8] = 2;
    kernel[9] = 3;
    const folded = foldBatchNorm(kernel, 1, 2, { scale: Float32Array.of(1, 2), offset: Float32Array.of(5, 6), mean: Float32Array.of(1, 4), variance: Float32Array.of(0.999, 3.999) });
    expect(folded.kernel[4]).toBeCloseTo(2, 5);
    expect(folded.kernel[9 + 4]).toBeCloseTo(3, 5);
    expect(folded.bias[0]).toBeCloseTo(4, 5);
    expect(folded.bias[1]).toBeCloseTo(2, 5);
  });

  it.each(["dense", "separable"] as const)("gives an ONNX model whose outputs equal those of TensorFlow.js within 1e-4: %s", async (kind) => {
    const net = new EmotionNet(tensorflow, nets[kind]);
    const random = randomFor(9, "parity");
    const parameters = initialParameters(net.layout, 9);
    // Away from the start, where scales are 1 and means 0.
    for (const p of net.layout.parameters) if (p.kind !== "kernel") for (let i = p.offset; i < p.offset + p.size; i++) parameters[i]! += random.between(0.1, 0.6);
    for (let i = 0; i < parameters.length; i++) parameters[i]! *= 1.3;
    const count = 5;
    const pixels = Float32Array.from({ length: count * 256 }, () => random.normal());
    await using model = await openOnnxModel(exportOnnx(nets[kind], parameters));
    expect(model.inputs).toEqual(["input"]);
    const { logits } = await model.run({ input: { data: pixels, shape: [count, 1, 16, 16] } });
    expect(logits!.shape).toEqual([count, classCount]);
    const expected = net.predict(parameters, pixels, count);
    expect(Math.max(...expected.map(Math.abs))).toBeGreaterThan(0.01);
    for (const [i, v] of expected.entries()) expect(Math.abs(logits!.data[i]! - v)).toBeLessThan(1e-4);
  });
});

describe("parts of a run", () => {
  it("draws the one-cycle rate", () => {
    expect(learningRateAt(defaultSchedule, 0, 100)).toBeCloseTo(defaultSchedule.peak / 25, 12);
    expect(learningRateAt(defaultSchedule, 25, 100)).toBeCloseTo(defaultSchedule.peak, 12);
    expect(learningRateAt(defaultSchedule, 99, 100)).toBeCloseTo(defaultSchedule.peak * 1e-4, 12);
  });

  it("shows small pictures for the first share of the epochs", () => {
    const sizes = Array.from({ length: 10 }, (_, epoch) => pictureSizeAt({ ...defaultPlan, epochs: 10, smallShare: 0.4 }, epoch));
    expect(sizes).toEqual([32, 32, 32, 32, 48, 48, 48, 48, 48, 48]);
  });

  it("takes AdamW's first step as computed by hand", () => {
    const spec = { ...tiny, widths: [1], convolutions: [1], units: 1 };
    const layout = layoutOf(spec);
    const state = createOptimizerState(layout, new Float32Array(layout.size).fill(1));
    const gradients = new Float32Array(layout.trained);
    gradients[0] = 0.5;
    optimizerStep(state, gradients, layout, 0.01, { ...defaultOptimizerSettings, weightDecay: 0.1 });
    // The first step is the rate times the sign, after the decay of the kernel; a bias without gradient stays.
    expect(state.parameters[0]).toBeCloseTo(1 * (1 - 0.001) - 0.01, 6);
    expect(state.parameters[layout.parameters.find((p) => p.kind === "bias")!.offset]).toBe(1);
  });

  it("names random numbers by their place", () => {
    expect(randomFor(1, "a").next()).toBe(randomFor(1, "a").next());
    expect(randomFor(1, "a").next()).not.toBe(randomFor(1, "b").next());
    expect([...permutation(50, randomFor(1, "p"))].toSorted((a, b) => a - b)).toEqual(Array.from({ length: 50 }, (_, i) => i));
    const random = randomFor(4, "moments");
    const values = Array.from({ length: 20_000 }, () => random.normal());
    expect(Math.abs(values.reduce((a, b) => a + b) / values.length)).toBeLessThan(0.03);
    const betas = Array.from({ length: 20_000 }, () => random.beta(0.2));
    // Variance of Beta(a, a) is 1 / (4 (2 a + 1)).
    expect(betas.reduce((s, b) => s + (b - 0.5) ** 2, 0) / betas.length).toBeCloseTo(1 / (4 * 1.4), 2);
  });

  it("writes its checkpoint atomically: readable at every epoch", async () => {
    const data = patterns(42);
    const seen: number[] = [];
    await continueRun(tensorflow, data, startRun(new EmotionNet(tensorflow, plan.net), plan, data), folder, { onEpoch: async () => void seen.push((await readCheckpoint(join(folder, lastCheckpointName))).optimizer.step) }, new AbortController().signal);
    expect(seen).toEqual([0, 3, 6, 9]);
    expect((await readFile(join(folder, lastCheckpointName))).length).toBeGreaterThan(1000);
  });
});

/** Faces of seven kinds that are easy to tell apart: stripes of seven directions. */
function patterns(count: number): TrainingData {
  const random = randomFor(2, "patterns");
  const set: FaceSet = { count, pixels: new Uint8Array(count * facePixels), targets: new Float32Array(count * classCount), labels: Uint8Array.from({ length: count }, (_, i) => i % classCount), agreement: new Float32Array(count).fill(1), names: Array.from({ length: count }, (_, i) => `p${i}`) };
  for (let face = 0; face < count; face++) {
    const k = set.labels[face]!;
    set.targets[face * classCount + k] = 1;
    // Symmetric under mirroring, since training mirrors: rings of seven widths.
    for (let i = 0; i < facePixels; i++) {
      const r = Math.hypot((i % faceSize) - 23.5, Math.floor(i / faceSize) - 23.5);
      set.pixels[face * facePixels + i] = 128 + 90 * Math.sin(r / (1.2 + k * 0.9)) + random.between(-10, 10);
    }
  }
  return { train: set, fold: set, key: "patterns" };
}

function withoutTime({ seconds: _seconds, imagesPerSecond: _rate, ...rest }: { readonly seconds: number; readonly imagesPerSecond: number }): unknown {
  return rest;
}
