// The published MTCNN weights (Zhang et al. 2016, as the facenet port and face-api.js carry them) as a model folder of ours. They were made for pictures with
// x and y exchanged, `[height, width, in, out]`, scores as two classes, points as five x before five y: all of that is undone here, so that the nets take and give what ours do.

import { createHash } from "node:crypto";
import { mkdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { z } from "zod";
import { AppError, toAppError } from "../../core/errors.js";
import { answerSizes } from "../../inference/mtcnn/answers.js";
import { encodeOnnx, type OnnxGraph, type OnnxNode, type OnnxTensor } from "../onnx-file.js";
import { stageNames, type StageName } from "./nets.js";

const listSchema = z.array(z.object({ weights: z.array(z.object({ name: z.string(), dtype: z.literal("float32"), shape: z.array(z.int().min(1)) })) })).length(1);

/** A layer: a convolution with PReLU, then a pooling of `pool` pixels every 2; `same` keeps a part window at the far edges, as TensorFlow's padding SAME does for these sizes. */
interface Layer {
  readonly name: string;
  readonly prelu: string;
  readonly pool?: { readonly size: number; readonly same: boolean };
}

interface Net {
  readonly size: number;
  readonly stride: number;
  readonly layers: readonly Layer[];
  /** Fully connected layer over `side * side` places; absent for P-Net, whose heads are convolutions. */
  readonly dense?: { readonly name: string; readonly prelu: string; readonly side: number };
  readonly heads: { readonly scores: string; readonly boxes: string; readonly landmarks?: string };
}

const nets: Readonly<Record<StageName, Net>> = {
  pnet: {
    size: 12, stride: 2,
    layers: [{ name: "conv1", prelu: "prelu1", pool: { size: 2, same: true } }, { name: "conv2", prelu: "prelu2" }, { name: "conv3", prelu: "prelu3" }],
    heads: { scores: "conv4_1", boxes: "conv4_2" },
  },
  rnet: {
    size: 24, stride: 4,
    layers: [{ name: "conv1", prelu: "prelu1", pool: { size: 3, same: true } }, { name: "conv2", prelu: "prelu2", pool: { size: 3, same: false } }, { name: "conv3", prelu: "prelu3" }],
    dense: { name: "fc1", prelu: "prelu4", side: 3 },
    heads: { scores: "fc2_1", boxes: "fc2_2" },
  },
  onet: {
    size: 48, stride: 8,
    layers: [{ name: "conv1", prelu: "prelu1", pool: { size: 3, same: true } }, { name: "conv2", prelu: "prelu2", pool: { size: 3, same: false } }, { name: "conv3", prelu: "prelu3", pool: { size: 2, same: true } }, { name: "conv4", prelu: "prelu4" }],
    dense: { name: "fc1", prelu: "prelu5", side: 3 },
    heads: { scores: "fc2_1", boxes: "fc2_2", landmarks: "fc2_3" },
  },
};

/** The name in the manifest; a folder that holds another model is not overwritten. */
const modelName = "mtcnn-reference";

/**
 * Reads `manifest.json` and `weights.f32` in `from` and writes a model folder `out`, whole or not at all.
 * @throws AppError `data_missing`, `corrupt` (other names, shapes or length), `conflict` (another model lies in `out`), `disk_full`, `write_failed`
 */
export async function importMtcnn(from: string, out: string): Promise<void> {
  const weights = await readWeights(from);
  const folder = resolve(out);
  const found = await readFile(join(folder, "manifest.json"), "utf8").catch(() => undefined);
  if (found !== undefined && !found.includes(`"${modelName}"`)) throw new AppError("conflict", "Another model lies in that folder; name another one.", { detail: folder });
  const draft = `${folder}.part-${process.pid}`;
  try {
    await mkdir(draft, { recursive: true });
    const stages: Record<string, unknown> = {};
    for (const stage of stageNames) {
      const { graph, megaMultiplications } = netGraph(stage, weights);
      const bytes = encodeOnnx(graph);
      await writeFile(join(draft, `${stage}.onnx`), bytes);
      stages[stage] = { file: `${stage}.onnx`, sha256: createHash("sha256").update(bytes).digest("hex"), size: nets[stage].size, stride: nets[stage].stride, megaMultiplications };
    }
    const manifest = {
      format: "emostream-mtcnn", version: 1, name: modelName, modelVersion: "2016", stages, input: { mean: 127.5, deviation: 128 },
      boxAdjust: { x: 0, y: 0, width: 1, height: 1 }, scoreThresholds: [0.6, 0.7, 0.7], nmsThresholds: [0.5, 0.7, 0.7, 0.7], scaleFactor: 0.709, minFaceSize: 20,
      licence: "MIT (face-api.js); see the LICENSE beside the weights.", training: { command: "npx emostream models import mtcnn" }, metrics: {},
    };
    await writeFile(join(draft, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
    await rm(folder, { recursive: true, force: true });
    await rename(draft, folder);
  } catch (error) {
    await rm(draft, { recursive: true, force: true });
    const known = toAppError(error);
    throw known.code === "internal" ? new AppError("write_failed", "The model could not be written.", { cause: error, detail: folder }) : known;
  }
}

type Weights = ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: Float32Array }>;

async function readWeights(folder: string): Promise<Weights> {
  const read = (name: string) =>
    readFile(join(folder, name)).catch((cause: unknown) => {
      throw new AppError("data_missing", `Expected ${name} in the folder of the published weights. See docs/data.md.`, { cause, detail: folder });
    });
  const [list, data] = [await read("manifest.json"), await read("weights.f32")];
  const parsed = listSchema.safeParse(parseJson(list));
  if (!parsed.success) throw new AppError("corrupt", "The list of weights (manifest.json) is not one.", { cause: parsed.error, detail: folder });
  const entries = parsed.data[0]!.weights;
  const expected = 4 * entries.reduce((sum, { shape }) => sum + product(shape), 0);
  if (data.length !== expected) throw new AppError("corrupt", `Expected ${expected} bytes in weights.f32, received ${data.length}.`, { detail: folder });
  const weights = new Map<string, { shape: readonly number[]; values: Float32Array }>();
  let at = 0;
  for (const { name, shape } of entries) {
    const values = Float32Array.from({ length: product(shape) }, (_, i) => data.readFloatLE(at + 4 * i));
    weights.set(name, { shape, values });
    at += 4 * values.length;
  }
  return weights;
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString("utf8"));
  } catch {
    // Said by the schema, which refuses it.
    return undefined;
  }
}

