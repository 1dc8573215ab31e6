import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openOnnxModel } from "../../../../src/inference/onnx.js";
import { readCheckpoint } from "../../../../src/training/checkpoint.js";
import { detectorInput, exportStage } from "../../../../src/training/detector/export-stage.js";
import { detectorLoss, hardest, lossSettings, targetCount, type LossTargets } from "../../../../src/training/detector/losses.js";
import { denseKiloMultiplications, initialStageParameters, outputCount, placedConvolutions, stageLayout, stageMegaMultiplications, stageNames, stageSpecs, strideOf, type StageSpec } from "../../../../src/training/detector/nets.js";
import { readSamples, SampleCollector, writeSamples, type SampleFile } from "../../../../src/training/detector/samples.js";
import { StageNet } from "../../../../src/training/detector/stage-net.js";
import { furtherPlan, settingsAt, stagePlans, type StagePlan } from "../../../../src/training/detector/stage-plan.js";
import { continueStage, startStage, stageCheckpointName, type StageCheckpoint } from "../../../../src/training/detector/train-stage.js";
import { drawIndices, indicesByKind, plainWindows, trainingWindows } from "../../../../src/training/detector/window-batch.js";
import { openTensorflow, type Tensorflow } from "../../../../src/training/net/tensorflow.js";
import { randomFor } from "../../../../src/training/random.js";
import { makeTempFolder, type TempFolder } from "../../../support/temp-folder.js";

// Runs on tfjs-node where `npm run setup:training` was called, else on tfjs's JavaScript backend: nets and sets are tiny.
const small = (name: "pnet" | "onet"): StageSpec => ({ name, size: 12, convolutions: [{ kernel: 3, stride: 2, outputs: 8 }, { kernel: 3, stride: 1, outputs: 8 }, { kernel: 3, stride: 1, outputs: 16 }] });
const separableStage: StageSpec = { name: "onet", size: 12, convolutions: [{ kernel: 3, stride: 2, outputs: 8 }, { kernel: 3, stride: 1, outputs: "depthwise" }, { kernel: 1, stride: 1, outputs: 16 }, { kernel: 3, stride: 1, outputs: "depthwise" }] };
const plan: StagePlan = { ...stagePlans.rnet, net: small("onet"), losses: { ...lossSettings.pnet, points: 1 }, epochs: 3, stepsPerEpoch: 4, batchSize: 28 };
let tensorflow: Tensorflow;
let folder: TempFolder;

beforeAll(async () => {
  tensorflow = await openTensorflow();
});
beforeEach(async () => {
  folder = await makeTempFolder();
});
afterEach(() => folder.remove());

describe("the nets", () => {
  it("take windows of 12, 24 and 48 to one pixel; P-Net's are four pixels apart", () => {
    for (const name of stageNames) expect(placedConvolutions(stageSpecs[name]).at(-1)!.side).toBe(1);
    expect(strideOf(stageSpecs.pnet)).toBe(4);
    expect(denseKiloMultiplications(stageSpecs.pnet)).toBeCloseTo((4 * 48 * 16 + 144 * 32 + 128 * 32 + 32 * 5) / 1000, 9);
    // 5x5, 2x2 and 1x1 places.
    expect(stageMegaMultiplications(stageSpecs.pnet)).toBeCloseTo((25 * 48 * 16 + 4 * 144 * 32 + 128 * 32 + 32 * 5) / 1e6, 9);
    expect(() => placedConvolutions({ ...stageSpecs.pnet, size: 16 })).toThrow(RangeError);
  });

  it("weigh at most 3 MB together and cost less than the paper's", () => {
    const bytes = stageNames.reduce((sum, name) => sum + exportStage(stageSpecs[name], initialStageParameters(stageLayout(stageSpecs[name]), 1)).length, 0);
    expect(bytes).toBeLessThan(3e6);
    expect(stageMegaMultiplications(stageSpecs.rnet)).toBeLessThan(1.5);
    expect(stageMegaMultiplications(stageSpecs.onet)).toBeLessThan(12.5);
  });
});

