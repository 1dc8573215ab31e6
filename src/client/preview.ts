// Reads binary feed messages: the picture of a frame. The layout is described in src/server/preview-codec.ts, which writes them.

const headerBytes = 20;

/** The picture of one analysed frame; the `frame` message with the same `streamId` and `seq` came before it. */
export interface PreviewMessage {
  readonly type: "preview";
  readonly streamId: string;
  readonly seq: number;
  readonly ptsMs: number;
  /** A view on the received bytes, not a copy. */
  readonly jpeg: Uint8Array;
}

/** Decodes a binary message, or gives undefined for a version or kind that this client does not know, and for cut messages. */
export function decodePreview(message: ArrayBuffer | Uint8Array): PreviewMessage | undefined {
  const bytes = message instanceof Uint8Array ? message : new Uint8Array(message);
  if (bytes.length < headerBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const idEnd = headerBytes + view.getUint16(2);
  if (view.getUint8(0) !== 1 || view.getUint8(1) !== 1 || idEnd > bytes.length) return undefined;
  return {
    type: "preview",
    streamId: new TextDecoder().decode(bytes.subarray(headerBytes, idEnd)),
    seq: view.getFloat64(4),
    ptsMs: view.getFloat64(12),
    jpeg: bytes.subarray(idEnd),
  };
}
