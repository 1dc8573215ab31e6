// What the emotion CNN looks like, and where each of its parameters lies in one flat array.

import { randomFor } from "../random.js";

/**
 * Stages of 3x3 convolutions (batch norm and ReLU after each, max pooling after each stage), global average, one hidden layer, softmax. A separable convolution is two: one of
 * each channel by itself, and one of 1x1 that mixes them, with no ReLU between (Chollet, "Xception", 2017, section 4.7: with one it learns more slowly and ends worse); where
 * it gives as many channels as it takes, its input is added (He et al., "Deep Residual Learning", 2016).
 */
export interface EmotionNetSpec {
  /** Side of the square grey input the net is meant for, pixels. */
  readonly inputSize: number;
  /** Channels of each stage. */
  readonly widths: readonly number[];
  /** Convolutions of each stage. */
  readonly convolutions: readonly number[];
  /** First stage whose convolutions are separable; none unless given. */
  readonly separableFrom?: number;
  /** Units of the hidden layer. */
  readonly units: number;
  /** Probability that a whole channel is dropped after each stage. */
  readonly stageDropout: readonly number[];
  /** Probability that a value is dropped before the hidden layer, and after it. */
  readonly denseDropout: readonly [number, number];
  readonly classes: number;
}

/** The net that learns from annotators alone: 73 MMAC, 0.88 M parameters. Widths are multiples of 16, which oneDNN and ONNX Runtime are made for. */
export const fullNetSpec: EmotionNetSpec = {
  inputSize: 48,
  widths: [16, 48, 96, 160],
  convolutions: [2, 2, 3, 3],
  units: 256,
  stageDropout: [0, 0.05, 0.1, 0.1],
  denseDropout: [0.2, 0.4],
  classes: 7,
};

/** The net of the model that ships as the default: two fifths of the arithmetic (30 MMAC, 0.49 M parameters). It learns from the larger one (`--teacher`). */
export const fastNetSpec: EmotionNetSpec = { ...fullNetSpec, widths: [16, 32, 64, 128], convolutions: [1, 1, 3, 3], units: 192, stageDropout: [0, 0, 0.05, 0.05], denseDropout: [0.1, 0.3] };

/**
 * The fast net with separable convolutions in its last stage, one more of them and half as wide again: 21 MMAC, 0.27 M parameters. The other layers are the fast net's: it starts from
 * their weights (`--front`) and learns from the large net (`--teacher`).
 */
export const separableNetSpec: EmotionNetSpec = { ...fastNetSpec, widths: [16, 32, 64, 192], convolutions: [1, 1, 3, 4], separableFrom: 3 };

/** Nets by the name that `train emotion --net` takes. */
export const netSpecs = { full: fullNetSpec, fast: fastNetSpec, separable: separableNetSpec } as const satisfies Record<string, EmotionNetSpec>;

/** Name of the model that comes of a net: the large one says so. */
export function modelNameOf({ widths, convolutions }: EmotionNetSpec): string {
  const isLarge = String(widths) === String(fullNetSpec.widths) && String(convolutions) === String(fullNetSpec.convolutions);
  return isLarge ? "emostream-emotion-large" : "emostream-emotion";
}

export type ParameterKind = "kernel" | "scale" | "offset" | "bias" | "mean" | "variance";

/** One parameter: `size` floats at `offset` of the flat array. Kernels are `[height, width, in, out]` or `[in, out]`. */
export interface Parameter {
  readonly name: string;
  readonly kind: ParameterKind;
  readonly shape: readonly number[];
  readonly offset: number;
  readonly size: number;
  /** A scale's first value, where that is not 1. */
  readonly first?: number;
}

/** All parameters: trained ones first, then the running statistics of batch normalisation. */
export interface Layout {
  readonly parameters: readonly Parameter[];
  /** Length of the trained part of the flat array. */
  readonly trained: number;
  readonly size: number;
}

/** Channels and size of a convolution. */
export interface Channels {
  /** Side, pixels. */
  readonly kernel: number;
  readonly inputs: number;
  readonly outputs: number;
  /** Input channels that each output sees: 1 of a depthwise convolution, all of any other. */
  readonly seen: number;
}

/** Whether a convolution sees each channel by itself. Then no ReLU follows its batch norm. */
export function isDepthwise({ inputs, seen }: Channels): boolean {
  return seen < inputs;
}

