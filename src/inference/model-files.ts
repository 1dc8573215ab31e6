// A model folder: manifest.json beside the files it names by their SHA-256. A file that is not the one it names is refused.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import type { Precision } from "../core/config.js";
import type { ModelPrecision } from "../core/engine.js";
import { AppError } from "../core/errors.js";

/** Name of an ONNX file beside its manifest. */
export const modelFileSchema = z.string().regex(/^[\w.-]+\.onnx$/).describe("Beside the manifest.");
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

/** The same net on integers of 8 bits, where it gains by it. */
export const int8FileSchema = z.strictObject({ file: modelFileSchema, sha256: sha256Schema }).optional().describe("The same net on integers of 8 bits. Absent: it stays on floats.");

const figures = z.record(z.string(), z.number());
/** What `emostream models quantize` says about a model, whichever of its nets then have an int8 file. */
export const quantizationSchema = z
  .strictObject({
    command: z.string(),
    calibration: z.string().describe("What the ranges of the integers come from."),
    data: z.string().describe("What the figures were measured on."),
    fp32: figures,
    int8: figures.describe("With the int8 files that are there; without one, of what was refused."),
    left: z.record(z.string(), z.string()).describe("Nets that stay on floats, and why."),
  })
  .optional()
  .describe("Absent: `emostream models quantize` was not run.");
export type Quantization = NonNullable<z.infer<typeof quantizationSchema>>;

export interface NetFile {
  readonly file: string;
  readonly sha256: string;
  readonly int8?: Omit<NetFile, "int8"> | undefined;
}

/** The file of a net at a precision: of its floats, where it has no integers. */
export function fileAt(net: NetFile, precision: Precision): NetFile {
  return (precision === "int8" ? net.int8 : undefined) ?? net;
}

/** What a model of these nets calculates with. */
export function precisionOf(nets: readonly NetFile[], precision: Precision): ModelPrecision {
  const onIntegers = nets.filter(({ int8 }) => precision === "int8" && int8 !== undefined).length;
  if (onIntegers === 0) return "fp32";
  return onIntegers === nets.length ? "int8" : "mixed";
}

/** @throws AppError `model_invalid` where a model is asked for int8 that nobody quantised */
export function checkPrecision(folder: string, { quantization }: { readonly quantization?: Quantization | undefined }, precision: Precision, kind: string): void {
  if (precision === "int8" && quantization === undefined) throw new AppError("model_invalid", `Expected the ${kind} with precision int8, received one that has only fp32. Make it: emostream models quantize ${basename(folder)} --data <dir>`);
}

/** The manifest of a model folder; `format` is what it must call itself, `kind` names the model in errors. @throws AppError `model_invalid` */
export async function readManifest<T>(folder: string, schema: z.ZodType<T>, format: string, kind: string): Promise<T> {
  const bytes = await readModelBytes(join(folder, "manifest.json"), kind);
  let json: unknown;
  try {
    json = JSON.parse(bytes.toString("utf8"));
  } catch (error) {
    throw new AppError("model_invalid", `The manifest of the ${kind} is not JSON.`, { cause: error });
  }
  // Of another kind of model each line would be wrong: say that, not the lines.
  const found = (json as { format?: unknown } | null)?.format;
  if (found !== format) throw new AppError("model_invalid", `Expected format ${format} in the manifest of the ${kind}, received ${found === undefined ? "none" : JSON.stringify(found).slice(0, 60)}.`);
  const parsed = schema.safeParse(json);
  if (!parsed.success) throw new AppError("model_invalid", `The manifest of the ${kind} does not fit: ${z.prettifyError(parsed.error)}`, { cause: parsed.error });
  return parsed.data;
}

/** Bytes of a file that the manifest names. @throws AppError `model_invalid` when it cannot be read or is another one */
export async function readModelFile(folder: string, { file, sha256 }: { readonly file: string; readonly sha256: string }, kind: string): Promise<Uint8Array> {
  const bytes = await readModelBytes(join(folder, file), kind);
  const found = createHash("sha256").update(bytes).digest("hex");
  if (found !== sha256) throw new AppError("model_invalid", `Expected ${file} with SHA-256 ${sha256.slice(0, 12)}…, received ${found.slice(0, 12)}…: damaged, or not the model of this manifest.`);
  return bytes;
}

async function readModelBytes(file: string, kind: string): Promise<Buffer> {
  try {
    return await readFile(file);
  } catch (error) {
    throw new AppError("model_invalid", `Expected ${basename(file)} in the folder of the ${kind}; it cannot be read.`, { cause: error, detail: file });
  }
}
