import { existsSync } from "node:fs";
import { readFile } from "node:fs/promises";
import sharp from "sharp";
import { afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { openOnnxModel } from "../../../src/inference/onnx.js";
import { exportDetector } from "../../../src/training/detector/export-detector.js";
import type { LabelledPhoto } from "../../../src/training/detector/photos.js";
import { trainDetector, type TrainDetectorOptions } from "../../../src/training/detector/train-detector.js";
import { randomFor } from "../../../src/training/random.js";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.js";

// All three stages, real nets, on twelve drawn photos; a step on tfjs's JavaScript backend takes seconds, so only libtensorflow runs it.
const native = existsSync(new URL("../../../node_modules/@tensorflow/tfjs-node", import.meta.url));
let photos: LabelledPhoto[];
let folder: TempFolder;
let options: TrainDetectorOptions;

beforeAll(async () => {
  photos = await Promise.all(Array.from({ length: 12 }, (_, i) => drawn(i)));
});
beforeEach(async () => {
  folder = await makeTempFolder();
  options = { photos, run: folder.file("run"), resume: false, plan: { epochs: 1, stepsPerEpoch: 4, batchSize: 14, windows: { negative: 120, positive: 60, part: 60, points: 60 } }, signal: new AbortController().signal };
});
afterEach(() => folder.remove());

describe.skipIf(!native)("train detector (needs npm run setup:training)", () => {
  it("trains stage after stage, keeps a log and curves, and exports what its manifest names", { timeout: 240_000 }, async () => {
    const cut: string[] = [];
    const end = await trainDetector({ ...options, onWindows: (stage, { train, held }) => cut.push(`${stage} ${train.count > 0} ${held.count > 0}`) });
    expect(end.complete).toBe(true);
    expect(cut).toEqual(["pnet true true", "rnet true true", "onet true true"]);
    const log = (await readFile(folder.file("run/log.jsonl"), "utf8")).trim().split("\n").map((l) => JSON.parse(l) as { stage: string; epoch: number });
    expect(log.map((l) => `${l.stage} ${l.epoch}`)).toEqual(["pnet 0", "pnet 1", "rnet 0", "rnet 1", "onet 0", "onet 1"]);
    expect((await readFile(folder.file("run/curves.png"))).subarray(1, 4).toString()).toBe("PNG");
    await exportDetector({ run: options.run, out: folder.file("model"), command: "test", modelVersion: "0.0.1" });
    const manifest = JSON.parse(await readFile(folder.file("model/manifest.json"), "utf8")) as { format: string; stages: Record<string, { file: string; size: number; stride: number }> };
    expect(manifest.format).toBe("emostream-mtcnn");
    expect(Object.values(manifest.stages).map((s) => s.size)).toEqual([12, 24, 48]);
    expect(manifest.stages["pnet"]!.stride).toBe(4);
    for (const { file } of Object.values(manifest.stages)) {
      await using model = await openOnnxModel(await readFile(folder.file(`model/${file}`)));
      expect(model.inputs).toEqual(["input"]);
    }
  });

  it("gives the same nets after a stop in the second stage, and refuses other photos", { timeout: 240_000 }, async () => {
    await trainDetector(options);
    const abort = new AbortController();
    const cut = { ...options, run: folder.file("cut") };
    const stopped = await trainDetector({ ...cut, signal: abort.signal, onStep: ({ stage, step }) => stage === "rnet" && step === 2 && abort.abort() });
    expect(stopped.complete).toBe(false);
    await expect(trainDetector(cut)).rejects.toThrow(expect.objectContaining({ code: "conflict" }));
    await expect(trainDetector({ ...cut, resume: true, photos: photos.slice(1) })).rejects.toThrow(expect.objectContaining({ code: "conflict" }));
    expect((await trainDetector({ ...cut, resume: true })).complete).toBe(true);
    for (const stage of ["pnet", "rnet", "onet"]) expect(await readFile(folder.file(`cut/${stage}.onnx`)), stage).toEqual(await readFile(folder.file(`run/${stage}.onnx`)));
    // The nets of the one run teach those of the next, which hold on to their teacher.
    const nets = { pnet: await readFile(folder.file("run/pnet.onnx")) };
    const pupil = { ...options, run: folder.file("pupil"), stage: "pnet" as const, nets };
    expect((await trainDetector(pupil)).complete).toBe(true);
    expect(await readFile(folder.file("pupil/pnet.onnx"))).not.toEqual(nets.pnet);
    for (const other of [{}, { pnet: await readFile(folder.file("pupil/pnet.onnx")) }]) await expect(trainDetector({ ...pupil, resume: true, nets: other })).rejects.toThrow(expect.objectContaining({ code: "conflict" }));
  });

  it("says what is missing: photos, a stage before, a readable picture, a whole run", async () => {
    await expect(trainDetector({ ...options, photos: [] })).rejects.toThrow(expect.objectContaining({ code: "training_failed" }));
    await expect(trainDetector({ ...options, stage: "rnet" })).rejects.toThrow(expect.objectContaining({ code: "not_found" }));
    await expect(trainDetector({ ...options, photos: [{ ...photos[0]!, bytes: new Uint8Array(9) }] })).rejects.toThrow(expect.objectContaining({ code: "invalid_picture" }));
    await expect(exportDetector({ run: options.run, out: folder.file("model"), command: "", modelVersion: "1" })).rejects.toThrow(expect.objectContaining({ code: "not_found" }));
  });
});

/** A grey photo with noise, one oval with two eyes and a mouth, and its points. */
async function drawn(i: number): Promise<LabelledPhoto> {
  const random = randomFor("photo", i);
  const [cx, cy, r] = [random.between(60, 100), random.between(60, 90), random.between(22, 40)];
  const spot = (x: number, y: number, s: number) => `<circle cx="${cx + x * r}" cy="${cy + y * r}" r="${s * r}" fill="#222"/>`;
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="160" height="150"><rect width="160" height="150" fill="hsl(${random.below(360)},30%,40%)"/><ellipse cx="${cx}" cy="${cy}" rx="${r}" ry="${1.25 * r}" fill="#dba"/>${spot(-0.4, -0.3, 0.12)}${spot(0.4, -0.3, 0.12)}${spot(-0.25, 0.6, 0.08)}${spot(0.25, 0.6, 0.08)}</svg>`;
  const at = (x: number, y: number) => [cx + x * r, cy + y * r] as const;
  return {
    name: `drawn/${i}.jpg`, set: "portrait", held: i % 4 === 0, bytes: await sharp(Buffer.from(svg)).jpeg({ quality: 90 }).toBuffer(),
    faces: [{ box: { x: cx - r, y: cy - 1.25 * r, width: 2 * r, height: 2.5 * r }, points: [at(-0.4, -0.3), at(0.4, -0.3), at(0, 0.1), at(-0.25, 0.6), at(0.25, 0.6)] }],
  };
}
