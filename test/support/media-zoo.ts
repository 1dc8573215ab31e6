// Makes small clips of every kind with FFmpeg's own test pictures.

import { ffmpeg } from "./ffmpeg.js";
import { encoderArgs } from "./zoo-list.mjs";

export { zoo } from "./zoo-list.mjs";

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
