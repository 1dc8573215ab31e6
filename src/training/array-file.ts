// A file of typed arrays: magic, length of a JSON header, header, the arrays one after another (little-endian), SHA-256 of all of it.

import { createHash } from "node:crypto";
import { AppError } from "../core/errors.js";

const magic = Buffer.from("EMOARR1\n");
const hashBytes = 32;
const alignment = 8;

export type StoredArray = Uint8Array | Float32Array;

interface Head {
  readonly header: unknown;
  readonly arrays: readonly { readonly type: "u8" | "f32"; readonly length: number }[];
}

/** Bytes of a file that `decodeArrays` reads back. */
export function encodeArrays(header: unknown, arrays: readonly StoredArray[]): Buffer {
  const head: Head = { header, arrays: arrays.map((a) => ({ type: a instanceof Uint8Array ? "u8" : "f32", length: a.length })) };
  const json = Buffer.from(JSON.stringify(head));
  const length = Buffer.alloc(8);
  length.writeUInt32LE(json.length);
  const parts = [magic, length, padded(json), ...arrays.map((a) => padded(Buffer.from(a.buffer, a.byteOffset, a.byteLength)))];
  const hash = createHash("sha256");
  for (const p of parts) hash.update(p);
  return Buffer.concat([...parts, hash.digest()]);
}

/** @throws AppError `corrupt` when the bytes are cut, damaged or of another kind. */
export function decodeArrays(bytes: Buffer): { readonly header: unknown; readonly arrays: readonly StoredArray[] } {
  const body = bytes.subarray(0, Math.max(0, bytes.length - hashBytes));
  if (!body.subarray(0, magic.length).equals(magic) || !createHash("sha256").update(body).digest().equals(bytes.subarray(body.length))) {
    throw new AppError("corrupt", "Expected an intact array file; it is cut, damaged or of another kind.");
  }
  const jsonLength = body.readUInt32LE(magic.length);
  let at = magic.length + 8;
  const head = JSON.parse(body.subarray(at, at + jsonLength).toString("utf8")) as Head;
  at += jsonLength + missing(jsonLength);
  const arrays = head.arrays.map(({ type, length }) => {
    const size = type === "u8" ? length : length * 4;
    // Copied, so that float arrays are aligned whatever Buffer's pool did.
    const copy = new Uint8Array(body.subarray(at, at + size));
    at += size + missing(size);
    return type === "u8" ? new Uint8Array(copy.buffer, 0, length) : new Float32Array(copy.buffer, 0, length);
  });
  return { header: head.header, arrays };
}

function missing(length: number): number {
  return (alignment - (length % alignment)) % alignment;
}

function padded(bytes: Buffer): Buffer {
  const gap = missing(bytes.length);
  return gap === 0 ? bytes : Buffer.concat([bytes, Buffer.alloc(gap)]);
}
