// The exact command lines. A changed flag must change a line here.

import { describe, expect, it } from "vitest";
import { parseSource } from "../../../src/ingest/address.js";
import { ffmpegArgs, type FfmpegArgsOptions } from "../../../src/ingest/ffmpeg-args.js";
import type { ProbedStream } from "../../../src/ingest/filter-graph.js";
import { demuxers } from "../../../src/core/ffmpeg-input.js";
import { FfmpegVersion } from "../../../src/ingest/ffmpeg-version.js";
import { setptsExpression } from "../../../src/ingest/pts-code.js";

const base: Omit<FfmpegArgsOptions, "address"> = {
  transport: "tcp",
  maxSide: 640,
  largeMaxSide: 0,
  realtime: false,
  loop: false,
  openTimeoutMs: 10_000,
  stallTimeoutMs: 8000,
  maxPixels: 1000,
  cores: 2,
  version: new FfmpegVersion(5, 1),
};
const hd: ProbedStream = { streamIndex: 1, size: { width: 1920, height: 1080 }, startSeconds: 12.5 };

function argv(source: string, options: Partial<FfmpegArgsOptions> = {}, probe?: ProbedStream): string[] {
  return ffmpegArgs({ ...base, address: parseSource(source), ...options }, probe);
}

function between(args: readonly string[], from: string, to: string): string[] {
  return args.slice(args.indexOf(from) + 1, args.indexOf(to));
}

/** Flags that changed their names, as a version of FFmpeg gets them. */
function flags(major: number, minor: number): string[] {
  return argv("rtsp://cam/1", { version: new FfmpegVersion(major, minor) }).filter((a) => ["-timeout", "-stimeout", "-fps_mode", "-vsync"].includes(a));
}

const quiet = ["-hide_banner", "-nostdin", "-nostats", "-loglevel"];
const common = [...quiet, "level+info"];
const out = ["-fps_mode", "passthrough", "-enc_time_base", "1:1000000", "-c:v", "rawvideo"];
const nut = ["-write_index", "0", "-f", "nut", "pipe:1"];
const liveScale = (side: number) =>
  `scale=w='max(1,trunc(iw*sar*min(1,${side}/max(iw*sar,ih))+0.5))':h='max(1,trunc(ih*min(1,${side}/max(iw*sar,ih))+0.5))':flags=bilinear,setsar=1,format=rgb24`;

