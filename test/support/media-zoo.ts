// Makes small clips of every kind with FFmpeg's own test pictures.

import { ffmpeg } from "./ffmpeg.js";

export interface ClipOptions {
  /** Where to write; the ending chooses the container. */
  readonly file: string;
  /** FFmpeg's encoder name. Default libx264. */
  readonly codec?: string;
  /** `WIDTHxHEIGHT`. Default 160x120. */
  readonly size?: string;
  readonly fps?: number;
  readonly seconds?: number;
  /** `testsrc2` (default), or a colour such as `red` or `0x336699`. */
  readonly picture?: string;
  /** More filters, after the test picture. */
  readonly filter?: string;
  /** Sound as well. */
  readonly sound?: boolean;
  /** More arguments before the output file. */
  readonly args?: readonly string[];
}

const encoderArgs: Readonly<Record<string, readonly string[]>> = {
  libx264: ["-preset", "ultrafast", "-bf", "2", "-pix_fmt", "yuv420p", "-threads", "1"],
  libx265: ["-preset", "ultrafast", "-x265-params", "log-level=error:pools=1", "-pix_fmt", "yuv420p"],
  libvpx: ["-deadline", "realtime", "-cpu-used", "8"],
  "libvpx-vp9": ["-deadline", "realtime", "-cpu-used", "8"],
  mpeg4: ["-bf", "0", "-q:v", "4"],
  mjpeg: ["-pix_fmt", "yuvj420p", "-q:v", "3"],
};

/** Makes a clip and answers its path. */
export async function makeClip(options: ClipOptions): Promise<string> {
  const { file, codec = "libx264", size = "160x120", fps = 25, seconds = 1, picture = "testsrc2", filter, sound = false, args = [] } = options;
  const source = picture === "testsrc2" ? `testsrc2=size=${size}:rate=${fps}:duration=${seconds}` : `color=c=${picture}:size=${size}:rate=${fps}:duration=${seconds}`;
  await ffmpeg(
    "-f", "lavfi", "-i", filter === undefined ? source : `${source},${filter}`,
    ...(sound ? ["-f", "lavfi", "-i", `sine=frequency=440:duration=${seconds}`] : []),
    "-t", String(seconds),
    "-c:v", codec, ...(encoderArgs[codec] ?? []),
    ...args,
    file,
  );
  return file;
}

/** The kinds of file that must be readable: file name, encoder. */
export const zoo: readonly { readonly name: string; readonly codec: string; readonly size?: string; readonly args?: readonly string[] }[] = [
  { name: "h264.mp4", codec: "libx264" },
  { name: "h264-faststart.mp4", codec: "libx264", args: ["-movflags", "+faststart"] },
  { name: "h264.mkv", codec: "libx264" },
  { name: "h264.mov", codec: "libx264" },
  { name: "h264.avi", codec: "libx264", args: ["-bf", "0"] },
  { name: "h264.ts", codec: "libx264" },
  { name: "h265.mp4", codec: "libx265" },
  { name: "h265.mkv", codec: "libx265" },
  { name: "vp8.webm", codec: "libvpx" },
  { name: "vp9.webm", codec: "libvpx-vp9" },
  { name: "mpeg4.avi", codec: "mpeg4" },
  { name: "mpeg4.mp4", codec: "mpeg4" },
  { name: "mjpeg.avi", codec: "mjpeg" },
  { name: "mjpeg.mov", codec: "mjpeg" },
  { name: "raw.h264", codec: "libx264" },
  { name: "raw-nob.h264", codec: "libx264", args: ["-bf", "0"] },
  { name: "raw.h265", codec: "libx265" },
  { name: "raw.mjpeg", codec: "mjpeg" },
  { name: "gif.gif", codec: "gif" },
];
