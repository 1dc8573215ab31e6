// Int8 files into a model's folder, so that whoever reads it meanwhile finds a manifest that fits its files.

import { createHash } from "node:crypto";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import type { NetFile } from "../../inference/model-files.js";

/** The manifest's entry for the int8 file beside `file`. */
export function int8Entry(file: string, bytes: Uint8Array): { readonly file: string; readonly sha256: string } {
  return { file: int8Name(file), sha256: createHash("sha256").update(bytes).digest("hex") };
}

export interface QuantizedNet {
  /** As the manifest has it. */
  readonly net: NetFile;
  /** Undefined: it stays on floats, and an older int8 file goes. */
  readonly bytes: Uint8Array | undefined;
}

/** First `without` (the manifest with no int8), then the files, then `manifest`. */
export async function writeInt8(folder: string, nets: readonly QuantizedNet[], without: object, manifest: object): Promise<void> {
  await writeManifest(folder, without);
  for (const { net, bytes } of nets) {
    const path = join(folder, int8Name(net.file));
    if (bytes === undefined) await rm(path, { force: true });
    else await writeFileAtomic(path, Buffer.from(bytes));
  }
  await writeManifest(folder, manifest);
}

function int8Name(file: string): string {
  return file.replace(/\.onnx$/, ".int8.onnx");
}

function writeManifest(folder: string, manifest: object): Promise<void> {
  return writeFileAtomic(join(folder, "manifest.json"), `${JSON.stringify(manifest, null, 2)}\n`);
}
