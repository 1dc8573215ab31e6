// Copies into memory that threads share. V8 copies there word by word where source and target begin at the same place within a word, else byte by byte, eight times as
// slowly; what FFmpeg and clients send begins anywhere. By way of a buffer of our own, where the words lie as in the target, both copies are fast ones.

const wordBytes = 8;
const scratch = new Uint8Array(65_536 + wordBytes);

/** Copies all of `source` to `target`, from `at` on. @throws RangeError where it does not fit */
export function copyToShared(target: Uint8Array, at: number, source: Uint8Array): void {
  const place = (target.byteOffset + at) % wordBytes;
  if (source.byteOffset % wordBytes === place) {
    target.set(source, at);
    return;
  }
  for (let from = 0; from < source.length; ) {
    const part = source.subarray(from, from + scratch.length - wordBytes);
    // Parts are whole words long, so the place stays the same.
    scratch.set(part, place);
    target.set(scratch.subarray(place, place + part.length), at + from);
    from += part.length;
  }
}
