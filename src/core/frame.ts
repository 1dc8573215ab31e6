// The frame: the unit that travels from a source to the engine. Pixels live in shared memory, in buffers of a fixed pool.

/** Decoded pixels. `data.length === width * height * 3`, rows top first, R G B, no padding. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly pixelFormat: "rgb24";
  /** Over a SharedArrayBuffer when it comes from a frame pool. Valid until the frame's release. */
  readonly data: Uint8Array;
}

/** As H.264 and H.265 usually have it, half the bytes of RGB: brightness of each pixel, then both differences of colour, each for four pixels. Numbers from 16 on (limited range). See planar.ts. */
export interface PlanarPicture {
  readonly width: number;
  readonly height: number;
  readonly pixelFormat: "yuv420p";
  /** How colours became these numbers. */
  readonly matrix: YuvMatrix;
  /** Three planes without padding, each rows top first: Y of `width` by `height`, U and V of half of that, rounded up. Otherwise as a Picture's. */
  readonly data: Uint8Array;
}

/** ITU-R recommendation of standard or of high definition. */
export type YuvMatrix = "bt601" | "bt709";

/** Pixels as a source may give them. */
export type AnyPicture = Picture | PlanarPicture;

/** What the bytes of a picture are, apart from its size. */
export type PixelKind = Pick<Picture, "pixelFormat"> | Pick<PlanarPicture, "pixelFormat" | "matrix">;

/** One decoded frame of a source. Exactly one owner; the owner calls `release` once. Analysis only borrows. */
export interface Frame {
  /** Number of the frame within its stream, from 0, without gaps over decoded frames, going on over reconnects. */
  readonly seq: number;
  /** The source's own time in milliseconds, fractional, strictly increasing within an epoch. */
  readonly ptsMs: number;
  /** Starts at 0; one more after every jump backwards in pts and every reconnect. */
  readonly epoch: number;
  /** When the whole frame was there: milliseconds since 1970 on the even clock (`evenNowMs`). */
  readonly receivedAtMs: number;
  /** The client's own number of a pushed frame. */
  readonly frameId?: number;
  /** When the picture was taken, milliseconds since 1970, where the source tells it. */
  readonly capturedAtMs?: number;
  /** Size of the source picture as shown (rotation and pixel aspect applied). Boxes in results refer to it. */
  readonly sourceWidth: number;
  readonly sourceHeight: number;
  /** The picture that faces are looked for in. */
  readonly picture: AnyPicture;
  /** A larger picture of the same moment for crops and previews, where the source is larger and somebody asked for one. */
  readonly large?: AnyPicture;
  /** Gives the buffers back to the pool. A second call throws. */
  release(): void;
}
