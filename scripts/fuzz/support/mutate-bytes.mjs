// Files that were right and are so no more: bytes flipped, parts cut off, moved or doubled, fields of headers at their limits.
import * as fc from "fast-check";

const place = fc.double({ min: 0, max: 1, noNaN: true });
/** Headers stand at the beginning or, as in MP4, at the end: half of the places are near one of them. */
const headPlace = fc.oneof(place, fc.nat({ max: 400 }).map((at) => ({ head: at })), fc.nat({ max: 400 }).map((at) => ({ tail: at })));

const edit = fc.oneof(
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("flip"), at: headPlace, bits: fc.integer({ min: 1, max: 255 }) }) },
  { weight: 3, arbitrary: fc.record({ kind: fc.constant("field"), at: headPlace, bytes: fc.constantFrom("00", "ff", "7f", "0000", "ffff", "7fff", "8000", "00000000", "ffffffff", "7fffffff", "80000000", "00000001", "ffffffffffffffff", "7fffffffffffffff") }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("cut"), at: headPlace }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("swap"), at: headPlace, with: place, bytes: fc.integer({ min: 4, max: 4096 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("double"), at: headPlace, bytes: fc.integer({ min: 4, max: 4096 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("remove"), at: headPlace, bytes: fc.integer({ min: 1, max: 4096 }) }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant("noise"), at: headPlace, bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }) }) },
);

/** Edits for a file of any size; `mutateBytes` applies them. Shrinks towards none. */
export const byteEdits = fc.oneof({ weight: 1, arbitrary: fc.constant([]) }, { weight: 9, arbitrary: fc.array(edit, { minLength: 1, maxLength: 6 }) });

/** A copy of `bytes` with the edits made. */
export function mutateBytes(bytes, edits) {
  return edits.reduce(apply, Buffer.from(bytes));
}

function apply(bytes, change) {
  const at = offset(change.at, bytes.length);
  switch (change.kind) {
    case "flip":
      return write(bytes, at, Buffer.from([(bytes[at] ?? 0) ^ change.bits]));
    case "field":
      return write(bytes, at, Buffer.from(change.bytes, "hex"));
    case "noise":
      return write(bytes, at, Buffer.from(change.bytes));
    case "cut":
      return bytes.subarray(0, at);
    case "remove":
      return Buffer.concat([bytes.subarray(0, at), bytes.subarray(at + change.bytes)]);
    case "double":
      return Buffer.concat([bytes.subarray(0, at + change.bytes), bytes.subarray(at)]);
    default: {
      const other = offset(change.with, bytes.length);
      const [a, b] = [bytes.subarray(at, at + change.bytes), bytes.subarray(other, other + change.bytes)];
      return write(write(bytes, at, Buffer.from(b)), other, Buffer.from(a));
    }
  }
}

function write(bytes, at, part) {
  const copy = Buffer.from(bytes);
  part.copy(copy, at);
  return copy;
}

function offset(at, length) {
  const raw = typeof at === "number" ? Math.floor(at * length) : (at.head ?? length - 1 - at.tail);
  return Math.max(0, Math.min(length - 1, raw));
}