describe("ffmpegArgs", () => {
  it("a file, one size", () => {
    expect(argv("/v/clip.mp4", {}, hd)).toEqual([
      ...common,
      "-protocol_whitelist", "file",
      "-format_whitelist", demuxers.file,
      "-max_pixels", "1000",
      "-copyts",
      "-i", "file:/v/clip.mp4",
      "-filter_complex_threads", "1",
      "-filter_complex", `[0:1]settb=1/1000000,setpts='${setptsExpression(12)}',scale=640:360:flags=bilinear,setsar=1,format=rgb24[small]`,
      "-map", "[small]",
      ...out,
      ...nut,
    ]);
  });

  it("a file, two sizes", () => {
    const args = argv("/v/clip.mp4", { largeMaxSide: 1280 }, hd);
    expect(args.slice(args.indexOf("-filter_complex"))).toEqual([
      "-filter_complex",
      `[0:1]settb=1/1000000,setpts='${setptsExpression(12)}',split[a][b];[a]scale=640:360:flags=bilinear,setsar=1,format=rgb24,split[small][c];` +
        "[b]scale=1280:720:flags=bilinear,setsar=1,format=rgb24[large];[c]crop=1:1:0:0:exact=1,setpts=PTS+10[tick]",
      "-map", "[small]", "-map", "[large]", "-map", "[tick]",
      ...out,
      "-max_interleave_delta", "1",
      ...nut,
    ]);
  });

  it.each([
    { asked: "yuv420p", has: "bt601", planes: true },
    { asked: "yuv420p", has: undefined, planes: false },
    { asked: undefined, has: "bt601", planes: false },
    { asked: "rgb24", has: "bt709", planes: false },
  ] as const)("planes where they are asked for ($asked) and the file has them ($has)", ({ asked, has, planes }) => {
    const args = argv("/v/clip.mp4", { largeMaxSide: 1280, ...(asked && { pixelFormat: asked }) }, { ...hd, ...(has && { planar: has }) });
    const graph = args[args.indexOf("-filter_complex") + 1]!;
    expect([...graph.matchAll(/format=(\w+)/g)].map(([, format]) => format)).toEqual(Array.from({ length: 2 }, () => (planes ? "yuv420p" : "rgb24")));
  });

  it.each([
    { size: { width: 640, height: 480 }, largeMaxSide: 1280, two: false },
    { size: { width: 480, height: 641 }, largeMaxSide: 1280, two: true },
    { size: { width: 1920, height: 1080 }, largeMaxSide: 640, two: false },
    { size: { width: 1920, height: 1080 }, largeMaxSide: 641, two: true },
  ])("a second size only where it is larger: $size, $largeMaxSide", ({ size, largeMaxSide, two }) => {
    expect(argv("/v/clip.mp4", { largeMaxSide }, { ...hd, size }).includes("[large]")).toBe(two);
  });

  it.each([
    { width: 640, height: 480, cores: 2, threads: "1" },
    { width: 640, height: 360, cores: 9, threads: "3" },
    { width: 640, height: 481, cores: 2, threads: undefined },
  ])("a file of $width x $height is decoded by as many threads as $cores cores ask for, a large one as FFmpeg thinks best", ({ width, height, cores, threads }) => {
    const args = argv("/v/clip.mp4", { cores }, { ...hd, size: { width, height } });
    expect(args.indexOf("-threads")).toBeLessThan(args.indexOf("-i"));
    expect(args.includes("-threads") ? args[args.indexOf("-threads") + 1] : undefined).toBe(threads);
  });

  it("a camera over TCP", () => {
    expect(argv("rtsp://user:pw@cam/1", { largeMaxSide: 1280 })).toEqual([
      ...quiet, "level+verbose",
      "-protocol_whitelist", "rtsp,rtp,udp,tcp",
      "-format_whitelist", "rtsp",
      "-max_pixels", "1000",
      "-threads", "1",
      "-analyzeduration", "1000000",
      "-rtsp_transport", "tcp", "-timeout", "11000000",
      "-i", "rtsp://user:pw@cam/1",
      "-filter_complex_threads", "1",
      "-filter_complex",
      `[0:V:0]settb=1/1000000,setpts='${setptsExpression(0)}',split[a][b];[a]${liveScale(640)},split[small][c];[b]${liveScale(1280)}[large];[c]crop=1:1:0:0:exact=1,setpts=PTS+10[tick]`,
      "-map", "[small]", "-map", "[large]", "-map", "[tick]",
      ...out,
      "-autoscale", "0",
      "-max_interleave_delta", "1",
      ...nut,
    ]);
  });

  it("a camera over UDP with an older FFmpeg", () => {
    const args = argv("rtsp://cam/1", { transport: "udp", version: new FfmpegVersion(4, 4) });
    expect(between(args, "-analyzeduration", "-i")).toEqual(["1000000", "-rtsp_transport", "udp", "-stimeout", "11000000"]);
    expect(between(args, "[small]", "-enc_time_base")).toEqual(["-vsync", "passthrough"]);
  });

  it("names the flag of each version", () => {
    expect(flags(4, 4)).toEqual(["-stimeout", "-vsync"]);
    expect(flags(5, 0)).toEqual(["-timeout", "-vsync"]);
    expect(flags(5, 1)).toEqual(["-timeout", "-fps_mode"]);
    expect(flags(8, 0)).toEqual(["-timeout", "-fps_mode"]);
  });

  it.each([
    ["rtsps://cam/1", ["rtsp,rtsps,rtp,srtp,udp,tcp,tls", "-format_whitelist", "rtsp", "-max_pixels", "1000", "-threads", "1", "-analyzeduration", "1000000", "-rtsp_transport", "tcp", "-timeout", "11000000"]],
    ["http://cam/video.cgi", ["http,https,httpproxy,tcp,tls", "-format_whitelist", demuxers.http, "-max_pixels", "1000", "-threads", "1", "-rw_timeout", "11000000"]],
    ["https://host/live.m3u8", ["http,https,httpproxy,tcp,tls,crypto,data", "-format_whitelist", demuxers.hls, "-max_pixels", "1000", "-threads", "1", "-rw_timeout", "11000000"]],
    ["https://host/clip.mp4", ["http,https,httpproxy,tcp,tls", "-format_whitelist", demuxers.http, "-max_pixels", "1000", "-rw_timeout", "11000000", "-copyts"]],
    ["/dev/video0", ["file", "-format_whitelist", "video4linux2,v4l2", "-max_pixels", "1000", "-threads", "1", "-analyzeduration", "1000000", "-f", "v4l2"]],
  ])("input flags of %s", (source, expected) => {
    expect(between(argv(source), "-protocol_whitelist", "-i")).toEqual(expected);
  });

  it("loop, real time, hardware", () => {
    expect(between(argv("/v/clip.mp4", { loop: true, realtime: true, hwaccel: "vaapi" }, hd), "-max_pixels", "-i")).toEqual(["1000", "-hwaccel", "vaapi", "-copyts", "-re", "-stream_loop", "-1"]);
    expect(argv("rtsp://cam/1", { loop: true, realtime: true })).not.toContain("-re");
    expect(argv("rtsp://cam/1", { loop: true, realtime: true })).not.toContain("-stream_loop");
  });

  it("a limit on the rate, before any scaling", () => {
    const args = argv("/v/clip.mp4", { maxFps: 12.5 }, hd);
    expect(args[args.indexOf("-filter_complex") + 1]).toContain("',select='isnan(prev_selected_t)+gt(floor(t*12.5+0.001),floor(prev_selected_t*12.5+0.001))',scale=");
  });

  it("names no demuxer for files that opens further files or hosts", () => {
    for (const kind of ["file", "http", "https", "rtsp", "rtsps"] as const) {
      const allowed = demuxers[kind].split(",");
      for (const opener of ["hls", "dash", "concat", "image2", "sdp", "imf", "lavfi", "tty", "vobsub", "webm_dash_manifest"]) expect(allowed).not.toContain(opener);
    }
  });

  it.each(["-i.mp4", "concat:a|b", "http:x", "a\nb"])("the file name %j stays a file name", (name) => {
    const args = argv(`/v/${name}`, {}, hd);
    expect(args[args.indexOf("-i") + 1]).toBe(`file:/v/${name}`);
  });
});
