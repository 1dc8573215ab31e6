// Streaming NUT demuxer: takes FFmpeg's output in chunks of any length and copies each payload to where it belongs.
// Only headers cut by a chunk boundary are ever put together; payloads never are.

import { broken, fileId, flag, maxHeaderBytes, NutCursor, parseMainHeader, parseStreamHeader, startCodes, type MainHeader, type StreamHeader } from "./nut-format.js";
import { copyToShared } from "./shared-copy.js";

/** Answer of a sink that has no place for a payload yet. */
export const wait = Symbol("wait");

/** Where frames go. Calls are synchronous. */
export interface NutSink {
  /** All stream headers are known; called once, before the first payload. */
  onStreams(streams: readonly StreamHeader[]): void;
  /**
   * A payload of `size` bytes begins. The answer is where to copy it (exactly `size` bytes), `undefined` to skip it, or `wait`:
   * then the demuxer stops, and asks again on `resume`.
   * @param pts in the stream's time base
   */
  onPayload(streamId: number, pts: number, size: number): Uint8Array | undefined | typeof wait;
  /** The payload that began last is complete. */
  onPayloadEnd(streamId: number): void;
}

interface StreamState {
  readonly header: StreamHeader;
  lastPts: number;
}

const cutFrameHeaderBytes = 128;

/** Pure: no I/O, no clock. One instance reads one stream from its first byte. */
export class NutDemuxer {
  readonly #sink: NutSink;
  readonly #cursor = new NutCursor();
  readonly #scratch = new Uint8Array(maxHeaderBytes);
  #scratchLength = 0;
  readonly #queue: Uint8Array[] = [];
  #sawFileId = false;
  #main: MainHeader | undefined;
  readonly #streams: (StreamState | undefined)[] = [];
  #told = false;
  #skipLeft = 0;
  #waiting = false;
  // payload under way
  #payloadStream = -1;
  #payloadPts = 0;
  #payloadHeader: Uint8Array = new Uint8Array(0);
  #payloadLeft = 0;
  #target: Uint8Array | undefined;
  #targetAt = 0;

  constructor(sink: NutSink) {
    this.#sink = sink;
  }

  /** True while the sink lets the stream wait. */
  get waiting(): boolean {
    return this.#waiting;
  }

  /** True between units: the stream may end here. */
  get betweenFrames(): boolean {
    return this.#payloadStream < 0 && this.#scratchLength === 0 && this.#skipLeft === 0 && this.#queue.length === 0;
  }

  /**
   * Takes the next bytes. They are used up when it returns, unless the sink lets the stream wait: then the rest is kept until `resume`.
   * @throws AppError `ffmpeg_failed` when the bytes are not NUT
   */
  push(chunk: Uint8Array): void {
    if (this.#waiting || this.#queue.length > 0) {
      this.#queue.push(chunk);
      return;
    }
    this.#take(chunk);
  }

  /** Asks the sink again and goes on with the bytes that were kept. */
  resume(): void {
    if (!this.#waiting) return;
    this.#waiting = false;
    this.#beginPayload();
    while (!this.#waiting && this.#queue.length > 0) this.#take(this.#queue.shift()!);
  }

  #take(chunk: Uint8Array): void {
    let at = 0;
    for (;;) {
      if (this.#waiting) {
        if (at < chunk.length) this.#queue.unshift(chunk.subarray(at));
        return;
      }
      if (this.#payloadStream >= 0) {
        if (at === chunk.length) return;
        at = this.#copyPayload(chunk, at);
      } else if (this.#skipLeft > 0) {
        const count = Math.min(this.#skipLeft, chunk.length - at);
        this.#skipLeft -= count;
        at += count;
        if (this.#skipLeft > 0) return;
      } else if (this.#scratchLength > 0) {
        if (at === chunk.length) return;
        at = this.#readCutUnit(chunk, at);
      } else {
        if (at === chunk.length) return;
        const used = this.#readUnit(chunk, at, chunk.length);
        if (used === 0) {
          this.#stash(chunk, at, chunk.length);
          return;
        }
        at += used;
      }
    }
  }

  /** A unit whose first bytes came with an earlier chunk. */
  #readCutUnit(chunk: Uint8Array, at: number): number {
    const had = this.#scratchLength;
    const upTo = Math.min(chunk.length, at + cutFrameHeaderBytes);
    this.#stash(chunk, at, upTo);
    const used = this.#readUnit(this.#scratch, 0, this.#scratchLength);
    if (used === 0) return upTo;
    this.#scratchLength = 0;
    return at + used - had;
  }

  #stash(chunk: Uint8Array, from: number, to: number): void {
    if (this.#scratchLength + to - from > maxHeaderBytes) throw broken("long header");
    this.#scratch.set(chunk.subarray(from, to), this.#scratchLength);
    this.#scratchLength += to - from;
  }

  /** Reads one header at `at`. Answers how many bytes it took; 0: it is not complete. */
  #readUnit(bytes: Uint8Array, at: number, end: number): number {
    if (!this.#sawFileId) {
      if (end - at < fileId.length) return 0;
      if (fileId.compare(bytes, at, at + fileId.length) !== 0) throw broken("beginning");
      this.#sawFileId = true;
      return fileId.length;
    }
    return bytes[at] === 0x4e ? this.#readPacket(bytes, at, end) : this.#readFrameHeader(bytes, at, end);
  }

  #readPacket(bytes: Uint8Array, at: number, end: number): number {
    if (end - at < 8) return 0;
    const code = new DataView(bytes.buffer, bytes.byteOffset + at, 8).getBigUint64(0);
    const c = this.#cursor;
    c.reset(bytes, at + 8, end);
    const length = c.v();
    if (length > 4096) c.skip(4);
    if (c.short) return 0;
    const bodyAt = c.at;
    if (code !== startCodes.main && code !== startCodes.stream && code !== startCodes.syncpoint) {
      this.#skipLeft = length;
      return bodyAt - at;
    }
    if (length > maxHeaderBytes) throw broken("long header");
    if (bodyAt + length > end) return 0;
    c.reset(bytes, bodyAt, bodyAt + length);
    if (code === startCodes.main) this.#main ??= parseMainHeader(c);
    else if (code === startCodes.stream) this.#addStream(c);
    else this.#syncpoint(c);
    return bodyAt + length - at;
  }

