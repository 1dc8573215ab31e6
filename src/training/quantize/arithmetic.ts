// How reals become small integers (https://onnx.ai/onnx/operators/onnx__QuantizeLinear.html). Pure.

/** Reals as bytes: `scale * (byte - zeroPoint)`, the scale a 32-bit float. */
export interface ByteScale {
  readonly scale: number;
  readonly zeroPoint: number;
}

export interface Range {
  readonly low: number;
  readonly high: number;
}

const lastByte = 255;
/**
 * Kernels use 64 of the 127 steps of an int8 each way: without VNNI, ONNX Runtime's kernels add two products of byte and int8 in 16 bits, and 2 * 255 * 64 is the most that fits.
 */
export const kernelSteps = 64;

/** Bytes for a range, which is widened to hold 0: padding and what ReLU cuts off must be exact. */
export function byteScale(range: Range): ByteScale {
  const [low, high] = [Math.min(0, range.low), Math.max(0, range.high)];
  const scale = Math.fround((high - low) / lastByte);
  // Whatever is always 0 needs no fine steps.
  if (scale === 0) return { scale: 1, zeroPoint: 0 };
  return { scale, zeroPoint: clamp(roundHalfToEven(-low / scale), 0, lastByte) };
}

/** The real that is left of a value once it went through bytes. */
export function throughByte(value: number, { scale, zeroPoint }: ByteScale): number {
  return scale * (clamp(roundHalfToEven(value / scale) + zeroPoint, 0, lastByte) - zeroPoint);
}

/** A kernel `[out, ...]` as int8 with a scale for each output. */
export function quantizeKernel(kernel: Float32Array, outputs: number): { readonly values: Int8Array; readonly scales: Float32Array } {
  const size = kernel.length / outputs;
  const values = new Int8Array(kernel.length);
  const scales = new Float32Array(outputs);
  for (let o = 0; o < outputs; o++) {
    const own = kernel.subarray(o * size, (o + 1) * size);
    const largest = own.reduce((most, w) => Math.max(most, Math.abs(w)), 0);
    scales[o] = largest === 0 ? 1 : largest / kernelSteps;
    for (const [i, w] of own.entries()) values[o * size + i] = clamp(roundHalfToEven(w / scales[o]!), -kernelSteps, kernelSteps);
  }
  return { values, scales };
}

/** A bias in steps of input scale times kernel scale, as the products that it is added to are. */
export function quantizeBias(bias: Float32Array, inputScale: number, kernelScales: Float32Array): { readonly values: Int32Array; readonly scales: Float32Array } {
  const scales = kernelScales.map((scale) => scale * inputScale);
  return { values: Int32Array.from(bias, (b, o) => clamp(roundHalfToEven(b / scales[o]!), -(2 ** 31), 2 ** 31 - 1)), scales };
}

/** As ONNX rounds: 0.5 and 2.5 go down, 1.5 goes up. */
export function roundHalfToEven(value: number): number {
  const rounded = Math.round(value);
  return rounded - value === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

function clamp(value: number, low: number, high: number): number {
  return Math.min(high, Math.max(low, value));
}
