// One net of the cascade as ONNX, batch norm folded. Input `input` `[N, 3, h, w]`, RGB, `(value - 127.5) / 128`. P-Net runs over whole pictures:
// `answers` `[N, 5, h', w']`; R- and O-Net over windows: `[N, 5]` and `[N, 15]`. See src/inference/mtcnn/answers.ts for what they are.

import { convolutionAttributes, foldBatchNorm } from "../export-onnx.js";
import { isDepthwise, type Channels } from "../net/spec.js";
import { encodeOnnx, type OnnxNode, type OnnxTensor, type OnnxValue } from "../onnx-file.js";
import { headOutputs, outputCount, placedConvolutions, stageLayout, type StageSpec } from "./nets.js";

/** How pixels become inputs; the same in the manifest. */
export const detectorInput = { mean: 127.5, deviation: 128 } as const;

/** Bytes of the `.onnx` file of a net. */
export function exportStage(spec: StageSpec, parameters: Float32Array, metadata: Readonly<Record<string, string>> = {}): Buffer {
  const layout = stageLayout(spec);
  const of = (name: string) => {
    const p = layout.parameters.find((q) => q.name === name)!;
    return parameters.slice(p.offset, p.offset + p.size);
  };
  const nodes: OnnxNode[] = [];
  const constants: OnnxTensor[] = [];
  const convolve = (name: string, input: string, output: string, channels: Channels, stride: number, kernel: Float32Array, bias: Float32Array) => {
    constants.push({ name: `${name}.kernel`, shape: [channels.outputs, channels.seen, channels.kernel, channels.kernel], values: kernel }, { name: `${name}.bias`, shape: [channels.outputs], values: bias });
    nodes.push({ type: "Conv", inputs: [input, `${name}.kernel`, `${name}.bias`], output, attributes: convolutionAttributes(channels, 0, stride) });
  };
  let last = "input";
  const convolutions = placedConvolutions(spec);
  for (const c of convolutions) {
    const folded = foldBatchNorm(of(`${c.name}/kernel`), c.seen, c.outputs, { scale: of(`${c.name}/scale`), offset: of(`${c.name}/offset`), mean: of(`${c.name}/mean`), variance: of(`${c.name}/variance`) });
    convolve(c.name, last, `${c.name}.sum`, c, c.stride, folded.kernel, folded.bias);
    last = `${c.name}.sum`;
    if (!isDepthwise(c)) nodes.push({ type: "Relu", inputs: [last], output: (last = `${c.name}.out`) });
  }
  const features = convolutions.at(-1)!.outputs;
  const [kernel, bias] = [of("heads/kernel"), of("heads/bias")];
  const count = headOutputs(spec);
  const slides = spec.name === "pnet";
  const served = Float32Array.from({ length: count * features }, (_, i) => kernel[(i % features) * outputCount + Math.floor(i / features)]!);
  convolve("heads", last, slides ? "answers" : "answers.map", { kernel: 1, inputs: features, outputs: count, seen: features }, 1, served, bias.slice(0, count));
  if (!slides) nodes.push({ type: "Flatten", inputs: ["answers.map"], output: "answers", attributes: { axis: 1 } });
  const sides = slides ? (["height", "width"] as const) : ([spec.size, spec.size] as const);
  const outputs: OnnxValue[] = [{ name: "answers", shape: slides ? ["N", count, "h", "w"] : ["N", count] }];
  return encodeOnnx({ name: spec.name, nodes, constants, input: { name: "input", shape: ["N", 3, ...sides] }, outputs, metadata });
}
