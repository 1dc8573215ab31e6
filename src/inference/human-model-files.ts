// Reads Human's models from files and hands them to tfjs, which in Node (without tfjs-node) knows only HTTP. They are read and
// checked before Human loads them: Human logs a model that cannot be read and goes on.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { AppError } from "../core/errors.js";
import type { TensorFlow } from "./human-api.js";

interface ModelJson extends Readonly<Record<string, unknown>> {
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: readonly WeightSpec[] }[];
}

interface WeightSpec {
  readonly shape: readonly number[];
  readonly dtype: string;
  readonly quantization?: { readonly dtype: string };
}

/** What tfjs takes from a load handler: topology, weight specifications and weight bytes. */
export type ModelArtifacts = Readonly<Record<string, unknown>>;

const bytesPerValue: Readonly<Record<string, number>> = { float32: 4, int32: 4, float16: 2, uint16: 2, uint8: 1, bool: 1 };

/** An address that only the loader below understands; nothing is fetched. */
const scheme = "emostream-model://";

/**
 * Reads `<name>.json` and its weights in that folder.
 * @throws AppError `model_invalid`
 */
export async function readModel(dir: string, name: string): Promise<ModelArtifacts> {
  try {
    const { weightsManifest, ...model } = JSON.parse(await readFile(join(dir, `${name}.json`), "utf8")) as ModelJson;
    const weightSpecs = weightsManifest.flatMap((group) => group.weights);
    const files = await Promise.all(weightsManifest.flatMap((group) => group.paths).map((path) => readFile(join(dir, path))));
    const weights = new Uint8Array(Buffer.concat(files));
    const wanted = weightSpecs.reduce((sum, spec) => sum + sizeOf(spec), 0);
    if (weights.length !== wanted) throw new Error(`expected ${wanted} bytes of weights, received ${weights.length}`);
    return { ...model, weightSpecs, weightData: weights.buffer };
  } catch (error) {
    throw new AppError("model_invalid", `The model ${name} of the Human engine could not be read.`, { cause: error, detail: String(error) });
  }
}

/** Lets that instance of tfjs load these models by name. The result is the base address for Human's `modelBasePath`. */
export function offerModels(tf: TensorFlow, models: ReadonlyMap<string, ModelArtifacts>): string {
  tf.io.registerLoadRouter((url) => {
    const model = typeof url === "string" && url.startsWith(scheme) ? models.get(url.slice(scheme.length).replace(/\.json$/, "")) : undefined;
    return model === undefined ? null : { load: async () => model };
  });
  return scheme;
}

function sizeOf({ shape, dtype, quantization }: WeightSpec): number {
  return shape.reduce((product, side) => product * side, 1) * (bytesPerValue[quantization?.dtype ?? dtype] ?? Number.NaN);
}
