// FFmpeg as encoder of annotated videos: timed rgb24 frames on stdin, H.264 with the source's sound into an MP4.
// One frame in, one frame out; the same frames give the same bytes.

import { execFile, spawn, type ChildProcessByStdio } from "node:child_process";
import type { Readable, Writable } from "node:stream";
import { checkPipes, confined, startFailure, type Command } from "../../core/confined.js";
import { AppError } from "../../core/errors.js";
import { inputArguments } from "../probe.js";
import { matroskaFrameHead, matroskaHead } from "./matroska.js";

// What MP4 carries as it is and players know; everything else is made AAC.
const copiedAudio = new Set(["aac", "mp3", "ac3", "eac3", "alac"]);
const maxStderrChars = 8192;
const versionTimeoutMs = 10_000;

export interface EncoderOptions {
  readonly ffmpeg: string;
  /** Whether this FFmpeg knows `-fps_mode` (5.1 and later) or only `-vsync`. */
  readonly fpsMode: boolean;
  readonly width: number;
  readonly height: number;
  readonly output: string;
  /** Where the sound comes from, and the time in that file's clock that is zero in the frames' (milliseconds). */
  readonly audio?: { readonly input: string; readonly codec: string; readonly zeroMs: number };
}

/** FFmpeg's arguments, each with its reason. */
export function encoderArguments(options: EncoderOptions): string[] {
  const { audio } = options;
  const groups: string[][] = [
    ["-hide_banner", "-nostdin", "-v", "error", "-y"],
    // Frames come with their times in a minimal Matroska stream.
    ["-f", "matroska", "-i", "pipe:0"],
    // Times stay as they come: else each input would be moved to zero, and sound and picture apart from each other.
    ["-copyts"],
    audio === undefined ? [] : ["-itsoffset", (-audio.zeroMs / 1000).toFixed(6), ...inputArguments(audio.input)],
    ["-map", "0:v:0", ...(audio === undefined ? [] : ["-map", "1:a:0"])],
    // HD colour matrix, said in the file; bit-exact scaler, so that every processor gives the same bytes.
    ["-vf", "scale=out_color_matrix=bt709:out_range=tv:flags=bicubic+accurate_rnd+full_chroma_int+bitexact,format=yuv420p"],
    ["-color_primaries", "bt709", "-color_trc", "bt709", "-colorspace", "bt709", "-color_range", "tv"],
    // x264's output depends on its number of threads: fixed. Quality for small text and thin lines.
    ["-c:v", "libx264", "-preset", "veryfast", "-crf", "20", "-threads:v", "2"],
    // No frame is doubled or left out, and times keep a resolution that holds every frame rate.
    [options.fpsMode ? "-fps_mode" : "-vsync", "passthrough"],
    ["-enc_time_base:v", "1:90000", "-video_track_timescale", "90000"],
    audio === undefined ? [] : ["-c:a", copiedAudio.has(audio.codec) ? "copy" : "aac", "-flags:a", "+bitexact"],
    // No dates, no encoder versions; nothing of the source's metadata.
    ["-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-flags:v", "+bitexact"],
    // Plays while it loads.
    ["-movflags", "+faststart", "-f", "mp4", options.output],
  ];
  return groups.flat();
}

/** Whether this FFmpeg is 5.1 or later. @throws AppError `ffmpeg_missing` */
export async function knowsFpsMode(ffmpeg: string): Promise<boolean> {
  const text = await new Promise<string>((resolve, reject) => {
    execFile(ffmpeg, ["-version"], { timeout: versionTimeoutMs }, (error, stdout) => {
      if (error === null) resolve(stdout);
      else reject(startFailure(ffmpeg, error as NodeJS.ErrnoException));
    });
  });
  const [, major, minor] = /version n?(\d+)\.(\d+)/.exec(text) ?? [];
  // Builds from a repository carry no number of this form and are new.
  return major === undefined || Number(major) > 5 || (Number(major) === 5 && Number(minor) >= 1);
}

/** A running encoder. */
export class VideoEncoder {
  readonly #child: ChildProcessByStdio<Writable, null, Readable>;
  readonly #exit: Promise<AppError | undefined>;
  #stderr = "";

  /** Starts the encoder. It reads a stranger's sound, so it is confined like a decoder. */
  static async open(options: EncoderOptions): Promise<VideoEncoder> {
    return new VideoEncoder(options, await confined(options.ffmpeg, encoderArguments(options), { writesFiles: true }));
  }

  private constructor(options: EncoderOptions, command: Command) {
    this.#child = spawn(command.program, command.args, { env: command.env, stdio: ["pipe", "ignore", "pipe"] });
    checkPipes(this.#child);
    this.#child.stderr.setEncoding("utf8").on("data", (text: string) => {
      if (this.#stderr.length < maxStderrChars) this.#stderr += text;
    });
    // A dead encoder shows as EPIPE here; its exit says why.
    this.#child.stdin.on("error", () => undefined);
    this.#exit = new Promise((resolve) => {
      this.#child.once("error", (error) => resolve(startFailure(options.ffmpeg, error)));
      this.#child.once("close", (code) => resolve(code === 0 ? undefined : this.#failure()));
    });
    this.#child.stdin.write(matroskaHead(options.width, options.height));
  }

  /**
   * Sends one frame. Resolves when its pixels are no longer needed.
   * @throws AppError `disk_full`, `ffmpeg_failed`
   */
  async frame(timeMs: number, pixels: Uint8Array): Promise<void> {
    const { stdin } = this.#child;
    const written = new Promise<boolean>((resolve) => {
      stdin.write(matroskaFrameHead(timeMs, pixels.byteLength));
      stdin.write(pixels, (error) => resolve(error === undefined || error === null));
    });
    if (await written) return;
    throw (await this.#exit) ?? new AppError("ffmpeg_failed", "FFmpeg ended before the last frame was encoded.");
  }

  /** Ends the stream and waits for the file. @throws AppError `disk_full`, `ffmpeg_failed` */
  async finish(): Promise<void> {
    this.#child.stdin.end();
    const error = await this.#exit;
    if (error !== undefined) throw error;
  }

  /** Ends FFmpeg at once and waits until it is gone. */
  async kill(): Promise<void> {
    this.#child.stdin.destroy();
    this.#child.kill("SIGKILL");
    await this.#exit;
  }

  #failure(): AppError {
    const detail = this.#stderr.trim();
    if (/No space left on device|Disk quota exceeded/i.test(detail)) return new AppError("disk_full", "The disk is full.", { detail });
    return new AppError("ffmpeg_failed", "FFmpeg could not write the annotated video.", { detail });
  }
}
