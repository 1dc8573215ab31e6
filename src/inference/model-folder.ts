// Where a model lies: those that ship stand side by side in models/, others are folders of the user's.

import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { join, resolve } from "node:path";
import { AppError } from "../core/errors.js";
import { packageRoot } from "../core/package-info.js";

/** Where models stand side by side. */
export const modelsFolder = join(packageRoot, "models");

/** What their manifests call the two kinds of models. */
export const modelFormats = { emotion: "emostream-emotion", detector: "emostream-mtcnn" } as const;
export type ModelKind = keyof typeof modelFormats;

/** Our own cascade goes by the engine's name too. */
const aliases: Readonly<Record<string, string>> = { emostream: "detector" };

/**
 * The folder of a model (manifest.json and its ONNX files): of that name in models/, else that folder from the working directory.
 * @throws AppError `model_unknown` with the names there are
 */
export async function modelFolder(kind: ModelKind, nameOrFolder: string, models = modelsFolder): Promise<string> {
  const names = await modelNames(kind, models);
  const name = kind === "detector" ? (aliases[nameOrFolder] ?? nameOrFolder) : nameOrFolder;
  if (names.includes(name)) return join(models, name);
  const folder = resolve(nameOrFolder);
  if (nameOrFolder !== "" && existsSync(join(folder, "manifest.json"))) return folder;
  const hint = nameOrFolder === "reference" ? " `emostream models import mtcnn` makes it." : "";
  throw new AppError("model_unknown", `Expected ${kind === "emotion" ? "an emotion model" : "a detector"} (${names.join(", ")}) or a folder with a manifest.json, received ${nameOrFolder}.${hint}`);
}

/**
 * The kind and folder of a model of either kind: of that name in models/, else that folder from the working directory.
 * @throws AppError `model_unknown`
 */
export async function findModel(nameOrFolder: string, models = modelsFolder): Promise<{ readonly kind: ModelKind; readonly folder: string }> {
  const named = join(models, aliases[nameOrFolder] ?? nameOrFolder);
  for (const folder of [named, resolve(nameOrFolder)]) {
    const manifest = await readFile(join(folder, "manifest.json"), "utf8").catch(() => "");
    const kind = (["emotion", "detector"] as const).find((k) => manifest.includes(`"${modelFormats[k]}"`));
    if (kind !== undefined) return { kind, folder };
  }
  throw new AppError("model_unknown", `Expected the name of a model in models/ or a folder with a manifest.json, received ${nameOrFolder}.`);
}

/** Names of the models of a kind in `models`; other kinds may lie beside them. */
export async function modelNames(kind: ModelKind, models = modelsFolder): Promise<string[]> {
  const folders = await readdir(models);
  const manifests = await Promise.all(folders.map((name) => readFile(join(models, name, "manifest.json"), "utf8").catch(() => "")));
  return folders.filter((_, i) => manifests[i]!.includes(`"${modelFormats[kind]}"`)).toSorted();
}
