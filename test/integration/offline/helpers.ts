// Films made with FFmpeg, and an engine that sees a white square: what it finds can be checked in the pixels of the result.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { Engine } from "../../../src/core/engine.js";
import { parseConfig, type Config } from "../../../src/core/config.js";
import { silentLogger } from "../../../src/core/logger.js";
import type { OpenSource } from "../../../src/core/source.js";
import { createFfmpegSource } from "../../../src/ingest/index.js";
import type { AnalyzeFileOptions } from "../../../src/offline/index.js";

const execute = promisify(execFile);

/** Blur off: the square keeps its edges. */
export const config: Config = parseConfig({ analysis: { blur: { enabled: false } } });

export const openSource: OpenSource = createFfmpegSource({ ffmpeg: "ffmpeg", ffprobe: "ffprobe", maxPixels: config.ingest.maxPixels, maxMemoryBytes: 0, privateSources: true, logger: silentLogger() });

/** Runs FFmpeg. */
export async function ffmpeg(...args: string[]): Promise<void> {
  await execute("ffmpeg", ["-hide_banner", "-nostdin", "-v", "error", "-y", ...args], { timeout: 30_000, killSignal: "SIGKILL" });
}

/** A white square of 40 pixels over dark grey: its corner is at 20 + 4 i, 30 + 2 i in frame i (`overlay` counts from 1). */
export function squareFilm(size: string, frames: number, rate = "25"): string[] {
  const rest = `r=${rate}:d=${frames / Number(rate)}`;
  return ["-f", "lavfi", "-i", `color=c=0x303030:s=${size}:${rest}[a];color=c=white:s=40x40:${rest}[b];[a][b]overlay=x='20+(n-1)*4':y='30+(n-1)*2',format=yuv420p`];
}

/** Times of all decoded frames as ffprobe sees them, milliseconds. */
export async function probedTimes(path: string): Promise<number[]> {
  const { stdout } = await execute("ffprobe", ["-v", "quiet", "-select_streams", "v:0", "-show_entries", "frame=best_effort_timestamp_time", "-of", "csv=p=0", path], { maxBuffer: 1 << 26 });
  return stdout.split("\n").flatMap((line) => (line.trim() === "" ? [] : [Number.parseFloat(line) * 1000]));
}

/** What streams a file has: codec type, codec, size. */
export async function probedStreams(path: string): Promise<Record<string, unknown>[]> {
  const { stdout } = await execute("ffprobe", ["-v", "error", "-show_entries", "stream=codec_type,codec_name,width,height,start_time", "-of", "json", path]);
  return (JSON.parse(stdout) as { streams: Record<string, unknown>[] }).streams;
}

/** All frames as rgb24. */
export async function decoded(path: string, width: number, height: number): Promise<Buffer[]> {
  const { stdout } = await execute("ffmpeg", ["-v", "error", "-i", path, "-vf", "scale=in_color_matrix=bt709", "-fps_mode", "passthrough", "-f", "rawvideo", "-pix_fmt", "rgb24", "pipe:1"], { encoding: "buffer", maxBuffer: 1 << 30 });
  const bytes = width * height * 3;
  return Array.from({ length: stdout.length / bytes }, (_, i) => stdout.subarray(i * bytes, (i + 1) * bytes));
}

export interface Extent {
  readonly left: number;
  readonly top: number;
  readonly right: number;
  readonly bottom: number;
}

/** Extent of the pixels that pass a test; undefined when none does. */
export function extent(data: Uint8Array, width: number, test: (r: number, g: number, b: number) => boolean): Extent | undefined {
  let [left, top, right, bottom] = [Infinity, Infinity, -1, -1];
  for (let i = 0; i < data.length; i += 3) {
    if (!test(data[i] ?? 0, data[i + 1] ?? 0, data[i + 2] ?? 0)) continue;
    const [x, y] = [(i / 3) % width, Math.floor(i / 3 / width)];
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x + 1);
    bottom = Math.max(bottom, y + 1);
  }
  return right < 0 ? undefined : { left, top, right, bottom };
}

/** Finds the white square and takes the box ten pixels around it for a happy face. */
export function squareEngine(concurrency = 1): Engine {
  return {
    info: { name: "square", version: "1", models: [] },
    concurrency,
    analyze: (batch) =>
      Promise.resolve(
        batch.map(({ picture }) => {
          const e = extent(picture.data, picture.width, (r, g, b) => Math.min(r, g, b) > 200);
          if (e === undefined) return [];
          const box = { x: e.left - 10, y: e.top - 10, width: e.right - e.left + 20, height: e.bottom - e.top + 20 };
          const at = [box.x, box.y] as const;
          return [{ box, score: 0.9, landmarks: [at, at, at, at, at] as const, emotions: { anger: 0, disgust: 0, fear: 0, happiness: 0.9, sadness: 0, surprise: 0, neutral: 0.1 } }];
        }),
      ),
    close: () => Promise.resolve(),
  };
}

/** Options of an analysis with real FFmpeg and the square engine. */
export function optionsFor(input: string, outDir: string, changes: Partial<AnalyzeFileOptions> = {}): AnalyzeFileOptions {
  return { input, outDir, formats: ["csv"], settings: config.analysis, ingest: config.ingest, privacy: config.privacy, engine: squareEngine(), openSource, logger: silentLogger(), version: "0", ...changes };
}