describe("losses", () => {
  it("agree with numbers worked out by hand", () => {
    const batch = targetsOf([{ face: 1 }, { face: 0 }, { face: 2, box: 1 }, { face: 2, points: 2 }, { face: 2, points: 1 }]);
    const outputs = new Float32Array(5 * outputCount);
    outputs[0] = Math.log(3); // probability 3/4 of a positive: loss log(4/3)
    outputs[outputCount] = 0; // log 2
    outputs[2 * outputCount + 1] = 0.5; // box: squared 0.25
    outputs[3 * outputCount + 5] = 1; // points, weight 2: squared 1
    outputs[4 * outputCount + 14] = 2; // points, weight 1: squared 4
    const all = detectorLoss(outputs, batch, { face: 1, box: 0.5, points: 1, distance: 0, hardShare: 1 });
    expect(all.faceLoss).toBeCloseTo((Math.log(4 / 3) + Math.LN2) / 2, 6);
    expect(all.boxLoss).toBeCloseTo(0.25, 6);
    expect(all.pointLoss).toBeCloseTo((2 * 1 + 1 * 4) / 3, 6);
    // One of five points is off: by 1 in a window of weight 2, by 2 in one of weight 1. Less 0.005, where the loss is rounded.
    expect(all.pointDistance).toBeCloseTo((2 * (1 / 5) + 1 * (2 / 5)) / 3 - 0.005 / 5, 4);
    expect(all.loss).toBeCloseTo(all.faceLoss + 0.5 * 0.25 + all.pointLoss, 6);
    expect(detectorLoss(outputs, batch, { ...lossSettings.pnet, hardShare: 1 }).loss).toBeCloseTo(all.faceLoss + 0.5 * 0.25 + 0.5 * all.pointLoss, 6);
  });

  it("count only the hardest share of the face losses", () => {
    expect([...hardest(Float32Array.from([1, 5, 2, 5, 0, 3, 4, 0, 0, 0]), 0.7)]).toEqual([1, 3, 6, 5, 2, 0, 4]);
    expect(hardest(Float32Array.from([3]), 0.7)).toHaveLength(1);
    const batch = targetsOf([{ face: 1 }, { face: 1 }, { face: 0 }, { face: 0 }]);
    const outputs = new Float32Array(4 * outputCount);
    [4, -1, -5, 2].forEach((logit, i) => (outputs[i * outputCount] = logit));
    const { faceLoss, gradient } = detectorLoss(outputs, batch, { ...lossSettings.pnet, hardShare: 0.5 });
    expect(faceLoss).toBeCloseTo((Math.log1p(Math.exp(1)) + Math.log1p(Math.exp(2))) / 2, 5);
    expect([0, 1, 2, 3].map((i) => gradient[i * outputCount] === 0)).toEqual([true, false, true, false]);
  });

  it("have the gradient of their differences", () => {
    const random = randomFor(3);
    const batch = targetsOf(Array.from({ length: 12 }, (_, i) => ({ face: i % 3, box: i % 2, points: (i % 4) / 2 })));
    batch.targets.forEach((_, i) => (batch.targets[i] = random.normal()));
    const outputs = Float32Array.from({ length: 12 * outputCount }, () => random.normal());
    const settings = { ...lossSettings.onet, distance: 7 };
    const { gradient } = detectorLoss(outputs, batch, settings);
    for (let i = 0; i < outputs.length; i += 7) {
      const at = (h: number) => detectorLoss(outputs.with(i, outputs[i]! + h), batch, settings).loss;
      expect((at(1e-3) - at(-1e-3)) / 2e-3).toBeCloseTo(gradient[i]!, 2);
    }
  });

  it("are 0 for windows that say nothing", () => {
    const { loss, gradient } = detectorLoss(new Float32Array(2 * outputCount).fill(1), targetsOf([{ face: 2 }, { face: 2 }]), lossSettings.onet);
    expect(loss).toBe(0);
    expect(gradient.every((g) => g === 0)).toBe(true);
  });
});

