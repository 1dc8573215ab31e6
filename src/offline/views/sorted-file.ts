// Files of records of one size, sorted by a number: a range is found by halving, so that an answer costs a few small reads and its own
// length, however long the film is. No index lies beside them that could disagree.

import { open, type FileHandle } from "node:fs/promises";
import { AppError, toAppError } from "../../core/errors.js";

/** How a record is laid out, as far as searching needs it. */
export interface RecordLayout {
  /** Bytes of one record. */
  readonly size: number;
  /** The number that records are sorted by. */
  readonly key: (record: Buffer) => number;
}

/** Records collected into pieces of about 64 KiB. The pieces are handed on and not touched again. */
export class RecordBuffer {
  readonly #size: number;
  readonly #write: (bytes: Uint8Array) => Promise<void>;
  #piece: Buffer;
  #used = 0;

  constructor(size: number, write: (bytes: Uint8Array) => Promise<void>) {
    this.#size = size;
    this.#write = write;
    this.#piece = this.#fresh();
  }

  /** `fill` gets a record of zeros. Resolves when there is room for more. */
  async add(fill: (record: Buffer) => void): Promise<void> {
    fill(this.#piece.subarray(this.#used, this.#used + this.#size));
    this.#used += this.#size;
    if (this.#used === this.#piece.length) await this.flush();
  }

  async flush(): Promise<void> {
    if (this.#used === 0) return;
    const piece = this.#piece.subarray(0, this.#used);
    this.#piece = this.#fresh();
    this.#used = 0;
    await this.#write(piece);
  }

  #fresh(): Buffer {
    return Buffer.alloc(this.#size * Math.max(1, Math.floor(65_536 / this.#size)));
  }
}

/**
 * All records whose key is at least `from` and below `to`, at most `limit` of them, in order.
 * @throws AppError `result_not_ready` when the file is not there
 */
export async function readRange({ size, key }: RecordLayout, path: string, from: number, to: number, limit: number): Promise<Buffer[]> {
  await using file = await openFile(path);
  const total = Math.floor((await file.stat()).size / size);
  const first = await lowerBound(file, size, key, total, from);
  const end = Math.min(await lowerBound(file, size, key, total, to), first + limit);
  if (end <= first) return [];
  const bytes = Buffer.alloc((end - first) * size);
  await file.read(bytes, 0, bytes.length, first * size);
  return Array.from({ length: end - first }, (_, i) => bytes.subarray(i * size, (i + 1) * size));
}

/** Number of the first record whose key is at least `value`. */
async function lowerBound(file: FileHandle, size: number, key: RecordLayout["key"], total: number, value: number): Promise<number> {
  const record = Buffer.alloc(size);
  let [low, high] = [0, total];
  while (low < high) {
    const middle = (low + high) >>> 1;
    await file.read(record, 0, size, middle * size);
    if (key(record) < value) low = middle + 1;
    else high = middle;
  }
  return low;
}

async function openFile(path: string): Promise<FileHandle> {
  try {
    return await open(path, "r");
  } catch (error) {
    throw viewError(error);
  }
}

/** The error of a file of a view that cannot be read; one that is not there was never written. */
export function viewError(error: unknown): AppError {
  if ((error as NodeJS.ErrnoException).code !== "ENOENT") return toAppError(error);
  return new AppError("result_not_ready", "This analysis keeps nothing to look at: it was made by an earlier version. Analyse the file again.", { cause: error });
}
