import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { Picture } from "../../../src/core/frame.js";
import { openEmotionClassifier } from "../../../src/inference/emotion/classifier.js";
import { readCheckpoint } from "../../../src/training/checkpoint.js";
import { exportEmotion, recordAnew, trainEmotion, type TrainEmotionOptions, type TrainingPlan } from "../../../src/training/index.js";
import { faceSize } from "../../../src/training/data/face-set.js";
import { madeUpCsv } from "../../support/made-up-faces.js";
import { tinySpec, writeTinyModel } from "../../support/tiny-emotion-model.js";

// From a CSV to a served model, on a net and a data set so small that tfjs's JavaScript backend is enough.
const net = { inputSize: 48, widths: [2, 4], convolutions: [1, 1], units: 8, stageDropout: [0, 0.1], denseDropout: [0, 0.1] as const, classes: 7 };
const plan = { epochs: 2, batchSize: 28, net, smallShare: 0.5, smallSize: 16 };
let folder: string;
let options: TrainEmotionOptions;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "emostream-run-"));
  await writeFile(join(folder, "faces.csv"), madeUpCsv());
  options = { data: join(folder, "faces.csv"), run: join(folder, "run"), cache: join(folder, "cache"), resume: false, plan, signal: new AbortController().signal, backend: "any" };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