  #addStream(c: NutCursor): void {
    if (this.#main === undefined) throw broken("stream header before the main header");
    const header = parseStreamHeader(c, this.#main);
    // headers are repeated now and then; only the first counts
    this.#streams[header.streamId] ??= { header, lastPts: 0 };
  }

  /** A syncpoint sets every stream's last pts, which short timestamps count from. */
  #syncpoint(c: NutCursor): void {
    const bases = this.#main?.timeBases ?? [];
    const coded = c.v();
    const base = bases[coded % bases.length];
    if (base === undefined) throw broken("syncpoint");
    const pts = Math.floor(coded / bases.length);
    for (const stream of this.#streams) {
      if (stream === undefined) continue;
      const own = stream.header.timeBase;
      // equal bases are the rule here, and need no rounding
      stream.lastPts = own.num === base.num && own.den === base.den ? pts : Math.floor((pts * base.num * own.den) / (base.den * own.num));
    }
  }

  #readFrameHeader(bytes: Uint8Array, at: number, end: number): number {
    const main = this.#main;
    if (main === undefined) throw broken("frame before the main header");
    const c = this.#cursor;
    c.reset(bytes, at, end);
    const row = main.frameCodes[c.u8()]!;
    let flags = row.flags;
    if (flags & flag.coded) flags ^= c.v();
    if (flags & flag.invalid) throw broken("frame code");
    const streamId = flags & flag.streamId ? c.v() : row.streamId;
    const codedPts = flags & flag.codedPts ? c.v() : -1;
    let size = row.sizeLsb;
    if (flags & flag.sizeMsb) size += row.sizeMul * c.v();
    if (flags & flag.matchTime) c.s();
    let headerIdx = flags & flag.headerIdx ? c.v() : row.headerIdx;
    const reserved = flags & flag.reserved ? c.v() : row.reservedCount;
    for (let i = 0; i < reserved && !c.short; i++) c.v();
    if (flags & flag.checksum) c.skip(4);
    if (c.short) return 0;
    if (flags & flag.sideData) throw broken("side data");
    const stream = this.#streams[streamId];
    if (size > 4096) headerIdx = 0;
    const elision = main.elisionHeaders[headerIdx];
    if (stream === undefined || elision === undefined || size < elision.length) throw broken("frame header");

    stream.lastPts = fullPts(codedPts, row.ptsDelta, stream);
    this.#payloadStream = streamId;
    this.#payloadPts = stream.lastPts;
    this.#payloadHeader = elision;
    this.#payloadLeft = size - elision.length;
    this.#tellStreams(main);
    this.#beginPayload();
    return c.at - at;
  }

  #tellStreams(main: MainHeader): void {
    if (this.#told) return;
    const headers = this.#streams.filter((s) => s !== undefined).map((s) => s.header);
    if (headers.length !== main.streamCount) throw broken("frame before all stream headers");
    this.#told = true;
    this.#sink.onStreams(headers);
  }

  #beginPayload(): void {
    const size = this.#payloadLeft + this.#payloadHeader.length;
    const answer = this.#sink.onPayload(this.#payloadStream, this.#payloadPts, size);
    if (answer === wait) {
      this.#waiting = true;
      return;
    }
    if (answer !== undefined && answer.length !== size) throw broken(`payload of ${size} bytes where ${answer.length} were expected`);
    this.#target = answer;
    this.#target?.set(this.#payloadHeader, 0);
    this.#targetAt = this.#payloadHeader.length;
    if (this.#payloadLeft === 0) this.#endPayload();
  }

  #copyPayload(chunk: Uint8Array, at: number): number {
    const count = Math.min(this.#payloadLeft, chunk.length - at);
    if (this.#target !== undefined) {
      copyToShared(this.#target, this.#targetAt, at === 0 && count === chunk.length ? chunk : chunk.subarray(at, at + count));
      this.#targetAt += count;
    }
    this.#payloadLeft -= count;
    if (this.#payloadLeft === 0) this.#endPayload();
    return at + count;
  }

  #endPayload(): void {
    const streamId = this.#payloadStream;
    this.#payloadStream = -1;
    this.#target = undefined;
    this.#sink.onPayloadEnd(streamId);
  }
}

/** Short timestamps hold only the low bits; the rest comes from the last pts. */
function fullPts(coded: number, delta: number, stream: StreamState): number {
  if (coded < 0) return stream.lastPts + delta;
  const range = 2 ** stream.header.msbPtsShift;
  if (coded >= range) return coded - range;
  const base = stream.lastPts - Math.floor((range - 1) / 2);
  return base + ((((coded - base) % range) + range) % range);
}
