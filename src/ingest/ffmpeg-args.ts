// FFmpeg's command line for a source. Pure. Every flag has its reason beside it; tests assert the exact argv.

import { inputGuards } from "../core/ffmpeg-input.js";
import type { SourceOptions } from "../core/source.js";
import type { SourceAddress } from "./address.js";
import type { FfmpegVersion } from "./ffmpeg-version.js";
import { filterGraph, type ProbedStream } from "./filter-graph.js";

export interface FfmpegArgsOptions
  extends Pick<SourceOptions, "transport" | "maxSide" | "largeMaxSide" | "pixelFormat" | "maxFps" | "realtime" | "loop" | "hwaccel" | "openTimeoutMs" | "stallTimeoutMs"> {
  readonly address: SourceAddress;
  readonly version: FfmpegVersion;
  readonly maxPixels: number;
  /** Of this machine. */
  readonly cores: number;
}

const ioTimeoutSlackMs = 1000;
const liveAnalyzeUs = 1_000_000;

/** Pictures up to this size are decoded by one thread faster than four cores can look at them. */
const easyPixels = 640 * 480;

/** argv after the program's name. NUT with uncompressed video comes out on stdout, of the `pixelKind` of filter-graph.ts. `probe` is absent for live sources. */
export function ffmpegArgs(options: FfmpegArgsOptions, probe: ProbedStream | undefined): string[] {
  const graph = filterGraph(options, probe);
  return [
    "-hide_banner", // the version is asked for once, elsewhere
    "-nostdin", // a decoder never reads the terminal
    "-nostats", // no progress lines among the messages
    // failures are told from these words; `level+` prefixes their weight, info holds the description of the input, verbose says when a camera changes its size
    "-loglevel", probe === undefined ? "level+verbose" : "level+info",
    ...inputArgs(options, probe),
    ...inputAddress(options.address),
    "-filter_complex_threads", "1", // waiting for one another they take more CPU time than they save; the cores are the kernels'
    "-filter_complex", graph.filter,
    ...graph.outputs.flatMap((label) => ["-map", `[${label}]`]),
    // every decoded frame comes out once with its own time: none doubled, none dropped to make a constant rate
    ...(options.version.atLeast(5, 1) ? ["-fps_mode", "passthrough"] : ["-vsync", "passthrough"]),
    "-enc_time_base", "1:1000000", // else the encoder rounds times to 1/fps
    "-c:v", "rawvideo",
    ...(probe === undefined ? ["-autoscale", "0"] : []), // else a camera that changes its shape comes out stretched to its first, for ever
    // with several streams the muxer holds a frame back until the next arrives; the tick stream and this end that (see filter-graph.ts)
    ...(graph.outputs.length > 1 ? ["-max_interleave_delta", "1"] : []),
    "-write_index", "0", // an index would be collected in memory for as long as the source runs
    "-f", "nut",
    "pipe:1",
  ];
}

function inputArgs(o: FfmpegArgsOptions, probe: ProbedStream | undefined): string[] {
  const { kind, live } = o.address;
  const rtsp = kind === "rtsp" || kind === "rtsps";
  const http = kind === "http" || kind === "https" || kind === "hls";
  const ioTimeoutUs = String(Math.round((Math.max(o.openTimeoutMs, o.stallTimeoutMs) + ioTimeoutSlackMs) * 1000));
  return [
    ...inputGuards(kind), // a playlist, or a file that is one in disguise, cannot name files or other protocols
    "-max_pixels", String(o.maxPixels), // a decompression bomb is refused before memory is taken
    ...(o.hwaccel === undefined ? [] : ["-hwaccel", o.hwaccel]),
    ...(live ? ["-threads", "1"] : []), // frame threads would delay a live picture by one frame each
    ...(probe !== undefined && probe.size.width * probe.size.height <= easyPixels ? ["-threads", String(Math.ceil(o.cores / 4))] : []), // what frame threads pass to one another costs more than small pictures
    // The first picture soon. Not `-fflags nobuffer`: it throws away what was read meanwhile, and with it the key frame; the next may be seconds off.
    ...(rtsp || kind === "v4l2" ? ["-analyzeduration", String(liveAnalyzeUs)] : []),
    ...(rtsp ? ["-rtsp_transport", o.transport, o.version.atLeast(5, 0) ? "-timeout" : "-stimeout", ioTimeoutUs] : []), // `-timeout` means "listen" before version 5
    ...(http ? ["-rw_timeout", ioTimeoutUs] : []), // else a silent server would hold FFmpeg for ever; our own watchdogs come first
    ...(kind === "v4l2" ? ["-f", "v4l2"] : []),
    ...(live ? [] : ["-copyts"]), // times as the file has them, not counted from its start
    ...(o.realtime && !live ? ["-re"] : []),
    ...(o.loop && !live ? ["-stream_loop", "-1"] : []),
  ];
}

/** The `file:` prefix keeps names that begin with `-` or hold a `:` from being read as options or protocols. */
function inputAddress(address: SourceAddress): string[] {
  return ["-i", address.kind === "file" ? `file:${address.target}` : address.target];
}