describe("train emotion", () => {
  it("trains, keeps a log and curves from before the first step on, and exports what is served", async () => {
    const end = await trainEmotion(options);
    expect(end.complete).toBe(true);
    const log = (await readFile(join(folder, "run/log.jsonl"), "utf8")).trim().split("\n").map((l) => JSON.parse(l) as { epoch: number });
    expect(log.map((l) => l.epoch)).toEqual([0, 1, 2]);
    expect((await readFile(join(folder, "run/curves.png"))).subarray(1, 4).toString()).toBe("PNG");
    const report = await exportEmotion({ run: options.run, data: options.data, cache: options.cache, out: join(folder, "model"), command: "test", modelVersion: "0.0.1", which: "last", slices: false });
    expect(report.faces).toBe(70);
    await using classifier = await openEmotionClassifier(join(folder, "model"));
    expect(classifier.manifest.metrics["accuracy"]).toBeCloseTo(report.accuracy, 4);
    expect(classifier.manifest.training).toMatchObject({ command: "test", epochs: 2, seed: 1 });
    const card = await readFile(join(folder, "model/README.md"), "utf8");
    expect(card).toContain("Article 5(1)(f)");
    expect(card).toContain(`${(100 * report.accuracy).toFixed(1)} %`);
  });

  it("writes what lies beside a model anew without its run, from the data it reports on only", async () => {
    await trainEmotion(options);
    const model = join(folder, "model");
    const report = await exportEmotion({ run: options.run, data: options.data, cache: options.cache, out: model, command: "test", modelVersion: "0.0.1", which: "last", slices: false });
    await rm(options.run, { recursive: true });
    const files = ["README.md", "manifest.json", "evaluation.json", "evaluation.md"];
    const all = () => Promise.all(files.map((file) => readFile(join(model, file), "utf8")));
    const before = await all();
    for (const file of files.filter((name) => name !== "manifest.json")) await rm(join(model, file));
    const anew = { folder: model, data: options.data, cache: options.cache, withSlices: false };
    expect(await recordAnew(anew)).toEqual(report);
    expect(await all()).toEqual(before);

    const record = JSON.parse(await readFile(join(model, "training.json"), "utf8")) as object;
    await writeFile(join(model, "training.json"), JSON.stringify({ ...record, reportedOn: "other faces" }));
    await expect(recordAnew(anew)).rejects.toThrow(expect.objectContaining({ code: "conflict" }));
    for (const text of ["{", JSON.stringify({ ...record, minutes: "many" })]) {
      await writeFile(join(model, "training.json"), text);
      await expect(recordAnew(anew)).rejects.toThrow(expect.objectContaining({ code: "model_invalid" }));
    }
    expect(await all()).toEqual(before);
  });

  it("does not overwrite a run, and refuses to go on with other data", async () => {
    const abort = new AbortController();
    const stopped = await trainEmotion({ ...options, signal: abort.signal, onStep: () => abort.abort() });
    expect(stopped.complete).toBe(false);
    await expect(trainEmotion(options)).rejects.toThrow(expect.objectContaining({ code: "conflict" }));
    await writeFile(options.data, madeUpCsv(1));
    await expect(trainEmotion({ ...options, resume: true })).rejects.toThrow(expect.objectContaining({ code: "conflict" }));
    await writeFile(options.data, madeUpCsv());
    expect((await trainEmotion({ ...options, resume: true })).complete).toBe(true);
  });

  it("cuts faces again where it is asked to, and goes on so or not at all: no face is cut before that is known", async () => {
    let cuts = 0;
    const crop = { align: "box" as const, points: [], boxScale: 1, boxShift: 0 };
    const find = async ({ width, height }: Picture) => (cuts++, { box: { x: width / 4, y: height / 4, width: width / 2, height: height / 2 } });
    const anew = { ...options, cut: { find, crop }, recut: true };
    await expect(trainEmotion({ ...options, recut: true })).rejects.toThrow(expect.objectContaining({ code: "training_failed" }));
    const abort = new AbortController();
    await trainEmotion({ ...anew, signal: abort.signal, onStep: () => abort.abort() });
    expect(cuts).toBeGreaterThan(plan.batchSize);
    const first = cuts;
    await expect(trainEmotion({ ...options, resume: true })).rejects.toThrow(expect.objectContaining({ code: "conflict" }));
    expect((await trainEmotion({ ...anew, resume: true })).complete).toBe(true);
    await trainEmotion({ ...options, run: join(folder, "plain") });
    await expect(trainEmotion({ ...anew, run: join(folder, "plain"), cache: join(folder, "other"), resume: true })).rejects.toThrow(expect.objectContaining({ code: "conflict" }));
    expect(cuts).toBe(first);
  });

  it("goes on with the same teacher only, and tells of it in the manifest", async () => {
    await mkdir(join(folder, "teacher"));
    const { sha256 } = await writeTinyModel(join(folder, "teacher"), tinySpec(faceSize));
    await using teacher = await openEmotionClassifier(join(folder, "teacher"));
    const abort = new AbortController();
    // A teacher sees faces of its own size only.
    await trainEmotion({ ...options, plan: { ...plan, smallShare: 0 }, teacher, signal: abort.signal, onStep: () => abort.abort() });
    await expect(trainEmotion({ ...options, resume: true })).rejects.toThrow(expect.objectContaining({ code: "conflict" }));
    expect((await trainEmotion({ ...options, teacher, resume: true })).complete).toBe(true);
    expect((await readCheckpoint<TrainingPlan>(join(options.run, "last.ckpt"))).plan.teaching?.sha256).toBe(sha256);
    await exportEmotion({ run: options.run, data: options.data, cache: options.cache, out: join(folder, "model"), command: "test", modelVersion: "0.0.1", which: "last", slices: false });
    await using pupil = await openEmotionClassifier(join(folder, "model"));
    expect(pupil.manifest.training.data).toContain("70 % of each training target is what test 1 says");
  });

  it("starts from another net's first layers, tells of them and goes on from its own checkpoint", async () => {
    await mkdir(join(folder, "other"));
    const spec = tinySpec(faceSize);
    await writeTinyModel(join(folder, "other"), spec);
    const front = join(folder, "other");
    const wider = { ...net, widths: [spec.widths[0]!, 6], convolutions: [1, 1] };
    const started: (readonly [number, number])[] = [];
    const abort = new AbortController();
    const wide = { ...options, plan: { ...plan, net: wider, smallShare: 0 } };
    await trainEmotion({ ...wide, front, onFront: (convolutions, of) => started.push([convolutions, of]), signal: abort.signal, onStep: () => abort.abort() });
    expect((await trainEmotion({ ...wide, front, onFront: (convolutions, of) => started.push([convolutions, of]), resume: true })).complete).toBe(true);
    expect(started).toEqual([[1, 2]]);
    expect((await readCheckpoint<TrainingPlan>(join(options.run, "last.ckpt"))).plan).toMatchObject({ init: "the first layers of test 1", net: wider });
    await exportEmotion({ run: options.run, data: options.data, cache: options.cache, out: join(folder, "model"), command: "test", modelVersion: "0.0.1", which: "last", slices: false });
    await using model = await openEmotionClassifier(join(folder, "model"));
    expect(model.manifest.training.data).toContain("started from the first layers of test 1");
  });
});
