// Reads the feed's binary messages: the JPEG of one frame behind a short header. The writer is src/server/preview-codec.ts.

const version = 1;
const kindJpeg = 1;
const fixedBytes = 20;

/**
 * A picture as it came over the wire.
 * @typedef {object} PreviewMessage
 * @property {string} streamId
 * @property {number} seq number of the frame; its result carries the same one
 * @property {number} ptsMs
 * @property {Uint8Array<ArrayBuffer>} jpeg a view into the message
 */

/**
 * Reads one binary message. Kinds and versions from the future give undefined and are left out, as unknown JSON messages are.
 * @param {ArrayBuffer} message
 * @returns {PreviewMessage | undefined}
 */
export function decodePreview(message) {
  if (message.byteLength < fixedBytes) return undefined;
  const view = new DataView(message);
  if (view.getUint8(0) !== version || view.getUint8(1) !== kindJpeg) return undefined;
  const idBytes = view.getUint16(2);
  if (message.byteLength < fixedBytes + idBytes) return undefined;
  return {
    streamId: new TextDecoder().decode(new Uint8Array(message, fixedBytes, idBytes)),
    seq: view.getFloat64(4),
    ptsMs: view.getFloat64(12),
    jpeg: new Uint8Array(message, fixedBytes + idBytes),
  };
}