describe("windows", () => {
  it("come back from their file; other data is not taken for them", async () => {
    const data = blobs(20);
    await writeSamples(folder.file("s.bin"), data);
    expect(await readSamples(folder.file("s.bin"), data.key)).toEqual(data);
    expect(await readSamples(folder.file("s.bin"), "other")).toBeUndefined();
    expect(await readSamples(folder.file("none.bin"), data.key)).toBeUndefined();
  });

  it("of one view leave room for those of the next", () => {
    const collector = new SampleCollector(12, { negative: 6, positive: 6, part: 6, points: 6 });
    const seen: number[] = [];
    for (const share of [1 / 3, 2 / 3, 1]) {
      for (let i = 0; i < 9; i++) if (collector.hasRoom("positive", share)) collector.add(new Uint8Array(432), { kind: "positive", target: Array<number>(targetCount).fill(0) });
      seen.push(collector.counts.positive);
    }
    expect(seen).toEqual([2, 4, 6]);
    collector.add(new Uint8Array(432), { kind: "positive" });
    expect([collector.counts.positive, collector.hasRoom("positive"), collector.hasRoom("part", 1 / 3)]).toEqual([6, false, true]);
    expect(collector.finish().count).toBe(6);
  });

  it("are drawn by their shares, the same for the same place", () => {
    const byKind = indicesByKind(blobs(40).train.kinds);
    const drawn = drawIndices(byKind, 70, randomFor(1, "a"));
    expect(drawn).toEqual(drawIndices(byKind, 70, randomFor(1, "a")));
    const of = (kind: keyof typeof byKind) => drawn.filter((i) => byKind[kind].includes(i)).length;
    expect([of("negative"), of("positive"), of("part"), of("points")]).toEqual([30, 10, 10, 20]);
    expect(drawIndices({ ...byKind, points: new Uint32Array(0) }, 50, randomFor(1)).filter((i) => byKind.negative.includes(i))).toHaveLength(30);
  });

  it("mirror pixels and targets alike, and cover no window without points with a mask", () => {
    const { train } = blobs(8);
    const still = { flip: 1, contrast: 0, brightness: 0, colour: 0, grey: 0, blur: 0, far: 0, farthest: 1, noise: 0, noiseDeviation: 0, mask: 0, patch: 0 };
    const [plain, mirrored] = [plainWindows(train, [0, 1, 2, 3]), trainingWindows(train, [0, 1, 2, 3], still, randomFor(1))];
    for (let i = 0; i < 4; i++) for (let y = 0; y < 12; y++) for (let x = 0; x < 36; x++) {
      const other = (11 - Math.floor(x / 3)) * 3 + (x % 3);
      expect(mirrored.pixels[(i * 12 + y) * 36 + x]).toBeCloseTo(plain.pixels[(i * 12 + y) * 36 + other]!, 5);
    }
    expect(mirrored.targets[targetCount]).toBeCloseTo(-plain.targets[targetCount + 2]!, 6);
    const masked = trainingWindows(train, Array.from({ length: 8 }, (_, i) => i), { ...still, flip: 0, mask: 1 }, randomFor(2));
    const same = (i: number) => masked.pixels.subarray(i * 432, (i + 1) * 432).every((v, k) => Math.abs(v - plainWindows(train, [i]).pixels[k]!) < 1e-5);
    for (let i = 0; i < 8; i++) expect(same(i), `${i}`).toBe(masked.pointWeights[i] === 0);
  });
});

describe("the plan of a stage", () => {
  it("weighs its losses otherwise at the end, at a rate of their own that falls to 0; until then nothing tells of it", () => {
    const whole: StagePlan = { ...plan, epochs: 5, stepsPerEpoch: 10, finish: { epochs: 2, losses: { ...plan.losses, points: 7 }, rate: 1e-3 } };
    const short: StagePlan = { ...plan, epochs: 3, stepsPerEpoch: 10 };
    for (const step of [0, 12, 29]) expect(settingsAt(whole, step)).toEqual(settingsAt(short, step));
    expect([30, 40, 49].map((step) => settingsAt(whole, step).losses.points)).toEqual([7, 7, 7]);
    expect(settingsAt(whole, 30).rate).toBeCloseTo(1e-3, 9);
    expect(settingsAt(whole, 40).rate).toBeCloseTo(5e-4, 9);
    expect(settingsAt(whole, 49).rate).toBeLessThan(1e-5);
  });
});

