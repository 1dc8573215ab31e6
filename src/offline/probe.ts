// What ffprobe knows of a file before it is decoded: enough for a progress bar, the time of its start, and its sound.
// Everything is optional: where ffprobe fails, decoding tells why.

import { execFile } from "node:child_process";
import { z } from "zod";
import { confined } from "../core/confined.js";
import { inputGuards } from "../core/ffmpeg-input.js";

const probeTimeoutMs = 15_000;

/** Facts about a file; absent where the container does not state them. */
export interface FileFacts {
  /** What a player shows as time zero, in the file's clock. Milliseconds. */
  readonly startMs: number;
  readonly durationMs?: number;
  readonly frames?: number;
  /** FFmpeg's name of the first sound track's codec. */
  readonly audioCodec?: string;
}

const probeSchema = z.object({
  format: z.object({ start_time: z.string().optional(), duration: z.string().optional() }).optional(),
  streams: z
    .array(
      z.object({
        codec_type: z.string().optional(),
        codec_name: z.string().optional(),
        nb_frames: z.string().optional(),
        avg_frame_rate: z.string().optional(),
        disposition: z.object({ attached_pic: z.number().optional() }).optional(),
      }),
    )
    .optional(),
});

/** Arguments that open a source for reading: the protocols and formats it may use, and a path that no scheme can be read into. */
export function inputArguments(input: string): string[] {
  const remote = /^https?:\/\//i.test(input);
  const playlist = /\.m3u8?(?:[?#]|$)/i.test(input);
  return [...inputGuards(!remote ? "file" : playlist ? "hls" : "http"), "-i", remote ? input : `file:${input}`];
}

/** Asks ffprobe about a file. Never fails: unknown facts are absent. */
export async function probeFile(ffprobe: string, input: string, signal?: AbortSignal): Promise<FileFacts> {
  const entries = "format=start_time,duration:stream=codec_type,codec_name,nb_frames,avg_frame_rate:stream_disposition=attached_pic";
  const args = ["-v", "error", "-show_entries", entries, "-of", "json", ...inputArguments(input)];
  const command = await confined(ffprobe, args).catch(() => undefined);
  if (command === undefined) return factsFrom("");
  const text = await new Promise<string>((resolve) => {
    execFile(command.program, command.args, { env: command.env, timeout: probeTimeoutMs, killSignal: "SIGKILL", maxBuffer: 1 << 20, ...(signal && { signal }) }, (error, stdout) => {
      resolve(error === null ? stdout : "");
    });
  });
  return factsFrom(text);
}

/** Reads ffprobe's JSON; anything else gives no facts. */
export function factsFrom(text: string): FileFacts {
  const parsed = probeSchema.safeParse(parseJson(text));
  if (!parsed.success) return { startMs: 0 };
  const { format, streams = [] } = parsed.data;
  const video = streams.find((s) => s.codec_type === "video" && s.disposition?.attached_pic !== 1);
  const audio = streams.find((s) => s.codec_type === "audio");
  const durationMs = milliseconds(format?.duration);
  const frames = positive(Number(video?.nb_frames)) ?? estimate(durationMs, video?.avg_frame_rate);
  return {
    startMs: milliseconds(format?.start_time) ?? 0,
    ...(durationMs !== undefined && { durationMs }),
    ...(frames !== undefined && { frames }),
    ...(audio?.codec_name !== undefined && { audioCodec: audio.codec_name }),
  };
}

function estimate(durationMs: number | undefined, rate: string | undefined): number | undefined {
  const [numerator = Number.NaN, denominator = Number.NaN] = (rate ?? "").split("/").map(Number);
  return durationMs === undefined ? undefined : positive(Math.round((durationMs / 1000) * (numerator / denominator)));
}

function milliseconds(seconds: string | undefined): number | undefined {
  const value = Number(seconds ?? Number.NaN) * 1000;
  return Number.isFinite(value) ? value : undefined;
}

function positive(value: number): number | undefined {
  return Number.isFinite(value) && value > 0 ? value : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // No facts: ffprobe failed, and decoding will say why.
  }
}
