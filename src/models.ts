// What lies in models/: emotion CNNs and detectors with the figures of their manifests.

import { stat } from "node:fs/promises";
import { join } from "node:path";
import { percent } from "./core/percent.js";
import type { Quantization } from "./inference/model-files.js";
import { readEmotionModel } from "./inference/emotion/manifest.js";
import { modelNames, modelsFolder } from "./inference/model-folder.js";
import { readDetectorModel } from "./inference/mtcnn/manifest.js";

export { modelsFolder };

export interface InstalledModel {
  /** Of its folder: what `--model` and `--detector` take. */
  readonly folder: string;
  readonly kind: "emotion" | "detector";
  readonly name: string;
  readonly version: string;
  /** Of the ONNX files together. */
  readonly bytes: number;
  /** Multiplications for one face; of a detector, for one window of each stage. Millions. */
  readonly megaMultiplications: readonly number[];
  readonly metrics: Readonly<Record<string, number>>;
  /** What `models quantize` found; absent: it was not run, and there is no int8. */
  readonly quantization?: Quantization;
  readonly licence: string;
}

/** Every model in `models`, its files checked. @throws AppError `model_invalid` */
export async function listModels(models = modelsFolder): Promise<InstalledModel[]> {
  const found: InstalledModel[] = [];
  for (const folder of await modelNames("detector", models)) {
    const { manifest } = await inEachPrecision(await readDetectorModel(join(models, folder)), () => readDetectorModel(join(models, folder), "int8"));
    const stages = Object.values(manifest.stages);
    found.push({ folder, kind: "detector", name: manifest.name, version: manifest.modelVersion, bytes: await bytesOf(models, folder, stages.map((s) => s.file)), megaMultiplications: stages.map((s) => s.megaMultiplications), metrics: manifest.metrics, ...(manifest.quantization === undefined ? {} : { quantization: manifest.quantization }), licence: manifest.licence });
  }
  for (const folder of await modelNames("emotion", models)) {
    const { manifest } = await inEachPrecision(await readEmotionModel(join(models, folder)), () => readEmotionModel(join(models, folder), "int8"));
    found.push({ folder, kind: "emotion", name: manifest.name, version: manifest.modelVersion, bytes: await bytesOf(models, folder, [manifest.file]), megaMultiplications: [manifest.training.megaMultiplications], metrics: manifest.metrics, ...(manifest.quantization === undefined ? {} : { quantization: manifest.quantization }), licence: manifest.licence });
  }
  return found;
}

/** A line for each model, columns aligned. */
export function modelsTable(models: readonly InstalledModel[]): string {
  const rows = [["kind", "folder", "version", "kB", "MMAC", "figures", "int8 (and floats, measured alike)"], ...models.map((m) => [m.kind, m.folder, m.version, (m.bytes / 1000).toFixed(0), m.megaMultiplications.map((n) => n.toPrecision(2)).join(" + "), headline(m.metrics), m.quantization === undefined ? "-" : headline(m.quantization.int8, m.quantization.fp32)])];
  const widths = rows[0]!.map((_, i) => Math.max(...rows.map((r) => r[i]!.length)));
  return rows.map((row) => `${row.map((cell, i) => cell.padEnd(widths[i]!)).join("  ").trimEnd()}\n`).join("");
}

/** A model as it was read; its int8 files are read, too, where there are any. */
async function inEachPrecision<M extends { readonly manifest: { readonly quantization?: Quantization | undefined } }>(floats: M, integers: () => Promise<M>): Promise<M> {
  return floats.manifest.quantization === undefined ? floats : integers();
}

/** The figures that tell most, each with its counterpart of `others` in brackets: int8 is measured as in films, where a face is seen once, and metrics as in stills. */
function headline(metrics: Readonly<Record<string, number>>, others: Readonly<Record<string, number>> = {}): string {
  return ["accuracy", "meanRecall", "averagePrecision", "recall"]
    .flatMap((name) => (metrics[name] === undefined ? [] : [`${name} ${percent(metrics[name])}${others[name] === undefined ? "" : ` (${percent(others[name])})`}`]))
    .join(", ");
}

async function bytesOf(models: string, folder: string, files: readonly string[]): Promise<number> {
  const sizes = await Promise.all(files.map(async (file) => (await stat(join(models, folder, file))).size));
  return sizes.reduce((a, b) => a + b, 0);
}