describe("a stage that goes on from a trained net", () => {
  it("is all finish, with small steps", () => {
    const further = furtherPlan(stagePlans.onet);
    expect(further.losses).toEqual(stagePlans.onet.finish!.losses);
    expect(further.losses.distance).toBeGreaterThan(0);
    expect([further.finish, further.schedule.peak < stagePlans.onet.schedule.peak, further.net]).toEqual([undefined, true, stagePlans.onet.net]);
    expect(furtherPlan(stagePlans.rnet).losses).toEqual(stagePlans.rnet.losses);
  });
});

describe("windows seen from afar", () => {
  const still = { flip: 0, contrast: 0, brightness: 0, colour: 0, grey: 0, blur: 0, far: 1, farthest: 4, noise: 0, noiseDeviation: 0, mask: 0, patch: 0 };
  it("keep a plain window, and lose what is finer than their pixels, not their mean", () => {
    const plain = only(24, () => 90);
    const [same, was] = [trainingWindows(plain, [0], still, randomFor(1)).pixels, plainWindows(plain, [0]).pixels];
    for (const [i, v] of same.entries()) expect(v).toBeCloseTo(was[i]!, 4);
    const checked = only(24, (x, y) => ((x + y) % 2 === 0 ? 200 : 40));
    const coarse = spreadOf(trainingWindows(checked, [0], { ...still, farthest: 4 }, { ...randomFor(1), next: () => 0.9 }).pixels);
    const fine = spreadOf(plainWindows(checked, [0]).pixels);
    expect(coarse.mean).toBeCloseTo(fine.mean, 1);
    expect(coarse.deviation).toBeLessThan(0.3 * fine.deviation);
  });

  it("are not made of P-Net's windows, which are as small as can be; noise has the deviation that is asked for", () => {
    const tiny = only(12, (x) => 20 * x);
    expect(trainingWindows(tiny, [0], still, randomFor(1)).pixels).toEqual(plainWindows(tiny, [0]).pixels);
    const grey = only(24, () => 128);
    const noisy = trainingWindows(grey, new Uint8Array(300), { ...still, far: 0, noise: 1, noiseDeviation: 10 }, randomFor(1)).pixels;
    // Each window's deviation is drawn from 0 to 10: the root of its mean square is 10 / sqrt(3).
    expect(spreadOf(noisy).deviation).toBeCloseTo(10 / Math.sqrt(3) / detectorInput.deviation, 2);
  });
});

