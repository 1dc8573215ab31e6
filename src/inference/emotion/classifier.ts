// The emotion CNN in service: faces of a picture in, probabilities out.

import type { Precision } from "../../core/config.js";
import type { EmotionScores } from "../../core/emotions.js";
import type { ClassifySettings, ModelInfo, ModelPrecision } from "../../core/engine.js";
import type { AnyPicture } from "../../core/frame.js";
import type { Box, Landmarks } from "../../core/geometry.js";
import { priorOfLabels, type EmotionSettings, type Prior } from "../../core/prior.js";
// oxlint-disable-next-line no-restricted-imports -- the one file of the runtime lies a level up, beside the detector that shares it
import { batchOf, openOnnxModel } from "../onnx.js";
import { readEmotionModel, type EmotionManifest, type EmotionModelFiles } from "./manifest.js";
import { mirrored, writeFaceInput, type InputRule } from "./preprocess.js";
import { priorShift, softmaxRows } from "./probabilities.js";

const largestBatch = 16;

/** What one face's crop says. */
export interface ClassifiedFace {
  readonly emotions: EmotionScores;
  /** As `sharpnessOf` gives it. */
  readonly sharpness: number;
}

/** Lives on one thread: `classify` holds it while the net runs. Close it with `await using` or `close()`. */
export interface EmotionClassifier extends AsyncDisposable {
  readonly manifest: EmotionManifest;
  readonly models: readonly ModelInfo[];
  readonly precision: ModelPrecision;
  readonly emotion: EmotionSettings;
  close(): Promise<void>;
  /** One answer for each face, in order. @throws AppError `engine_failed` */
  classify(picture: AnyPicture, faces: readonly { readonly box: Box; readonly landmarks?: Landmarks }[], settings?: ClassifySettings): Promise<ClassifiedFace[]>;
  /** Logits of `count` ready inputs (`count * size * size`), in the order of the manifest's labels; with `mirror` the means of theirs and of their mirror images'. */
  logits(inputs: Float32Array, count: number, mirror?: boolean): Promise<Float32Array>;
}

/** Opens the model of `folder` (manifest.json and the ONNX file it names); `prior` takes the place of the manifest's tau. @throws AppError `model_invalid` */
export async function openEmotionClassifier(folder: string, prior?: Prior, precision?: Precision): Promise<EmotionClassifier> {
  return emotionClassifierOf(await readEmotionModel(folder, precision), prior);
}

/** The same of a model that is read already. @throws AppError `model_invalid` */
export async function emotionClassifierOf({ manifest, model, precision }: EmotionModelFiles, prior?: Prior): Promise<EmotionClassifier> {
  const session = await openOnnxModel(model);
  const { input, output, labels } = manifest;
  const area = input.size ** 2;
  const plainLogits = async (inputs: Float32Array, count: number) => {
    const all = new Float32Array(count * labels.length);
    for (let from = 0; from < count; ) {
      const n = batchOf(count - from, largestBatch);
      const result = await session.run({ [input.name]: { data: inputs.subarray(from * area, (from + n) * area), shape: [n, 1, input.size, input.size] } });
      all.set(result[output.name]!.data, from * labels.length);
      from += n;
    }
    return all;
  };
  const logits = async (inputs: Float32Array, count: number, mirror = false) => {
    const plain = await plainLogits(inputs, count);
    if (!mirror) return plain;
    const turned = await plainLogits(mirrored(inputs, input.size), count);
    return plain.map((value, i) => (value + turned[i]!) / 2);
  };
  const emotion: EmotionSettings = { model: manifest.name, version: manifest.modelVersion, prior: prior ?? manifest.prior.tau, temperature: manifest.temperature, uncertainBelow: manifest.uncertainBelow };
  const close = async () => session[Symbol.asyncDispose]();
  return {
    manifest,
    precision,
    emotion,
    models: [{ name: manifest.name, role: "emotion", version: manifest.modelVersion, precision }],
    close,
    logits,
    async classify(picture, faces, settings = {}) {
      const rule: InputRule = { ...input, equalize: settings.equalize ?? input.equalize };
      const inputs = new Float32Array(faces.length * area);
      const sharpness = faces.map((face, i) => writeFaceInput(picture, face, rule, inputs, i * area));
      const shift = priorShift(priorOfLabels(settings.prior ?? emotion.prior, labels), manifest.prior.training);
      const probabilities = softmaxRows(await logits(inputs, faces.length, settings.mirror), labels.length, manifest.temperature, shift);
      return sharpness.map((sharp, i) => ({
        emotions: Object.fromEntries(labels.map((name, k) => [name, probabilities[i * labels.length + k]!])) as EmotionScores,
        sharpness: sharp,
      }));
    },
    [Symbol.asyncDispose]: close,
  };
}
