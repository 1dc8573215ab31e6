// The filter graph: one decode, the true time of each frame, one or two sizes.

import type { AnyPicture, PixelKind } from "../core/frame.js";
import type { Size } from "./picture-size.js";
import type { ProbedVideo } from "./probe-report.js";
import { fitSize } from "./picture-size.js";
import { setptsExpression } from "./pts-code.js";

/** A graph and the labels of its outputs: `small`, or `small`, `large` and `tick`. They become NUT streams 0, 1, 2. */
export interface FilterGraph {
  readonly filter: string;
  readonly outputs: readonly string[];
}

interface GraphOptions {
  readonly maxSide: number;
  readonly largeMaxSide: number;
  readonly maxFps?: number;
  readonly pixelFormat?: AnyPicture["pixelFormat"];
}

/** What a probe found out that FFmpeg's command line depends on. */
export type ProbedStream = Pick<ProbedVideo, "streamIndex" | "size" | "startSeconds" | "planar">;

/** NUT stream numbers. */
export const streamIds = { small: 0, large: 1, tick: 2 } as const;

/** Seconds that times are counted from inside FFmpeg; added again when they are read. */
export function originSeconds(probe: { readonly startSeconds: number } | undefined): number {
  return probe === undefined ? 0 : Math.floor(probe.startSeconds);
}

/**
 * Without a probe (live) sizes are expressions that FFmpeg works out itself, and two sizes are made on suspicion; where the source turns out
 * to be small both are equal and the reader skips the second.
 */
export function filterGraph(options: GraphOptions, probe: ProbedStream | undefined): FilterGraph {
  const input = probe === undefined ? "[0:V:0]" : `[0:${probe.streamIndex}]`; // V: not an attached picture
  const timing = `settb=1/1000000,setpts='${setptsExpression(originSeconds(probe))}'${atMost(options.maxFps)}`;
  const { pixelFormat } = pixelKind(options, probe);
  const small = scale(options.maxSide, probe, pixelFormat);
  if (!wantsLarge(options, probe)) return { filter: `${input}${timing},${small}[small]`, outputs: ["small"] };
  // FFmpeg's muxer lets the last of several streams wait for the next frame of the others. The tick, one pixel a little later than its
  // frame, takes that place; with it both pictures leave at once (40 ms earlier for a camera at 25 frames a second).
  const large = scale(options.largeMaxSide, probe, pixelFormat);
  return {
    filter: `${input}${timing},split[a][b];[a]${small},split[small][c];[b]${large}[large];[c]crop=1:1:0:0:exact=1,setpts=PTS+10[tick]`,
    outputs: ["small", "large", "tick"],
  };
}

/** What comes out: planes only where they are wanted and the file has them as they are, for FFmpeg would take longer to convert to them than to RGB. */
export function pixelKind(options: Pick<GraphOptions, "pixelFormat">, probe: Pick<ProbedStream, "planar"> | undefined): PixelKind {
  return options.pixelFormat === "yuv420p" && probe?.planar !== undefined ? { pixelFormat: "yuv420p", matrix: probe.planar } : { pixelFormat: "rgb24" };
}

/** True where a second, larger picture is worth making. */
export function wantsLarge(options: GraphOptions, probe: { readonly size: Size } | undefined): boolean {
  if (options.largeMaxSide <= options.maxSide) return false;
  return probe === undefined || Math.max(probe.size.width, probe.size.height) > options.maxSide;
}

/** Frames a second on a fixed grid of the source's own time: keeps true times, never more than asked for on average. */
function atMost(maxFps: number | undefined): string {
  if (maxFps === undefined) return "";
  const slot = (t: string) => `floor(${t}*${maxFps}+0.001)`; // the sum keeps 0.1 * 10 in slot 1
  return `,select='isnan(prev_selected_t)+gt(${slot("t")},${slot("prev_selected_t")})'`;
}

function scale(maxSide: number, probe: ProbedStream | undefined, pixelFormat: AnyPicture["pixelFormat"]): string {
  const flags = "flags=bilinear"; // when shrinking, swscale widens the triangle to the area covered; twice as fast as bicubic
  const done = `setsar=1,format=${pixelFormat}`; // square pixels from here on
  if (probe !== undefined) {
    const { width, height } = fitSize(probe.size, maxSide);
    return `scale=${width}:${height}:${flags},${done}`;
  }
  const factor = `min(1,${maxSide}/max(iw*sar,ih))`;
  return `scale=w='max(1,trunc(iw*sar*${factor}+0.5))':h='max(1,trunc(ih*${factor}+0.5))':${flags},${done}`;
}