describe("training a stage", () => {
  it.each([["dense", plan.net, ["conv1/kernel", "conv2/scale", "conv3/offset", "heads/kernel", "heads/bias"]], ["separable", separableStage, ["conv1/kernel", "conv2/kernel", "conv2/offset", "conv3/kernel", "conv4/kernel", "conv4/scale"]]] as const)("has gradients that agree with differences of its loss: %s", (_kind, spec, names) => {
    const net = new StageNet(tensorflow, spec);
    const parameters = initialStageParameters(net.layout, 5);
    const batch = plainWindows(blobs(16).train, Array.from({ length: 16 }, (_, i) => i));
    const settings = { ...lossSettings.onet, hardShare: 1 };
    const { gradients } = net.step(parameters.slice(), batch, settings);
    for (const name of names) {
      const p = net.layout.parameters.find((q) => q.name === name)!;
      const random = randomFor(1, name);
      const direction = Float32Array.from({ length: p.size }, () => random.normal());
      const by = (h: number) => {
        const moved = parameters.slice();
        for (let i = 0; i < p.size; i++) moved[p.offset + i]! += h * direction[i]!;
        return net.step(moved, batch, settings).loss;
      };
      const slope = (by(1e-3) - by(-1e-3)) / 2e-3;
      const expected = direction.reduce((s, d, i) => s + d * gradients[p.offset + i]!, 0);
      expect(Math.abs(slope - expected), name).toBeLessThan(3e-3 + 0.05 * Math.abs(expected));
    }
  });

  it("learns 40 windows by heart", { timeout: 60_000 }, async () => {
    const data = blobs(40);
    const quiet: StagePlan = { ...plan, epochs: 5, stepsPerEpoch: 20, augmentation: { ...plan.augmentation, flip: 0, mask: 0, patch: 0, blur: 0 }, optimizer: { ...plan.optimizer, averageDecay: 0.8 }, schedule: { ...plan.schedule, peak: 2e-2 } };
    const learned = { ...data, held: data.train };
    const { checkpoint } = await run(quiet, learned);
    const [first, last] = [checkpoint.history[0]!, checkpoint.history.at(-1)!];
    expect([last.heldFound, last.heldFalse]).toEqual([1, 0]);
    expect(last.heldFaceLoss).toBeLessThan(0.1 * first.heldFaceLoss);
    expect(last.heldBoxLoss).toBeLessThan(0.2 * first.heldBoxLoss);
    expect(last.heldPointLoss).toBeLessThan(0.2 * first.heldPointLoss);
  });

  it("goes on after a stop as if it had never stopped", { timeout: 60_000 }, async () => {
    const data = blobs(40);
    const whole = await run(plan, data);
    const abort = new AbortController();
    const cut = await run(plan, data, { signal: abort.signal, onStep: (step) => step === 6 && abort.abort() });
    expect(cut.complete).toBe(false);
    const stored = await readCheckpoint<StageCheckpoint["plan"], StageCheckpoint["history"][number], StageCheckpoint["sums"]>(folder.file(stageCheckpointName("onet")));
    expect(stored.optimizer.step).toBe(6);
    const rest = await run(plan, data, { from: stored });
    expect(rest.complete).toBe(true);
    expect(rest.checkpoint.optimizer).toEqual(whole.checkpoint.optimizer);
    expect(timeless(rest.checkpoint)).toEqual(timeless(whole.checkpoint));
  });

  it("refuses a set without faces, and a loss that is not a number leaves the checkpoint whole", async () => {
    const data = blobs(40);
    const none = { ...data, train: { ...data.train, kinds: data.train.kinds.map(() => 0) } };
    expect(() => startStage(new StageNet(tensorflow, plan.net), plan, none)).toThrow(expect.objectContaining({ code: "training_failed" }));
    const broken = { ...data, train: { ...data.train, targets: data.train.targets.map(() => Number.NaN) } };
    await expect(run(plan, broken)).rejects.toThrow(expect.objectContaining({ code: "training_failed" }));
    expect((await readCheckpoint(folder.file(stageCheckpointName("onet")))).optimizer.step).toBe(0);
  });
});

describe("export", () => {
  it.each(["pnet", "rnet", "onet"] as const)("gives ONNX Runtime what TensorFlow computes: %s", async (name) => {
    const spec = stageSpecs[name];
    const net = new StageNet(tensorflow, spec);
    const random = randomFor(7, name);
    // Statistics and scales of a net that has learned something.
    const parameters = initialStageParameters(net.layout, 2);
    for (const p of net.layout.parameters) if (p.kind !== "kernel") for (let i = 0; i < p.size; i++) parameters[p.offset + i]! += p.kind === "variance" ? random.next() : 0.2 * random.normal();
    const count = 5;
    const area = spec.size ** 2;
    const pixels = Float32Array.from({ length: count * area * 3 }, () => random.between(-1, 1));
    const planar = Float32Array.from({ length: pixels.length }, (_, i) => pixels[Math.floor(i / (3 * area)) * 3 * area + (i % area) * 3 + (Math.floor(i / area) % 3)]!);
    const expected = net.predict(parameters, pixels, count);
    await using model = await openOnnxModel(exportStage(spec, parameters));
    expect(model.outputs).toEqual(["answers"]);
    const { answers } = await model.run({ input: { data: planar, shape: [count, 3, spec.size, spec.size] } });
    const served = name === "onet" ? outputCount : 5;
    expect(answers!.shape).toEqual(name === "pnet" ? [count, served, 1, 1] : [count, served]);
    for (let i = 0; i < count; i++) for (let k = 0; k < served; k++) expect(Math.abs(answers!.data[i * served + k]! - expected[i * outputCount + k]!)).toBeLessThan(1e-4);
  });

  it("lets P-Net answer for every window of a picture, four pixels apart", async () => {
    const spec = stageSpecs.pnet;
    const net = new StageNet(tensorflow, spec);
    const parameters = initialStageParameters(net.layout, 2);
    const [width, height] = [21, 16];
    const planar = Float32Array.from({ length: 3 * width * height }, (_, i) => Math.sin(i * 0.37));
    await using model = await openOnnxModel(exportStage(spec, parameters));
    const { answers } = await model.run({ input: { data: planar, shape: [1, 3, height, width] } });
    expect(answers!.shape).toEqual([1, 5, 2, 3]);
    const window = Float32Array.from({ length: 432 }, (_, i) => planar[(i % 3) * width * height + (4 + Math.floor(i / 36)) * width + 8 + (Math.floor(i / 3) % 12)]!);
    const expected = net.predict(parameters, window, 1);
    for (let k = 0; k < 5; k++) expect(answers!.data[k * 6 + 1 * 3 + 2]).toBeCloseTo(expected[k]!, 4);
  });
});

