// A minimal Matroska stream of raw rgb24 frames with their times, for FFmpeg's stdin (rawvideo itself carries no times).
// EBML as in RFC 8794, elements as in RFC 9559; track and segment of unknown length, one cluster a frame, times in microseconds.

const ids = {
  ebml: 0x1a45dfa3,
  docType: 0x4282,
  docTypeVersion: 0x4287,
  docTypeReadVersion: 0x4285,
  segment: 0x18538067,
  info: 0x1549a966,
  timestampScale: 0x2ad7b1,
  muxingApp: 0x4d80,
  writingApp: 0x5741,
  tracks: 0x1654ae6b,
  trackEntry: 0xae,
  trackNumber: 0xd7,
  trackUid: 0x73c5,
  trackType: 0x83,
  flagLacing: 0x9c,
  codecId: 0x86,
  video: 0xe0,
  pixelWidth: 0xb0,
  pixelHeight: 0xba,
  uncompressedFourcc: 0x2eb524,
  cluster: 0x1f43b675,
  timestamp: 0xe7,
  simpleBlock: 0xa3,
} as const;

const nanosecondsPerTick = 1000;

/** The bytes before the first frame. */
export function matroskaHead(width: number, height: number): Buffer {
  const head = element(ids.ebml, [text(ids.docType, "matroska"), uint(ids.docTypeVersion, 4), uint(ids.docTypeReadVersion, 2)]);
  const info = element(ids.info, [uint(ids.timestampScale, nanosecondsPerTick), text(ids.muxingApp, "emostream"), text(ids.writingApp, "emostream")]);
  const video = element(ids.video, [uint(ids.pixelWidth, width), uint(ids.pixelHeight, height), element(ids.uncompressedFourcc, [Buffer.from([0x52, 0x47, 0x42, 24])])]);
  const track = element(ids.trackEntry, [uint(ids.trackNumber, 1), uint(ids.trackUid, 1), uint(ids.trackType, 1), uint(ids.flagLacing, 0), text(ids.codecId, "V_UNCOMPRESSED"), video]);
  const segment = Buffer.concat([idBytes(ids.segment), unknownLength]);
  return Buffer.concat([head, segment, info, element(ids.tracks, [track])]);
}

/** The bytes before one frame's pixels. `timeMs` is not negative and has microsecond resolution; `bytes` is the length of the pixels. */
export function matroskaFrameHead(timeMs: number, bytes: number): Buffer {
  const stamp = uint(ids.timestamp, Math.round(timeMs * 1000));
  // Track 1 as a one-byte number, time relative to the cluster 0, flags: key frame.
  const block = Buffer.from([0x81, 0, 0, 0x80]);
  const blockHead = Buffer.concat([idBytes(ids.simpleBlock), length(block.length + bytes), block]);
  return Buffer.concat([idBytes(ids.cluster), length(stamp.length + blockHead.length + bytes), stamp, blockHead]);
}

/** Length field that says "until the end". */
const unknownLength = Buffer.from([0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff]);

function element(id: number, children: readonly Buffer[]): Buffer {
  const body = Buffer.concat(children);
  return Buffer.concat([idBytes(id), length(body.length), body]);
}

function uint(id: number, value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  return element(id, [bytes]);
}

function text(id: number, value: string): Buffer {
  return element(id, [Buffer.from(value, "ascii")]);
}

function idBytes(id: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(id);
  return bytes.subarray(id > 0xffffff ? 0 : id > 0xffff ? 1 : id > 0xff ? 2 : 3);
}

/** A length of eight bytes: marker bit, then 56 bits. */
function length(value: number): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(BigInt(value));
  bytes[0] = 0x01;
  return bytes;
}
