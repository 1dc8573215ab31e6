// Loads the node-wasm build of Human with its models out of the npm packages; nothing goes over the network.

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { AppError } from "../core/errors.js";
import type { Human, TensorFlow } from "./human-api.js";
import { humanConfig, type HumanLimits } from "./human-config.js";
import { loadModelsFromFiles } from "./human-model-files.js";

export interface HumanRuntime {
  readonly human: Human;
  readonly tf: TensorFlow;
}

/** @throws AppError `engine_unavailable`, `model_invalid` */
export async function openHuman(limits: HumanLimits): Promise<HumanRuntime> {
  const require = createRequire(import.meta.url);
  // The package's exports hide its other builds: the one with the wasm backend lies beside the main file.
  const dist = dirname(require.resolve("@vladmandic/human"));
  const wasm = join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "dist");
  // The tfjs that this build of Human requires.
  const tf = require("@tensorflow/tfjs-core") as TensorFlow;
  const { Human: HumanClass } = require(join(dist, "human.node-wasm.js")) as { Human: new (config: object) => Human };

  loadModelsFromFiles(tf);
  const human = new HumanClass(humanConfig(limits, `${pathToFileURL(join(dist, "../models")).href}/`, `${wasm}/`));
  await human.load();

  // Human logs what fails while loading and goes on.
  if (tf.getBackend() !== "wasm") throw new AppError("engine_unavailable", "The WebAssembly backend of the Human engine could not be started.", { detail: tf.getBackend() });
  const missing = ["blazeface", "facemesh", "emotion"].filter((name) => !human.models.loaded().includes(name));
  if (missing.length > 0) throw new AppError("model_invalid", `Models of the Human engine could not be loaded: ${missing.join(", ")}.`);
  // Loaded, and from here on run by us.
  human.config.face.emotion.enabled = false;
  return { human, tf };
}
