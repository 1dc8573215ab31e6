// Loads the node-wasm build of Human with its models out of the npm packages; nothing goes over the network.

import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { AppError, toAppError } from "../core/errors.js";
import type { Human, Tensor, TensorFlow } from "./human-api.js";
import { humanConfig, type HumanLimits } from "./human-config.js";
import { offerModels, readModel } from "./human-model-files.js";

const modelNames = ["blazeface", "facemesh", "emotion"] as const;

/** Human is no dependency of a plain install: its package, and what its node-wasm build requires without saying so. */
const packages = ["@vladmandic/human", "@tensorflow/tfjs-core", "@tensorflow/tfjs-converter", "@tensorflow/tfjs-backend-wasm"] as const;

export interface HumanRuntime {
  readonly human: Human;
  readonly tf: TensorFlow;
}

/**
 * Loads, and runs each model once: that proves that they work and spares the first picture the wait.
 * Once a thread: Human and tfjs keep their state in their modules. `modelDir` is for tests.
 * @throws AppError `engine_unavailable`, `model_invalid`
 */
export async function openHuman(limits: HumanLimits, modelDir?: string): Promise<HumanRuntime> {
  const require = createRequire(import.meta.url);
  checkInstalled(require);
  // The package's exports hide its other builds: the one with the wasm backend lies beside the main file.
  const dist = dirname(require.resolve("@vladmandic/human"));
  const wasm = join(dirname(require.resolve("@tensorflow/tfjs-backend-wasm/package.json")), "dist");
  // The tfjs that this build of Human requires.
  const tf = require("@tensorflow/tfjs-core") as TensorFlow;
  const { Human: HumanClass } = require(join(dist, "human.node-wasm.js")) as { Human: new (config: object) => Human };

  const dir = modelDir ?? join(dist, "../models");
  const models = new Map(await Promise.all(modelNames.map(async (name) => [name, await readModel(dir, name)] as const)));
  const human = new HumanClass(humanConfig(limits, offerModels(tf, models), `${wasm}/`));
  const restoreListeners = rememberListeners();
  await human.load();
  restoreListeners();

  if (tf.getBackend() !== "wasm") throw new AppError("engine_unavailable", "The WebAssembly backend of the Human engine could not be started.", { detail: tf.getBackend() });
  for (const name of modelNames) await tryModel({ human, tf }, name);
  // Loaded, and from here on run by human-emotions.ts.
  human.config.face.emotion.enabled = false;
  return { human, tf };
}

/** @throws AppError `engine_unavailable` with what to type when a package is missing */
function checkInstalled({ resolve }: NodeJS.Require): void {
  const missing = packages.filter((name) => {
    try {
      resolve(`${name}/package.json`);
      return false;
    } catch (error) {
      // A package that hides its package.json is there all the same.
      return (error as NodeJS.ErrnoException).code === "MODULE_NOT_FOUND";
    }
  });
  if (missing.length > 0) throw new AppError("engine_unavailable", `The engine human is optional and not installed. Type: npm install ${packages.join(" ")}`, { detail: `missing: ${missing.join(", ")}` });
}

/** @throws AppError `model_invalid` when the model does not run, or its answer to a black picture is not finite. */
async function tryModel({ human, tf }: HumanRuntime, name: string): Promise<void> {
  try {
    const model = human.models.models[name];
    const shape = model?.inputs[0]?.shape;
    if (model === null || model === undefined || shape === undefined) throw new Error("not loaded");
    const input = tf.zeros([1, ...shape.slice(1)]);
    const outputs = [model.execute(input)].flat() as Tensor[];
    const values = await Promise.all(outputs.map((output) => output.data()));
    for (const tensor of [input, ...outputs]) tensor.dispose();
    if (!values.every((data) => data.every((value) => Number.isFinite(value)))) throw new Error("gives values that are not finite");
  } catch (error) {
    throw new AppError("model_invalid", `The model ${name} of the Human engine does not work.`, { cause: error, detail: toAppError(error).detail ?? String(error) });
  }
}

/**
 * The compiled WebAssembly module adds listeners to the process that throw again whatever is unhandled: one lost rejection
 * would end the thread instead of failing its picture. The result takes off what was added since.
 */
function rememberListeners(): () => void {
  const events = ["uncaughtException", "unhandledRejection"];
  const before = events.map((event) => process.listeners(event as NodeJS.Signals));
  return () => {
    for (const [i, event] of events.entries()) {
      for (const listener of process.listeners(event as NodeJS.Signals)) if (!before[i]!.includes(listener)) process.removeListener(event, listener);
    }
  };
}
