// The NUT container as FFmpeg writes it: constants and header parsing. Pure; no state between packets.
// Source: https://ffmpeg.org/~michael/nut.txt (version 3, and the side data of version 4).

import { AppError } from "../core/errors.js";

/** The bytes every NUT stream begins with. */
export const fileId = Buffer.from("nut/multimedia container\0", "latin1");

/** Second to eighth byte of each start code tell its packet; the first is always `N`. */
export const startCodes = {
  main: 0x4e4d7a561f5f04adn,
  stream: 0x4e5311405bf2f9dbn,
  syncpoint: 0x4e4be4adeeca4569n,
} as const;

export const flag = { codedPts: 8, streamId: 16, sizeMsb: 32, checksum: 64, reserved: 128, sideData: 256, headerIdx: 1024, matchTime: 2048, coded: 4096, invalid: 8192 } as const;

/** Largest packet header or small packet that is taken; FFmpeg's are a few hundred bytes. */
export const maxHeaderBytes = 65_536;

interface Ratio {
  readonly num: number;
  readonly den: number;
}

/** One row of the frame code table. */
export interface FrameCode {
  readonly flags: number;
  readonly streamId: number;
  readonly sizeMul: number;
  readonly sizeLsb: number;
  readonly ptsDelta: number;
  readonly reservedCount: number;
  readonly headerIdx: number;
}

export interface MainHeader {
  readonly version: number;
  readonly streamCount: number;
  readonly timeBases: readonly Ratio[];
  readonly frameCodes: readonly FrameCode[];
  /** First bytes that frames may leave out. */
  readonly elisionHeaders: readonly Uint8Array[];
}

export interface StreamHeader {
  readonly streamId: number;
  readonly fourcc: string;
  readonly timeBase: Ratio;
  readonly timeBaseId: number;
  readonly msbPtsShift: number;
  readonly width: number;
  readonly height: number;
}

/** Reads NUT's variable length numbers; `short` becomes true when the bytes do not suffice (values are then meaningless). */
export class NutCursor {
  bytes: Uint8Array = new Uint8Array(0);
  at = 0;
  end = 0;
  short = false;

  reset(bytes: Uint8Array, at: number, end: number): void {
    this.bytes = bytes;
    this.at = at;
    this.end = end;
    this.short = false;
  }

  /** Unsigned number, 7 bits a byte, most significant first. Exact to 2^53. */
  v(): number {
    let value = 0;
    while (this.at < this.end) {
      const byte = this.bytes[this.at++]!;
      value = value * 128 + (byte & 127);
      if (byte < 128) return value;
    }
    this.short = true;
    return 0;
  }

  /** Signed number. */
  s(): number {
    const value = this.v() + 1;
    return value % 2 === 1 ? -Math.floor(value / 2) : value / 2;
  }

  u8(): number {
    if (this.at >= this.end) {
      this.short = true;
      return 0;
    }
    return this.bytes[this.at++]!;
  }

  skip(count: number): void {
    this.at += count;
    if (this.at > this.end) this.short = true;
  }

  /** Length-prefixed bytes, copied. */
  vb(): Uint8Array {
    const length = this.v();
    const from = this.at;
    this.skip(length);
    return this.short ? new Uint8Array(0) : this.bytes.slice(from, from + length);
  }
}

/** @throws AppError `ffmpeg_failed` when the header makes no sense. */
export function parseMainHeader(c: NutCursor): MainHeader {
  const version = c.v();
  if (version !== 3 && version !== 4) throw broken(`version ${version}`);
  if (version > 3) c.v();
  const streamCount = c.v();
  c.v(); // max_distance: only seeking needs it
  const timeBases = Array.from({ length: bounded(c.v(), 64, "time bases") }, () => ({ num: c.v(), den: c.v() }));
  const frameCodes = parseFrameCodes(c);
  const elisionHeaders: Uint8Array[] = [new Uint8Array(0)];
  const elisionCount = bounded(c.v(), 128, "elision headers");
  for (let i = 0; i < elisionCount; i++) elisionHeaders.push(c.vb());
  if (c.short || streamCount < 1 || streamCount > 16) throw broken("main header");
  return { version, streamCount, timeBases, frameCodes, elisionHeaders };
}

function parseFrameCodes(c: NutCursor): FrameCode[] {
  const rows: FrameCode[] = [];
  let ptsDelta = 0;
  let sizeMul = 1;
  let streamId = 0;
  let headerIdx = 0;
  while (rows.length < 256 && !c.short) {
    const flags = c.v();
    const fields = c.v();
    if (fields > 0) ptsDelta = c.s();
    if (fields > 1) sizeMul = c.v();
    if (fields > 2) streamId = c.v();
    const size = fields > 3 ? c.v() : 0;
    const reservedCount = fields > 4 ? c.v() : 0;
    const count = fields > 5 ? c.v() : sizeMul - size;
    if (fields > 6) c.s(); // match_time_delta: only seeking needs it
    if (fields > 7) headerIdx = c.v();
    for (let i = 8; i < fields && !c.short; i++) c.v();
    if (count <= 0) throw broken("frame code table");
    for (let j = 0; j < count && rows.length < 256; j++) {
      // the letter N is kept free for start codes
      if (rows.length === 0x4e) rows.push({ flags: flag.invalid, streamId: 0, sizeMul: 1, sizeLsb: 0, ptsDelta: 0, reservedCount: 0, headerIdx: 0 });
      rows.push({ flags, streamId, sizeMul, sizeLsb: size + j, ptsDelta, reservedCount, headerIdx });
    }
  }
  return rows;
}

/** @throws AppError `ffmpeg_failed` when the stream is not video. */
export function parseStreamHeader(c: NutCursor, main: MainHeader): StreamHeader {
  const streamId = c.v();
  const streamClass = c.v();
  const fourcc = Buffer.from(c.vb()).toString("latin1");
  const timeBaseId = c.v();
  const msbPtsShift = c.v();
  c.v(); // max_pts_distance
  c.v(); // decode_delay
  c.v(); // stream flags
  c.vb(); // codec specific data
  const width = c.v();
  const height = c.v();
  const timeBase = main.timeBases[timeBaseId];
  if (c.short || streamClass !== 0 || timeBase === undefined || streamId >= main.streamCount) throw broken("stream header");
  return { streamId, fourcc, timeBase, timeBaseId, msbPtsShift, width, height };
}

function bounded(value: number, max: number, what: string): number {
  if (value > max) throw broken(`${value} ${what}`);
  return value;
}

/** The error for bytes that are not the NUT that FFmpeg writes. */
export function broken(what: string): AppError {
  return new AppError("ffmpeg_failed", "FFmpeg's output could not be read.", { detail: `NUT: unexpected ${what}` });
}
