import { mkdir, readdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { sigmoid } from "../../../../src/inference/mtcnn/answers.js";
import { openOnnxModel } from "../../../../src/inference/onnx.js";
import { readDetectorModel } from "../../../../src/inference/mtcnn/manifest.js";
import { importMtcnn } from "../../../../src/training/detector/import-mtcnn.js";
import { randomFor } from "../../../../src/training/random.js";
import { makeTempFolder, type TempFolder } from "../../../support/temp-folder.js";

/** Names and shapes of the published file. */
const shapes: readonly (readonly [string, readonly number[]])[] = [
  ...layer("pnet", "conv1", "prelu1", [3, 3, 3, 10]), ...layer("pnet", "conv2", "prelu2", [3, 3, 10, 16]), ...layer("pnet", "conv3", "prelu3", [3, 3, 16, 32]), ...layer("pnet", "conv4_1", undefined, [1, 1, 32, 2]), ...layer("pnet", "conv4_2", undefined, [1, 1, 32, 4]),
  ...layer("rnet", "conv1", "prelu1", [3, 3, 3, 28]), ...layer("rnet", "conv2", "prelu2", [3, 3, 28, 48]), ...layer("rnet", "conv3", "prelu3", [2, 2, 48, 64]), ...layer("rnet", "fc1", "prelu4", [576, 128]), ...layer("rnet", "fc2_1", undefined, [128, 2]), ...layer("rnet", "fc2_2", undefined, [128, 4]),
  ...layer("onet", "conv1", "prelu1", [3, 3, 3, 32]), ...layer("onet", "conv2", "prelu2", [3, 3, 32, 64]), ...layer("onet", "conv3", "prelu3", [3, 3, 64, 64]), ...layer("onet", "conv4", "prelu4", [2, 2, 64, 128]), ...layer("onet", "fc1", "prelu5", [1152, 256]), ...layer("onet", "fc2_1", undefined, [256, 2]), ...layer("onet", "fc2_2", undefined, [256, 4]), ...layer("onet", "fc2_3", undefined, [256, 10]),
];

let folder: TempFolder;
let weights: Map<string, Float32Array>;

beforeEach(async () => {
  folder = await makeTempFolder();
  weights = new Map(shapes.map(([name, shape]) => {
    const random = randomFor("weights", name);
    const inputs = Math.max(1, shape.slice(0, -1).reduce((a, b) => a * b, 1));
    return [name, Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => random.normal() / Math.sqrt(inputs))];
  }));
  await writePublished(shapes);
});
afterEach(() => folder.remove());

describe("published weights", () => {
  it("give the same scores, boxes and points as their own layout read step by step on the transposed picture", async () => {
    await importMtcnn(folder.path, folder.file("model"));
    const { models } = await readDetectorModel(folder.file("model"));
    for (const [stage, size] of [["rnet", 24], ["onet", 48]] as const) {
      const random = randomFor("picture", stage);
      const picture = Float32Array.from({ length: 3 * size * size }, () => random.between(-1, 1));
      await using model = await openOnnxModel(models[stage]);
      const { answers } = await model.run({ input: { data: picture, shape: [1, 3, size, size] } });
      const [logit, ...rest] = answers!.data;
      const { scores, boxes, landmarks = [] } = byHand(stage, picture, size);
      for (const [i, v] of [...scores, ...boxes, ...landmarks].entries()) expect(Math.abs([sigmoid(logit!), ...rest][i]! - v), `${stage} ${i}`).toBeLessThan(1e-4);
    }
  });

  it("run P-Net over a picture of any size: every window as if it were alone", async () => {
    await importMtcnn(folder.path, folder.file("model"));
    const { models } = await readDetectorModel(folder.file("model"));
    await using model = await openOnnxModel(models.pnet);
    const [width, height] = [21, 16];
    const random = randomFor("picture");
    const picture = Float32Array.from({ length: 3 * width * height }, () => random.between(-1, 1));
    const whole = await model.run({ input: { data: picture, shape: [1, 3, height, width] } });
    expect(whole["answers"]!.shape).toEqual([1, 5, 3, 6]);
    const [row, column] = [2, 3];
    const window = Float32Array.from({ length: 3 * 144 }, (_, i) => picture[Math.floor(i / 144) * width * height + (Math.floor((i % 144) / 12) + 2 * row) * width + (i % 12) + 2 * column]!);
    const expected = byHand("pnet", window, 12);
    const at = (k: number) => whole["answers"]!.data[k * 18 + row * 6 + column]!;
    expect(sigmoid(at(0))).toBeCloseTo(expected.scores[0]!, 4);
    for (let k = 0; k < 4; k++) expect(at(1 + k)).toBeCloseTo(expected.boxes[k]!, 4);
  });

  it("are refused when something is missing or of another length, and nothing is left behind", async () => {
    const out = folder.file("model");
    await writeFile(folder.file("weights.f32"), (await readFile(folder.file("weights.f32"))).subarray(4));
    await expect(importMtcnn(folder.path, out)).rejects.toThrow(expect.objectContaining({ code: "corrupt" }));
    await writePublished(shapes.filter(([name]) => name !== "onet/fc1/bias"));
    await expect(importMtcnn(folder.path, out)).rejects.toThrow(expect.objectContaining({ code: "corrupt", message: expect.stringContaining("onet/fc1/bias") as string }));
    await writeFile(folder.file("manifest.json"), "{");
    await expect(importMtcnn(folder.path, out)).rejects.toThrow(expect.objectContaining({ code: "corrupt" }));
    await expect(importMtcnn(folder.file("none"), out)).rejects.toThrow(expect.objectContaining({ code: "data_missing" }));
    expect((await readdir(folder.path)).toSorted()).toEqual(["manifest.json", "weights.f32"]);
  });

  it("do not overwrite another model, and replace an import of theirs", async () => {
    const out = folder.file("model");
    await importMtcnn(folder.path, out);
    await importMtcnn(folder.path, out);
    const other = folder.file("other");
    await mkdir(other);
    await writeFile(join(other, "manifest.json"), '{"format":"emostream-emotion"}');
    await expect(importMtcnn(folder.path, other)).rejects.toThrow(expect.objectContaining({ code: "conflict" }));
  });

  it("are refused when a file was changed afterwards", async () => {
    const out = folder.file("model");
    await importMtcnn(folder.path, out);
    const file = join(out, "rnet.onnx");
    const bytes = await readFile(file);
    bytes[bytes.length >> 1]! ^= 1;
    await writeFile(file, bytes);
    await expect(readDetectorModel(out)).rejects.toThrow(expect.objectContaining({ code: "model_invalid" }));
  });
});

