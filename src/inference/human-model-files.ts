// Lets tfjs load graph models from `file:` addresses: in Node without tfjs-node it only knows HTTP.

import { readFile } from "node:fs/promises";
import { fileURLToPath } from "node:url";
import { AppError } from "../core/errors.js";
import type { ModelHandler, TensorFlow } from "./human-api.js";

interface ModelJson extends Readonly<Record<string, unknown>> {
  readonly weightsManifest: readonly { readonly paths: readonly string[]; readonly weights: readonly unknown[] }[];
}

/** Registers the loader with that instance of tfjs. Human swallows what `load` throws: `onFailure` learns it all the same. */
export function loadModelsFromFiles(tf: TensorFlow, onFailure: (error: AppError) => void): void {
  tf.io.registerLoadRouter((url) => (typeof url === "string" && url.startsWith("file:") ? modelFile(new URL(url), onFailure) : null));
}

/** A handler as tfjs wants it: topology and weights of one model.json and the files that it names. */
function modelFile(url: URL, onFailure: (error: AppError) => void): ModelHandler {
  return {
    async load() {
      try {
        const { weightsManifest, ...model } = JSON.parse(await readFile(url, "utf8")) as ModelJson;
        const files = await Promise.all(weightsManifest.flatMap((group) => group.paths).map((path) => readFile(new URL(path, url))));
        const weights = new Uint8Array(Buffer.concat(files));
        return { ...model, weightSpecs: weightsManifest.flatMap((group) => group.weights), weightData: weights.buffer };
      } catch (error) {
        const failure = new AppError("model_invalid", "A model of the Human engine could not be read.", { cause: error, detail: `${fileURLToPath(url)}: ${String(error)}` });
        onFailure(failure);
        throw failure;
      }
    },
  };
}