/** One net over ordinary pictures, and its multiplications for one window in millions. */
function netGraph(stage: StageName, weights: Weights): { readonly graph: OnnxGraph; readonly megaMultiplications: number } {
  const { size, layers, dense, heads } = nets[stage];
  const of = (name: string, dimensions: number) => {
    const found = weights.get(`${stage}/${name}`);
    if (found?.shape.length !== dimensions) throw new AppError("corrupt", `Expected weights ${stage}/${name} with ${dimensions} dimensions, received ${found === undefined ? "none" : found.shape.length}.`);
    return found;
  };
  const nodes: OnnxNode[] = [];
  const constants: OnnxTensor[] = [];
  let [last, side, multiplications] = ["input", size, 0];
  const constant = (name: string, shape: readonly number[], values: Float32Array) => {
    constants.push({ name, shape, values });
    return name;
  };
  const add = (type: string, output: string, more: readonly string[] = [], attributes: Record<string, number | readonly number[]> = {}) => {
    nodes.push({ type, inputs: [last, ...more], output, attributes });
    last = output;
  };
  for (const { name, prelu, pool } of layers) {
    const { shape, values } = of(`${name}/weights`, 4);
    const [kernel, , inputs, outputs] = shape as [number, number, number, number];
    side = side - kernel + 1;
    multiplications += side ** 2 * values.length;
    add("Conv", `${name}.sum`, [constant(`${name}.kernel`, [outputs, inputs, kernel, kernel], untransposed(values, kernel, inputs, outputs)), constant(`${name}.bias`, [outputs], of(`${name}/bias`, 1).values)], { kernel_shape: [kernel, kernel], strides: [1, 1] });
    add("PRelu", `${name}.out`, [constant(`${name}.slope`, [outputs, 1, 1], of(`${prelu}_alpha`, 1).values)]);
    if (pool === undefined) continue;
    add("MaxPool", `${name}.pooled`, [], { kernel_shape: [pool.size, pool.size], strides: [2, 2], ceil_mode: pool.same ? 1 : 0 });
    side = (pool.same ? Math.ceil : Math.floor)((side - pool.size) / 2) + 1;
  }
  if (dense !== undefined) {
    const { shape, values } = of(`${dense.name}/weights`, 2);
    const [rows, units] = shape as [number, number];
    if (rows % dense.side ** 2 !== 0 || side !== dense.side) throw new AppError("corrupt", `Expected ${stage}/${dense.name} over ${dense.side}x${dense.side} places, received ${rows} rows.`);
    multiplications += values.length;
    add("Flatten", "features", [], { axis: 1 });
    add("Gemm", `${dense.name}.sum`, [constant(`${dense.name}.kernel`, [rows, units], rowsByChannel(values, dense.side, rows / dense.side ** 2, units)), constant(`${dense.name}.bias`, [units], of(`${dense.name}/bias`, 1).values)]);
    add("PRelu", `${dense.name}.out`, [constant(`${dense.name}.slope`, [units], of(`${dense.prelu}_alpha`, 1).values)]);
  }
  const parts = (Object.entries(heads) as [keyof typeof heads, string][]).map(([name, head]) => {
    const { shape, values } = of(`${head}/weights`, dense === undefined ? 4 : 2);
    const [inputs, all] = shape.slice(-2) as [number, number];
    return { inputs, ...headOf(name, inputs, all, values, of(`${head}/bias`, 1).values) };
  });
  const [kernel, bias] = [Float32Array.from(parts.flatMap((p) => [...p.kernel])), Float32Array.from(parts.flatMap((p) => [...p.bias]))];
  const [columns, { inputs: features }] = [bias.length, parts[0]!];
  if (columns !== answerSizes[stage] || kernel.length !== columns * features) throw new AppError("corrupt", `Expected ${answerSizes[stage]} outputs of ${stage} over the same features, received others.`);
  multiplications += kernel.length;
  const weightsOfHeads = [constant("heads.kernel", dense === undefined ? [columns, features, 1, 1] : [columns, features], kernel), constant("heads.bias", [columns], bias)];
  if (dense === undefined) add("Conv", "answers", weightsOfHeads, { kernel_shape: [1, 1], strides: [1, 1] });
  else add("Gemm", "answers", weightsOfHeads, { transB: 1 });
  const outputs = [{ name: "answers", shape: dense === undefined ? ["N", columns, "h", "w"] : ["N", columns] }];
  const sides = dense === undefined ? ["height", "width"] : [size, size];
  return { graph: { name: stage, nodes, constants, input: { name: "input", shape: ["N", 3, ...sides] }, outputs, metadata: { producer: "emostream models import mtcnn" } }, megaMultiplications: multiplications / 1e6 };
}

