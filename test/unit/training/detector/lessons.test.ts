import { beforeAll, describe, expect, it } from "vitest";
import { exportStage } from "../../../../src/training/detector/export-stage.js";
import { mirrorTarget } from "../../../../src/training/detector/face-geometry.js";
import { lessonsBy, mixIn, teachingBy } from "../../../../src/training/detector/lessons.js";
import { faceLabels, targetCount } from "../../../../src/training/detector/losses.js";
import { initialStageParameters, outputCount, type StageSpec } from "../../../../src/training/detector/nets.js";
import { SampleCollector, type Samples } from "../../../../src/training/detector/samples.js";
import { StageNet, type WindowBatch } from "../../../../src/training/detector/stage-net.js";
import { plainWindows, trainingWindows } from "../../../../src/training/detector/window-batch.js";
import { openTensorflow, type Tensorflow } from "../../../../src/training/net/tensorflow.js";
import { randomFor } from "../../../../src/training/random.js";

const spec = (name: "rnet" | "onet"): StageSpec => ({ name, size: 12, convolutions: [{ kernel: 4, stride: 2, outputs: 8 }, { kernel: 5, stride: 1, outputs: 16 }] });
const still = { flip: 0, contrast: 0, brightness: 0, colour: 0, grey: 0, blur: 0, far: 0, farthest: 1, noise: 0, noiseDeviation: 0, mask: 0, patch: 0 };
const never = new AbortController().signal;
let tensorflow: Tensorflow;

beforeAll(async () => {
  tensorflow = await openTensorflow();
});

describe("lessons", () => {
  it("are what the net says of each window and of its mirror image, turned back, on average", async () => {
    const samples = noise(5);
    const { net, parameters, model } = teacher("onet");
    const { answers } = await lessonsBy(model, samples, never);
    expect(answers).toHaveLength(5 * outputCount);
    const all = [0, 1, 2, 3, 4];
    const looks = [plainWindows(samples, all), trainingWindows(samples, all, { ...still, flip: 1 }, randomFor(1))].map(({ pixels }) => net.predict(parameters, pixels, 5));
    for (const i of all) {
      const [plain, turned] = looks.map((rows) => rows.slice(i * outputCount, (i + 1) * outputCount)) as [Float32Array, Float32Array];
      mirrorTarget(turned.subarray(1));
      const mean = plain.map((v, k) => (k === 0 ? (logistic(v) + logistic(turned[k]!)) / 2 : (v + turned[k]!) / 2));
      for (const [k, v] of mean.entries()) expect(answers[i * outputCount + k]).toBeCloseTo(v, 4);
    }
  });

  it("have no points from a net that says none, and end when they are to", async () => {
    const { model } = teacher("rnet");
    const { answers } = await lessonsBy(model, noise(2), never);
    expect([...answers.subarray(5, 15)].every(Number.isNaN)).toBe(true);
    expect([...answers.subarray(0, 5)].some(Number.isNaN)).toBe(false);
    await expect(lessonsBy(model, noise(2), AbortSignal.abort())).rejects.toThrow(expect.objectContaining({ code: "cancelled" }));
    await expect(lessonsBy(new Uint8Array(9), noise(2), never)).rejects.toThrow(expect.objectContaining({ code: "model_invalid" }));
  });

  it("make their share of labels, and stand alone where there are none and the teacher is certain", () => {
    const face = mixed({ face: 1, box: 1, points: 0 }, said(0.8), 0.7);
    expect(face.faces[0]).toBeCloseTo(0.3 + 0.7 * 0.8, 6);
    expect(face.targets[0]).toBeCloseTo(0.3 * 0.5 + 0.7, 6);
    // No point is labelled, and the teacher not certain.
    expect([face.pointWeights[0], face.targets[4]]).toEqual([0, 0.5]);
    const part = mixed({ face: faceLabels.none, box: 1, points: 0 }, said(0.95), 0.7);
    expect(part.faces[0]).toBeCloseTo(0.95, 6);
    expect(part.pointWeights[0]).toBeCloseTo(0.7, 6);
    expect(part.targets[4]).toBe(1);
    const pointless = mixed({ face: 0, box: 0, points: 0 }, said(0.2).fill(NaN, 5), 0.5);
    expect([pointless.faces[0], pointless.boxWeights[0], pointless.pointWeights[0]]).toEqual([expect.closeTo(0.1, 6), 0, 0]);
  });

  it("lie in a mirrored window as they are seen there", () => {
    const samples = noise(1);
    const answers = Float32Array.from({ length: outputCount }, (_, k) => k / 20);
    const [plain, turned] = [0, 1].map((flip) => trainingWindows(samples, [0], { ...still, flip }, randomFor(1), { answers, share: 1 }).targets) as [Float32Array, Float32Array];
    expect(turned).not.toEqual(plain);
    mirrorTarget(turned);
    for (const [k, v] of turned.entries()) expect(v).toBeCloseTo(plain[k]!, 6);
    expect(plain[0]).toBeCloseTo(1 / 20, 6);
  });

  it("name their teacher by its bytes", () => {
    expect(teachingBy(new Uint8Array(3)).sha256).not.toBe(teachingBy(new Uint8Array(4)).sha256);
  });
});

function teacher(name: "rnet" | "onet") {
  const net = new StageNet(tensorflow, spec(name));
  const random = randomFor(3, name);
  const parameters = initialStageParameters(net.layout, 4);
  for (const p of net.layout.parameters) if (p.name.startsWith("heads")) for (let i = 0; i < p.size; i++) parameters[p.offset + i]! += 0.3 * random.normal();
  return { net, parameters, model: exportStage(spec(name), parameters) };
}

/** Positive windows of noise with targets of a half. */
function noise(count: number): Samples {
  const collector = new SampleCollector(12, { negative: 0, positive: count, part: 0, points: 0 });
  const random = randomFor("noise");
  for (let i = 0; i < count; i++) collector.add(Uint8Array.from({ length: 432 }, () => random.below(256)), { kind: "positive", target: Array<number>(targetCount).fill(0.5), pointWeight: 1 });
  return collector.finish();
}

function said(score: number): Float32Array {
  return Float32Array.from([score, ...Array<number>(14).fill(1)]);
}

function mixed({ face, box, points }: { readonly face: number; readonly box: number; readonly points: number }, answers: Float32Array, part: number): WindowBatch {
  const batch: WindowBatch = { count: 1, pixels: new Float32Array(0), faces: Float32Array.of(face), targets: new Float32Array(targetCount).fill(0.5), boxWeights: Float32Array.of(box), pointWeights: Float32Array.of(points) };
  mixIn(batch, 0, answers, part);
  return batch;
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x));
}
