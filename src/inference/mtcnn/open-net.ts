// Opens one net of the cascade and tries it once: a file may have the hash that its manifest names and still be another net.

import { AppError } from "../../core/errors.js";
// oxlint-disable-next-line no-restricted-imports -- the one file of the runtime lies a level up, beside the classifier that shares it
import { openOnnxModel, type OnnxModel } from "../onnx.js";
import { answerSizes } from "./answers.js";

export type NetName = "pnet" | "rnet" | "onet";

/** `size` and `stride` as the manifest says. @throws AppError `model_invalid` for bytes that are no net, or one with other inputs, outputs or stride */
export async function openNet(bytes: Uint8Array, name: NetName, shape: { readonly size: number; readonly stride: number }): Promise<OnnxModel> {
  const model = await openOnnxModel(bytes, name);
  try {
    await check(model, name, shape);
    return model;
  } catch (error) {
    await model[Symbol.asyncDispose]();
    throw error;
  }
}

async function check(model: OnnxModel, name: NetName, { size, stride }: { readonly size: number; readonly stride: number }): Promise<void> {
  // P-Net slides: over one stride more than its window it gives two columns and two rows.
  const [side, places] = name === "pnet" ? [size + stride, [2, 2]] : [size, []];
  const wanted = [1, answerSizes[name], ...places];
  if (!model.inputs.includes("input") || !model.outputs.includes("answers")) {
    throw new AppError("model_invalid", `Expected ${name} with input \`input\` and output \`answers\`, received ${model.inputs.join(", ")} and ${model.outputs.join(", ")}.`);
  }
  const results = await model.run({ input: { data: new Float32Array(3 * side * side), shape: [1, 3, side, side] } }).catch((error: unknown) => {
    throw new AppError("model_invalid", `Expected ${name} for inputs of 3x${side}x${side}, received a net that refuses them.`, { cause: error });
  });
  const found = results["answers"]!.shape;
  if (found.join("x") !== wanted.join("x")) throw new AppError("model_invalid", `Expected ${name} to answer ${side}x${side} pixels with ${wanted.join("x")} numbers, received ${found.join("x")}.`);
}