/** `[x, y, in, out]` (rows of the transposed picture are columns of the picture) as `[out, in, y, x]`. */
function untransposed(values: Float32Array, kernel: number, inputs: number, outputs: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let x = 0; x < kernel; x++) for (let y = 0; y < kernel; y++) for (let i = 0; i < inputs; i++) for (let o = 0; o < outputs; o++) out[((o * inputs + i) * kernel + y) * kernel + x] = values[((x * kernel + y) * inputs + i) * outputs + o]!;
  return out;
}

/** Rows in the order x, y, channel, as rows in the order channel, y, x. */
function rowsByChannel(values: Float32Array, side: number, channels: number, units: number): Float32Array {
  const out = new Float32Array(values.length);
  for (let x = 0; x < side; x++) for (let y = 0; y < side; y++) for (let c = 0; c < channels; c++) for (let u = 0; u < units; u++) out[((c * side + y) * side + x) * units + u] = values[((x * side + y) * channels + c) * units + u]!;
  return out;
}

/**
 * A head as rows of outputs. The two classes of the score become one logit, face less background, whose sigmoid is their softmax;
 * five x and five y become pairs.
 */
function headOf(name: "scores" | "boxes" | "landmarks", inputs: number, all: number, values: Float32Array, bias: Float32Array): { readonly kernel: Float32Array; readonly bias: Float32Array } {
  const wanted = { scores: 2, boxes: 4, landmarks: 10 }[name];
  if (all !== wanted) throw new AppError("corrupt", `Expected ${wanted} outputs of ${name}, received ${all}.`);
  const columns = name === "scores" ? 1 : all;
  const pick = (column: number, at: (c: number) => number) => (name === "scores" ? at(1) - at(0) : at(name === "landmarks" ? (column % 2) * 5 + (column >> 1) : column));
  return {
    kernel: Float32Array.from({ length: columns * inputs }, (_, k) => pick(Math.floor(k / inputs), (c) => values[(k % inputs) * all + c]!)),
    bias: Float32Array.from({ length: columns }, (_, c) => pick(c, (i) => bias[i]!)),
  };
}

function product(shape: readonly number[]): number {
  return shape.reduce((a, b) => a * b, 1);
}
