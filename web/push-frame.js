// Writes the binary messages of /v1/push: a picture behind a short header. The reader is src/server/push/frame-header.ts.

const headerBytes = 20;

/**
 * One frame with its header.
 * @param {number} frameId
 * @param {number} capturedAtMs milliseconds since 1970
 * @param {Uint8Array} picture
 * @returns {Uint8Array<ArrayBuffer>}
 */
export function encodeFrame(frameId, capturedAtMs, picture) {
  const bytes = new Uint8Array(headerBytes + picture.length);
  const view = new DataView(bytes.buffer);
  view.setUint8(0, 1);
  view.setUint8(1, 1);
  view.setFloat64(4, frameId);
  view.setFloat64(12, capturedAtMs);
  bytes.set(picture, headerBytes);
  return bytes;
}
