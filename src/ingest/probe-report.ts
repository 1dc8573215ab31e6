// Reads ffprobe's JSON. Pure.

import { z } from "zod";
import { AppError } from "../core/errors.js";
import type { YuvMatrix } from "../core/frame.js";
import type { SourceInfo } from "../core/source.js";
import { classifyFailure } from "./failure.js";
import { ratioOf, shownSize, type Size } from "./picture-size.js";

/** A file's video: what the contract tells, and what the command line needs. */
export interface ProbedVideo extends SourceInfo {
  /** Index of the video stream within the file. */
  readonly streamIndex: number;
  /** Size as shown; the same as `width` and `height`. */
  readonly size: Size;
  /** First time in the file, seconds. */
  readonly startSeconds: number;
  /** Degrees that FFmpeg turns the picture by: 0, 90, 180, 270. */
  readonly rotation: number;
  /** Matrix of the colours of a video of planar pictures: 8 bits, 4:2:0, limited range, one of the two usual matrices. */
  readonly planar?: YuvMatrix;
  /** Length that the container states for the video itself, not for its longest stream. */
  readonly videoDurationMs?: number;
}

const streamSchema = z.object({
  index: z.int(),
  codec_type: z.string().optional(),
  codec_name: z.string().optional(),
  width: z.number().optional(),
  height: z.number().optional(),
  sample_aspect_ratio: z.string().optional(),
  pix_fmt: z.string().optional(),
  color_range: z.string().optional(),
  color_space: z.string().optional(),
  avg_frame_rate: z.string().optional(),
  r_frame_rate: z.string().optional(),
  start_time: z.string().optional(),
  duration: z.string().optional(),
  nb_frames: z.string().optional(),
  disposition: z.record(z.string(), z.number()).optional(),
  tags: z.record(z.string(), z.string()).optional(),
  side_data_list: z.array(z.looseObject({ rotation: z.number().optional() })).optional(),
});
const reportSchema = z.object({
  streams: z.array(streamSchema).default([]),
  format: z.object({ format_name: z.string().optional(), duration: z.string().optional(), start_time: z.string().optional() }).default({}),
});
type Stream = z.infer<typeof streamSchema>;

// FFmpeg reads any text file as ANSI art
const textFormats = new Set(["tty"]);

/**
 * Picks the video stream and describes it.
 * @throws AppError `no_video`, `unsupported_codec`, `corrupt`, `picture_too_large`
 */
export function readProbe(json: string, context: { readonly shown: string; readonly maxPixels: number; readonly lines: readonly string[] }): ProbedVideo {
  const { shown } = context;
  const report = reportSchema.safeParse(parsed(json));
  if (!report.success) throw new AppError("corrupt", `${shown} could not be described.`, { cause: report.error });
  const { streams, format } = report.data;
  const stream = pickVideo(streams);
  if (stream === undefined || textFormats.has(format.format_name ?? "")) throw new AppError("no_video", `${shown} has no moving picture${streams.some((s) => s.codec_type === "audio") ? ", only sound" : ""}.`);
  if (stream.codec_name === undefined || stream.codec_name === "unknown" || stream.codec_name === "none") throw new AppError("unsupported_codec", `FFmpeg has no decoder for the video in ${shown}.`);
  const coded = { width: stream.width ?? 0, height: stream.height ?? 0 };
  if (coded.width < 1 || coded.height < 1) throw classifyFailure(context.lines, { shown, whenUnknown: "corrupt" });
  if (coded.width * coded.height > context.maxPixels) {
    throw new AppError("picture_too_large", `Expected a picture of at most ${context.maxPixels} pixels, received ${coded.width}x${coded.height}: ${shown}.`);
  }
  const rotation = rotationOf(stream);
  const size = shownSize(coded, ratioOf(stream.sample_aspect_ratio) ?? 1, rotation);
  const videoDurationMs = milliseconds(stream.duration ?? clock(stream.tags?.["DURATION"]));
  return {
    ...size,
    size,
    rotation,
    live: false,
    streamIndex: stream.index,
    startSeconds: Number(stream.start_time ?? format.start_time ?? 0) || 0,
    codec: stream.codec_name,
    ...optional("container", format.format_name),
    ...optional("fps", ratioOf(stream.avg_frame_rate) ?? ratioOf(stream.r_frame_rate)),
    ...optional("durationMs", milliseconds(format.duration) ?? videoDurationMs),
    ...optional("videoDurationMs", videoDurationMs),
    ...optional("planar", planarMatrix(stream)),
    ...optional("frameCount", stream.nb_frames === undefined ? undefined : Number(stream.nb_frames)),
  };
}

/** The default video stream, else the first. Cover pictures and thumbnails are no video. */
function pickVideo(streams: readonly Stream[]): Stream | undefined {
  const real = streams.filter((s) => s.codec_type === "video" && s.disposition?.["attached_pic"] !== 1 && s.disposition?.["timed_thumbnails"] !== 1);
  return real.find((s) => s.disposition?.["default"] === 1) ?? real[0];
}

/** By the names of ffprobe. Where the file does not say its matrix, FFmpeg takes that of standard definition, whatever its size. */
const matrices: ReadonlyMap<string, YuvMatrix> = new Map([["unknown", "bt601"], ["bt470bg", "bt601"], ["smpte170m", "bt601"], ["bt709", "bt709"]]);

function planarMatrix({ pix_fmt: format, color_range: range = "unknown", color_space: space = "unknown" }: Stream): YuvMatrix | undefined {
  return format === "yuv420p" && (range === "tv" || range === "unknown") ? matrices.get(space) : undefined;
}

function rotationOf(stream: Stream): number {
  const told = stream.side_data_list?.find((d) => d.rotation !== undefined)?.rotation ?? -Number(stream.tags?.["rotate"] ?? 0);
  return Number.isFinite(told) ? ((Math.round(told) % 360) + 360) % 360 : 0;
}

function parsed(json: string): unknown {
  try {
    return JSON.parse(json);
  } catch {
    return undefined; // the schema then says what was expected
  }
}

function milliseconds(seconds: string | undefined): number | undefined {
  const value = Number(seconds) * 1000;
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

/** Matroska's `00:01:02.500000000` as seconds. */
function clock(text: string | undefined): string | undefined {
  const match = /^(\d+):(\d\d):(\d\d(?:\.\d+)?)$/.exec(text ?? "");
  return match === null ? undefined : String(Number(match[1]) * 3600 + Number(match[2]) * 60 + Number(match[3]));
}

function optional<K extends string, V>(key: K, value: V | undefined): { [P in K]?: V } {
  return value === undefined ? {} : ({ [key]: value } as { [P in K]?: V });
}
