// Where an emotion model lies: those that ship stand side by side in models/, others are folders of the user's.

import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AppError } from "../../core/errors.js";
import { packageRoot } from "../../core/package-info.js";

const shipped = join(packageRoot, "models");

/**
 * The folder of a model (manifest.json and its ONNX file): of that name in models/, else that folder from the working directory.
 * @throws AppError `model_unknown` with the names there are
 */
export async function emotionModelFolder(nameOrFolder: string, models = shipped): Promise<string> {
  const names = await emotionModelNames(models);
  if (names.includes(nameOrFolder)) return join(models, nameOrFolder);
  const folder = resolve(nameOrFolder);
  if (nameOrFolder !== "" && existsSync(join(folder, "manifest.json"))) return folder;
  throw new AppError("model_unknown", `Expected an emotion model (${names.join(", ")}) or a folder with a manifest.json, received ${nameOrFolder}.`);
}

/** Names of the emotion models in `models`; other kinds of models may lie beside them. */
export async function emotionModelNames(models = shipped): Promise<string[]> {
  const folders = await readdir(models);
  const manifests = await Promise.all(folders.map((name) => readFile(join(models, name, "manifest.json"), "utf8").catch(() => "")));
  return folders.filter((_, i) => manifests[i]!.includes('"emostream-emotion"')).toSorted();
}
