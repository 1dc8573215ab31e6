// A model folder: manifest.json beside the files it names by their SHA-256. A file that is not the one it names is refused.

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, join } from "node:path";
import { z } from "zod";
import { AppError } from "../core/errors.js";

/** Name of an ONNX file beside its manifest. */
export const modelFileSchema = z.string().regex(/^[\w.-]+\.onnx$/).describe("Beside the manifest.");
export const sha256Schema = z.string().regex(/^[0-9a-f]{64}$/);

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