function layer(stage: string, name: string, prelu: string | undefined, shape: readonly number[]): (readonly [string, readonly number[]])[] {
  const outputs = shape.at(-1)!;
  return [[`${stage}/${name}/weights`, shape], [`${stage}/${name}/bias`, [outputs]], ...(prelu === undefined ? [] : [[`${stage}/${prelu}_alpha`, [outputs]] as const])];
}

async function writePublished(list: typeof shapes): Promise<void> {
  await writeFile(folder.file("manifest.json"), JSON.stringify([{ paths: ["x"], weights: list.map(([name, shape]) => ({ dtype: "float32", name, shape })) }]));
  const all = list.flatMap(([name]) => [...weights.get(name)!]);
  const bytes = Buffer.alloc(all.length * 4);
  for (const [i, v] of all.entries()) bytes.writeFloatLE(v, i * 4);
  await writeFile(folder.file("weights.f32"), bytes);
}

/** `[x][y][channel]`: first index is the picture's column, as the published nets have it. */
type Planes = number[][][];

/** A net as published: slow, obvious, on the transposed picture. `picture` is three planes of rows. */
function byHand(stage: "pnet" | "rnet" | "onet", picture: Float32Array, size: number): { scores: number[]; boxes: number[]; landmarks?: number[] } {
  let planes: Planes = Array.from({ length: size }, (_, x) => Array.from({ length: size }, (_v, y) => [0, 1, 2].map((c) => picture[(c * size + y) * size + x]!)));
  const w = (name: string) => weights.get(`${stage}/${name}`)!;
  const convolve = (name: string, kernel: number, slope?: string) => {
    const [values, bias] = [w(`${name}/weights`), w(`${name}/bias`)];
    const [inputs, outputs] = [planes[0]![0]!.length, bias.length];
    const side = planes.length - kernel + 1;
    planes = Array.from({ length: side }, (_, x) => Array.from({ length: side }, (_v, y) => Array.from({ length: outputs }, (_o, o) => {
      let sum = bias[o]!;
      for (let i = 0; i < kernel; i++) for (let j = 0; j < kernel; j++) for (let c = 0; c < inputs; c++) sum += planes[x + i]![y + j]![c]! * values[((i * kernel + j) * inputs + c) * outputs + o]!;
      return slope === undefined ? sum : leak(sum, w(`${slope}_alpha`)[o]!);
    })));
  };
  const pool = (window: number, same: boolean) => {
    const from = planes;
    const side = (same ? Math.ceil : Math.floor)((from.length - window) / 2) + 1;
    planes = Array.from({ length: side }, (_, x) => Array.from({ length: side }, (_v, y) => from[0]![0]!.map((_c, c) => {
      let top = -Infinity;
      for (let i = 2 * x; i < Math.min(from.length, 2 * x + window); i++) for (let j = 2 * y; j < Math.min(from.length, 2 * y + window); j++) top = Math.max(top, from[i]![j]![c]!);
      return top;
    })));
  };
  const dense = (input: readonly number[], name: string) => Array.from(w(`${name}/bias`), (b, o) => input.reduce((sum, v, i) => sum + v * w(`${name}/weights`)[i * w(`${name}/bias`).length + o]!, b));
  if (stage === "pnet") {
    convolve("conv1", 3, "prelu1");
    pool(2, true);
    convolve("conv2", 3, "prelu2");
    convolve("conv3", 3, "prelu3");
    const body = planes;
    convolve("conv4_1", 1);
    const scores = face(planes[0]![0]!);
    planes = body;
    convolve("conv4_2", 1);
    return { scores, boxes: planes[0]![0]! };
  }
  convolve("conv1", 3, "prelu1");
  pool(3, true);
  convolve("conv2", 3, "prelu2");
  pool(3, false);
  convolve("conv3", stage === "rnet" ? 2 : 3, "prelu3");
  if (stage === "onet") {
    pool(2, true);
    convolve("conv4", 2, "prelu4");
  }
  const slope = w(`${stage === "rnet" ? "prelu4" : "prelu5"}_alpha`);
  const features = dense(planes.flat(2), "fc1").map((v, i) => leak(v, slope[i]!));
  const points = stage === "onet" ? dense(features, "fc2_3") : undefined;
  return { scores: face(dense(features, "fc2_1")), boxes: dense(features, "fc2_2"), ...(points === undefined ? {} : { landmarks: [0, 1, 2, 3, 4].flatMap((i) => [points[i]!, points[i + 5]!]) }) };
}

function leak(v: number, alpha: number): number {
  return v > 0 ? v : alpha * v;
}

/** Softmax of the second of two classes. */
function face([no, yes]: readonly number[]): number[] {
  return [Math.exp(yes!) / (Math.exp(no!) + Math.exp(yes!))];
}
