// Which range the values of a net's tensors have on inputs like those that it will see: the range whose bytes are nearest to the values on average.

import { openOnnxModel, type FloatTensor } from "../../inference/onnx.js";
import { encodeOnnx, type OnnxGraph } from "../onnx-file.js";
import { byteScale, throughByte, type Range } from "./arithmetic.js";

const bins = 2048;
/** Shares of the whole range that are tried: what lies beyond is cut off, for finer steps within. */
const shares = [1, 0.95, 0.9, 0.85, 0.8, 0.75, 0.7, 0.65, 0.6, 0.55, 0.5, 0.45, 0.4, 0.35, 0.3] as const;

/** How often values of each part of a range came. */
export interface Histogram extends Range {
  readonly counts: Float64Array;
}

/** The range of each tensor of `names` (the net's input, or what one of its nodes gives) over `batches`, of which there must be one. @throws AppError `model_invalid`, `engine_failed` */
export async function calibrate(graph: OnnxGraph, names: readonly string[], batches: readonly FloatTensor[]): Promise<Map<string, Range>> {
  const given = names.filter((name) => name !== graph.input.name);
  const watched = encodeOnnx({ ...graph, outputs: given.map((name) => ({ name, shape: ["N", "c", "h", "w"] })) });
  await using model = await openOnnxModel(watched, graph.name);
  const each = async (see: (name: string, values: Float32Array) => void) => {
    for (const batch of batches) {
      const answers = { ...(await model.run({ [graph.input.name]: batch })), [graph.input.name]: batch };
      for (const name of names) see(name, answers[name]!.data);
    }
  };
  const whole = new Map<string, { low: number; high: number }>(names.map((name) => [name, { low: 0, high: 0 }]));
  await each((name, values) => {
    const range = whole.get(name)!;
    for (const v of values) {
      if (v < range.low) range.low = v;
      if (v > range.high) range.high = v;
    }
  });
  const histograms = new Map([...whole].map(([name, range]): [string, Histogram] => [name, { ...range, counts: new Float64Array(bins) }]));
  await each((name, values) => count(histograms.get(name)!, values));
  return new Map([...histograms].map(([name, histogram]) => [name, nearestRange(histogram)]));
}

/** The part of a histogram's range whose bytes have the least mean squared error. */
export function nearestRange(histogram: Histogram): Range {
  let [best, least] = [{ low: histogram.low, high: histogram.high }, Infinity];
  for (const share of shares) {
    const range = { low: histogram.low * share, high: histogram.high * share };
    const error = squaredError(histogram, range);
    if (error < least) [best, least] = [range, error];
  }
  return best;
}

function count({ low, high, counts }: Histogram, values: Float32Array): void {
  // Nothing but zeros: any range holds them.
  if (high === low) return;
  const perUnit = bins / (high - low);
  for (const v of values) counts[Math.min(bins - 1, Math.floor((v - low) * perUnit))]!++;
}

function squaredError({ low, high, counts }: Histogram, range: Range): number {
  const scale = byteScale(range);
  const width = (high - low) / counts.length;
  return counts.reduce((sum, n, i) => {
    const value = low + (i + 0.5) * width;
    return n === 0 ? sum : sum + n * (value - throughByte(value, scale)) ** 2;
  }, 0);
}