function timeless(c: StageCheckpoint) {
  return c.history.map(({ seconds: _s, imagesPerSecond: _i, ...r }) => r);
}

function targetsOf(rows: readonly { face: number; box?: number; points?: number }[]): LossTargets {
  return { count: rows.length, faces: Float32Array.from(rows, (r) => r.face), targets: new Float32Array(rows.length * targetCount), boxWeights: Float32Array.from(rows, (r) => r.box ?? 0), pointWeights: Float32Array.from(rows, (r) => r.points ?? 0) };
}

/** Dark windows with a bright spot where a face would be; every kind, all different. */
function blobs(count: number): SampleFile {
  const of = (name: string) => {
    const collector = new SampleCollector(12, { negative: count, positive: count, part: count, points: count });
    for (let i = 0; i < count; i++) {
      const random = randomFor(name, i);
      const kind = (["negative", "positive", "part", "points"] as const)[i % 4]!;
      const [x, y] = [random.between(3, 9), random.between(3, 9)];
      const light = kind === "negative" ? 0 : 180;
      const pixels = Uint8Array.from({ length: 432 }, (_, k) => 20 + random.below(30) + light * Math.exp(-(((Math.floor(k / 3) % 12) - x) ** 2 + (Math.floor(k / 36) - y) ** 2) / 4));
      const [dx, dy] = [(x - 6) / 12, (y - 6) / 12];
      const points = [0.3, 0.4, 0.7, 0.4, 0.5, 0.6, 0.35, 0.75, 0.65, 0.75].map((v, k) => v + (k % 2 === 0 ? dx : dy));
      collector.add(pixels, kind === "negative" ? { kind } : kind === "points" ? { kind, target: [0, 0, 0, 0, ...points], pointWeight: 1 } : { kind, target: [dx, dy, dx, dy] });
    }
    return collector.finish();
  };
  return { key: "blobs", train: of("train"), held: of("held") };
}

function run(own: StagePlan, data: SampleFile, { from, signal = new AbortController().signal, onStep }: { from?: StageCheckpoint; signal?: AbortSignal; onStep?: (step: number) => void } = {}) {
  const start = from ?? startStage(new StageNet(tensorflow, own.net), own, data);
  return continueStage(tensorflow, data, start, folder.path, onStep === undefined ? {} : { onStep: ({ step }) => onStep(step) }, signal);
}

/** One negative window of side `side`, grey by place. */
function only(side: number, at: (x: number, y: number) => number) {
  const collector = new SampleCollector(side, { negative: 1, positive: 0, part: 0, points: 0 });
  collector.add(Uint8Array.from({ length: side * side * 3 }, (_, i) => at(Math.floor(i / 3) % side, Math.floor(i / 3 / side))), { kind: "negative" });
  return collector.finish();
}

function spreadOf(values: Float32Array) {
  const mean = values.reduce((a, b) => a + b, 0) / values.length;
  return { mean, deviation: Math.sqrt(values.reduce((sum, v) => sum + (v - mean) ** 2, 0) / values.length) };
}
