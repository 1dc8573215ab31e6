// The trained CNN as ONNX: batch normalisation folded into the convolutions, kernels in ONNX's order, logits as the output.

import { batchNormEpsilon } from "./net/ops.js";
import { convolutionsOf, isDepthwise, layoutOf, type Channels, type EmotionNetSpec } from "./net/spec.js";
import { encodeOnnx, type OnnxNode, type OnnxTensor } from "./onnx-file.js";

export interface FoldedConvolution {
  /** `[out, in, height, width]`. */
  readonly kernel: Float32Array;
  readonly bias: Float32Array;
}

/** Batch norm after a convolution without bias is a convolution with one. `kernel` is `[height, width, in, out]`. */
export function foldBatchNorm(kernel: Float32Array, inputs: number, outputs: number, norm: { readonly scale: Float32Array; readonly offset: Float32Array; readonly mean: Float32Array; readonly variance: Float32Array }): FoldedConvolution {
  const folded = { kernel: new Float32Array(kernel.length), bias: new Float32Array(outputs) };
  const taps = kernel.length / (inputs * outputs);
  for (let o = 0; o < outputs; o++) {
    const gain = norm.scale[o]! / Math.sqrt(norm.variance[o]! + batchNormEpsilon);
    folded.bias[o] = norm.offset[o]! - norm.mean[o]! * gain;
    for (let i = 0; i < inputs; i++) for (let k = 0; k < taps; k++) folded.kernel[(o * inputs + i) * taps + k] = kernel[(k * inputs + i) * outputs + o]! * gain;
  }
  return folded;
}

/** Attributes of an ONNX `Conv` with `pad` zeros around. */
export function convolutionAttributes({ kernel, inputs, seen }: Channels, pad: number, stride = 1): Record<string, number | readonly number[]> {
  const group = inputs / seen;
  return { ...(group === 1 ? {} : { group }), kernel_shape: [kernel, kernel], pads: [pad, pad, pad, pad], strides: [stride, stride] };
}

/** Bytes of the `.onnx` file: input `input` `[N, 1, size, size]` (normalised), output `logits` `[N, classes]`. */
export function exportOnnx(spec: EmotionNetSpec, parameters: Float32Array, metadata: Readonly<Record<string, string>> = {}): Buffer {
  const layout = layoutOf(spec);
  const of = (name: string) => {
    const p = layout.parameters.find((q) => q.name === name)!;
    return parameters.slice(p.offset, p.offset + p.size);
  };
  const nodes: OnnxNode[] = [];
  const constants: OnnxTensor[] = [];
  let last = "input";
  const add = (type: string, output: string, more: readonly string[] = [], attributes: Record<string, number | readonly number[]> = {}) => {
    nodes.push({ type, inputs: [last, ...more], output, attributes });
    last = output;
  };
  let before = last;
  for (const c of convolutionsOf(spec)) {
    const skipped = before;
    before = last;
    const folded = foldBatchNorm(of(`${c.name}/kernel`), c.seen, c.outputs, { scale: of(`${c.name}/scale`), offset: of(`${c.name}/offset`), mean: of(`${c.name}/mean`), variance: of(`${c.name}/variance`) });
    constants.push({ name: `${c.name}.kernel`, shape: [c.outputs, c.seen, c.kernel, c.kernel], values: folded.kernel }, { name: `${c.name}.bias`, shape: [c.outputs], values: folded.bias });
    add("Conv", `${c.name}.sum`, [`${c.name}.kernel`, `${c.name}.bias`], convolutionAttributes(c, Math.floor(c.kernel / 2)));
    if (c.isResidual) add("Add", `${c.name}.added`, [skipped]);
    if (!isDepthwise(c)) add("Relu", `${c.name}.out`);
    if (c.endsStage) add("MaxPool", `${c.name}.pooled`, [], { kernel_shape: [2, 2], strides: [2, 2] });
  }
  add("GlobalAveragePool", "average");
  add("Flatten", "features", [], { axis: 1 });
  for (const [name, inputs, outputs, output] of [["hidden", spec.widths.at(-1)!, spec.units, "hidden.sum"], ["logits", spec.units, spec.classes, "logits"]] as const) {
    constants.push({ name: `${name}.kernel`, shape: [inputs, outputs], values: of(`${name}/kernel`) }, { name: `${name}.bias`, shape: [outputs], values: of(`${name}/bias`) });
    add("Gemm", output, [`${name}.kernel`, `${name}.bias`]);
    if (name === "hidden") add("Relu", "hidden.out");
  }
  const size = spec.inputSize;
  return encodeOnnx({ name: "emotion", nodes, constants, input: { name: "input", shape: ["N", 1, size, size] }, outputs: [{ name: "logits", shape: ["N", spec.classes] }], metadata });
}
