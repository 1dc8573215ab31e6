// Our WebAssembly: modules written in assembly/, compiled by `npm run build`, each on a memory of its own.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { AppError } from "../core/errors.js";
import { packageRoot } from "../core/package-info.js";

/** The part of the standard's interface that is used here: TypeScript knows it in browsers only. */
declare const WebAssembly: {
  readonly Memory: new (descriptor: { readonly initial: number }) => Memory;
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => { readonly exports: unknown };
};

interface Memory {
  readonly buffer: ArrayBuffer;
  grow(pages: number): number;
}

const page = 65_536;
/** Where a part of a memory may begin, bytes. */
const alignment = 64;

/** The first address from `at` on where a part of a memory may begin. */
export function aligned(at: number): number {
  return alignment * Math.ceil(at / alignment);
}

/** A rectangle of pixels that a kernel makes: columns and rows from `left` and `top` to before `right` and `bottom`. */
export interface Part {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** The pixel of a side of `length` pixels that holds `at`, or the nearest. */
export function pixelAt(at: number, length: number): number {
  return Math.min(length - 1, Math.max(0, Math.floor(at)));
}

/** What a module exports, and its memory, which grows. */
export class KernelMemory<Kernels> {
  readonly kernels: Kernels;
  readonly #memory = new WebAssembly.Memory({ initial: 1 });

  /** @throws AppError `engine_unavailable` when the package has not been built */
  constructor(name: "pixels" | "suppress" | "crop") {
    this.kernels = new WebAssembly.Instance(new WebAssembly.Module(bytesOf(name)), { env: { memory: this.#memory } }).exports as Kernels;
  }

  /** Another one after `reserve` had to grow. */
  get buffer(): ArrayBuffer {
    return this.#memory.buffer;
  }

  /** Makes sure that there are so many bytes. */
  reserve(bytes: number): void {
    const missing = bytes - this.#memory.buffer.byteLength;
    if (missing > 0) this.#memory.grow(Math.ceil(missing / page));
  }
}

/** Lies in dist, whether this file runs from there or, in tests, from the sources. */
function bytesOf(name: string): Buffer {
  const path = join(packageRoot, `dist/inference/${name}.wasm`);
  try {
    return readFileSync(path);
  } catch (error) {
    throw new AppError("engine_unavailable", "The kernels are not built: run `npm run build`.", { detail: path, cause: error });
  }
}