/** Shape of a convolution's kernel as TensorFlow has it: a depthwise one has its channels before its outputs for each. */
export function kernelShape(c: Channels): readonly number[] {
  return [c.kernel, c.kernel, c.inputs, isDepthwise(c) ? 1 : c.outputs];
}

/** Values that each output of a kernel of this shape is a sum of. */
export function fanIn(shape: readonly number[]): number {
  return (shape.at(-1) === 1 ? shape.slice(0, -2) : shape.slice(0, -1)).reduce((a, b) => a * b, 1);
}

/** One convolution: its channels, and whether it ends stage `stage`. */
export interface ConvolutionSpec extends Channels {
  readonly name: string;
  /** What the convolution before took is added between its batch norm and its ReLU. */
  readonly isResidual: boolean;
  readonly stage: number;
  readonly endsStage: boolean;
}

/** The convolutions in order. */
export function convolutionsOf(spec: EmotionNetSpec): ConvolutionSpec[] {
  const out: ConvolutionSpec[] = [];
  let inputs = 1;
  for (const [stage, outputs] of spec.widths.entries()) {
    const count = spec.convolutions[stage] ?? 1;
    const isSeparable = stage >= (spec.separableFrom ?? Number.POSITIVE_INFINITY);
    for (let i = 0; i < count; i++) {
      const name = `conv${stage + 1}_${i + 1}`;
      if (isSeparable) out.push({ name: `${name}.each`, kernel: 3, inputs, outputs: inputs, seen: 1, isResidual: false, stage, endsStage: false });
      out.push({ name, kernel: isSeparable ? 1 : 3, inputs, outputs, seen: inputs, isResidual: isSeparable && inputs === outputs, stage, endsStage: i === count - 1 });
      inputs = outputs;
    }
  }
  return out;
}

/** Where every parameter lies. */
export function layoutOf(spec: EmotionNetSpec): Layout {
  const parameters: Parameter[] = [];
  let offset = 0;
  const add = (name: string, kind: ParameterKind, shape: readonly number[], first?: number) => {
    const size = shape.reduce((a, b) => a * b, 1);
    parameters.push({ name, kind, shape, offset, size, ...(first === undefined ? {} : { first }) });
    offset += size;
  };
  const convolutions = convolutionsOf(spec);
  for (const c of convolutions) {
    add(`${c.name}/kernel`, "kernel", kernelShape(c));
    // At first nothing is added to what a residual convolution took: what a net says that has learned nothing would grow with each layer (Goyal et al., "Accurate, Large Minibatch SGD", 2017).
    add(`${c.name}/scale`, "scale", [c.outputs], c.isResidual ? 0 : 1);
    add(`${c.name}/offset`, "offset", [c.outputs]);
  }
  const features = convolutions.at(-1)?.outputs ?? 1;
  add("hidden/kernel", "kernel", [features, spec.units]);
  add("hidden/bias", "bias", [spec.units]);
  add("logits/kernel", "kernel", [spec.units, spec.classes]);
  add("logits/bias", "bias", [spec.classes]);
  const trained = offset;
  for (const c of convolutions) {
    add(`${c.name}/mean`, "mean", [c.outputs]);
    add(`${c.name}/variance`, "variance", [c.outputs]);
  }
  return { parameters, trained, size: offset };
}

/** Fresh parameters: kernels by He et al. (2015), the last layer near zero so that the first loss is log(classes). */
export function initialParameters(layout: Layout, seed: number): Float32Array {
  const values = new Float32Array(layout.size);
  for (const p of layout.parameters) {
    const part = values.subarray(p.offset, p.offset + p.size);
    if (p.kind === "scale" || p.kind === "variance") part.fill(p.first ?? 1);
    if (p.kind !== "kernel") continue;
    const random = randomFor(seed, "init", p.name);
    const deviation = p.name === "logits/kernel" ? 0.01 : Math.sqrt(2 / fanIn(p.shape));
    for (let i = 0; i < part.length; i++) part[i] = deviation * random.normal();
  }
  return values;
}

/** Multiplications (with their additions) for one face, in millions. */
export function megaMultiplications(spec: EmotionNetSpec): number {
  let total = 0;
  for (const c of convolutionsOf(spec)) total += Math.floor(spec.inputSize / 2 ** c.stage) ** 2 * c.kernel ** 2 * c.seen * c.outputs;
  const features = spec.widths.at(-1) ?? 1;
  return (total + features * spec.units + spec.units * spec.classes) / 1e6;
}
