// Binary feed messages: the picture of a frame. Numbers are big-endian (the default of DataView):
//
//   offset  size  field
//   0       1     version, 1
//   1       1     kind, 1 = JPEG
//   2       2     n, length of the stream id in bytes
//   4       8     seq, IEEE 754 double: a whole number below 2^53, exact, and read without BigInt
//   12      8     ptsMs, IEEE 754 double
//   20      n     stream id, ASCII
//   20+n    rest  the JPEG
//
// Clients ignore messages of a version or kind that they do not know. `src/client/preview.ts` reads what this writes.

/** Version of the header above. */
export const previewVersion = 1;
/** The only kind so far. */
export const previewKindJpeg = 1;
const headerBytes = 20;

/** What a preview message carries. */
export interface PreviewFields {
  readonly streamId: string;
  readonly seq: number;
  readonly ptsMs: number;
  readonly jpeg: Uint8Array;
}

/** Encodes one preview message. Copies the JPEG once, so that all clients share the result. */
export function encodePreview({ streamId, seq, ptsMs, jpeg }: PreviewFields): Uint8Array {
  const id = new TextEncoder().encode(streamId);
  const bytes = new Uint8Array(headerBytes + id.length + jpeg.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, previewVersion);
  view.setUint8(1, previewKindJpeg);
  view.setUint16(2, id.length);
  view.setFloat64(4, seq);
  view.setFloat64(12, ptsMs);
  bytes.set(id, headerBytes);
  bytes.set(jpeg, headerBytes + id.length);
  return bytes;
}
