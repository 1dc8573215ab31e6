// P-, R- and O-Net (Zhang et al., "Joint Face Detection and Alignment Using Multi-task Cascaded Convolutional Networks", 2016, figure 2):
// windows of 12, 24 and 48 pixels, a score, a box and five points out of one body. What differs from the paper makes them faster: the first convolution
// has stride 2 where the paper pools a full-resolution layer, ReLU with batch norm (folded at export) stands for PReLU, and channels
// are multiples of 16. A fully connected layer is a convolution as large as what is left of the window.

import { answerSizes } from "../../inference/mtcnn/answers.js";
import { fanIn, kernelShape, type Channels, type Layout, type Parameter, type ParameterKind } from "../net/spec.js";
import { randomFor } from "../random.js";

export const stageNames = ["pnet", "rnet", "onet"] as const;
export type StageName = (typeof stageNames)[number];

/** One convolution without padding, followed by batch norm and, unless it is depthwise, ReLU. */
export interface StageConvolution {
  readonly kernel: number;
  readonly stride: number;
  /** Channels that come out; for a depthwise convolution, which sees each channel by itself, as many as go in. */
  readonly outputs: number | "depthwise";
}

export interface StageSpec {
  readonly name: StageName;
  /** Side of the window, pixels. */
  readonly size: number;
  readonly convolutions: readonly StageConvolution[];
}

/** Outputs of a window in training, in order: the score's logit, four box offsets, five points. */
export const outputCount = answerSizes.onet;

const conv = (kernel: number, stride: number, outputs: number): StageConvolution => ({ kernel, stride, outputs });
/** Two: one of each channel by itself, and one of 1x1 that mixes them. */
const separable = (kernel: number, stride: number, outputs: number): StageConvolution[] => [{ kernel, stride, outputs: "depthwise" }, conv(1, 1, outputs)];

/**
 * The nets that are trained. P-Net looks at every fourth pixel, where the paper's looks at every second: less than half the arithmetic, fewer candidates at equal recall
 * (its positives overlap less, see `overlaps`). Sides of the layers: 12-5-2-1; 24-11-5-3-1; 48-23-11-9-4-2-1. The first kernel is 4 wide because with 3 the last row and column of a
 * window would go unseen: P-Net let through a fifth fewer negatives for it, at equal recall. O-Net's three convolutions in the middle, two thirds of its arithmetic when they were whole, are separable.
 */
export const stageSpecs: Readonly<Record<StageName, StageSpec>> = {
  pnet: { name: "pnet", size: 12, convolutions: [conv(4, 2, 16), conv(3, 2, 32), conv(2, 1, 32)] },
  rnet: { name: "rnet", size: 24, convolutions: [conv(4, 2, 32), conv(3, 2, 64), conv(3, 1, 64), conv(3, 1, 112)] },
  onet: { name: "onet", size: 48, convolutions: [conv(4, 2, 32), conv(3, 2, 64), ...separable(3, 1, 128), ...separable(3, 2, 192), ...separable(3, 1, 256), conv(2, 1, 256)] },
};

/** One convolution with its place in the net: `side` is that of its output for a window of the net's size. */
export interface PlacedConvolution extends Channels {
  readonly name: string;
  readonly stride: number;
  readonly side: number;
}

/** The convolutions in order. @throws RangeError unless a window ends in one pixel. */
export function placedConvolutions(spec: StageSpec): PlacedConvolution[] {
  let [inputs, side] = [3, spec.size];
  const placed = spec.convolutions.map(({ kernel, stride, outputs }, i): PlacedConvolution => {
    side = Math.floor((side - kernel) / stride) + 1;
    const isDepthwise = outputs === "depthwise";
    const out = { name: `conv${i + 1}`, kernel, stride, inputs, outputs: isDepthwise ? inputs : outputs, seen: isDepthwise ? 1 : inputs, side };
    inputs = out.outputs;
    return out;
  });
  if (side !== 1) throw new RangeError(`expected a window of ${spec.size} to end in 1 pixel, received ${side}`);
  return placed;
}

/** Distance between neighbouring windows when the net runs over a picture, pixels. */
export function strideOf(spec: StageSpec): number {
  return spec.convolutions.reduce((product, c) => product * c.stride, 1);
}

/** Where each parameter lies in one flat array; running statistics last. */
export function stageLayout(spec: StageSpec): Layout {
  const parameters: Parameter[] = [];
  let offset = 0;
  const add = (name: string, kind: ParameterKind, ...shape: number[]) => {
    const size = shape.reduce((a, b) => a * b, 1);
    parameters.push({ name, kind, shape, offset, size });
    offset += size;
  };
  const convolutions = placedConvolutions(spec);
  for (const c of convolutions) {
    add(`${c.name}/kernel`, "kernel", ...kernelShape(c));
    add(`${c.name}/scale`, "scale", c.outputs);
    add(`${c.name}/offset`, "offset", c.outputs);
  }
  add("heads/kernel", "kernel", convolutions.at(-1)!.outputs, outputCount);
  add("heads/bias", "bias", outputCount);
  const trained = offset;
  for (const c of convolutions) {
    add(`${c.name}/mean`, "mean", c.outputs);
    add(`${c.name}/variance`, "variance", c.outputs);
  }
  return { parameters, trained, size: offset };
}

/** Fresh parameters: kernels by He et al. (2015), heads near zero; the points start where an average face has them. */
export function initialStageParameters(layout: Layout, seed: number): Float32Array {
  const values = new Float32Array(layout.size);
  for (const p of layout.parameters) {
    const part = values.subarray(p.offset, p.offset + p.size);
    if (p.kind === "scale" || p.kind === "variance") part.fill(1);
    if (p.kind === "bias") part.set(averagePoints, outputCount - averagePoints.length);
    if (p.kind !== "kernel") continue;
    const random = randomFor(seed, "init", p.name);
    const deviation = p.name === "heads/kernel" ? 0.01 : Math.sqrt(2 / fanIn(p.shape));
    for (let i = 0; i < part.length; i++) part[i] = deviation * random.normal();
  }
  return values;
}

const averagePoints = [0.32, 0.38, 0.68, 0.38, 0.5, 0.58, 0.36, 0.76, 0.64, 0.76] as const;

/** Multiplications (with their additions) for one window, in millions. P-Net shares most of them between windows: see `denseKiloMultiplications`. */
export function stageMegaMultiplications(spec: StageSpec): number {
  const convolutions = placedConvolutions(spec);
  const body = convolutions.reduce((sum, c) => sum + c.side ** 2 * c.kernel ** 2 * c.seen * c.outputs, 0);
  return (body + convolutions.at(-1)!.outputs * headOutputs(spec)) / 1e6;
}

/** Multiplications for each place where the net, run over a whole picture, gives an answer, in thousands. */
export function denseKiloMultiplications(spec: StageSpec): number {
  const convolutions = placedConvolutions(spec);
  let left = strideOf(spec);
  const body = convolutions.reduce((sum, c) => {
    left /= c.stride;
    return sum + left ** 2 * c.kernel ** 2 * c.seen * c.outputs;
  }, 0);
  return (body + convolutions.at(-1)!.outputs * headOutputs(spec)) / 1e3;
}

/** Outputs that are exported: only O-Net is served with its points. */
export function headOutputs(spec: StageSpec): number {
  return answerSizes[spec.name];
}
