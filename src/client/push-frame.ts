// Writes the binary messages of /v1/push. The layout is described in src/server/push/frame-header.ts, which reads them.

const headerBytes = 20;

/** One frame with its header; copies the picture once. */
export function encodeFrame(frameId: number, capturedAtMs: number, picture: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(headerBytes + picture.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 1);
  view.setUint8(1, 1);
  view.setFloat64(4, frameId);
  view.setFloat64(12, capturedAtMs);
  bytes.set(picture, headerBytes);
  return bytes;
}
