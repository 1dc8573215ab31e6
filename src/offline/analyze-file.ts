// Every frame of a file through the engine, and the results into files. Nothing appears under a final name before everything is
// written; a run that was cancelled or could not write leaves nothing; a file that breaks off gives the results up to the break.

import { realpath, mkdir } from "node:fs/promises";
import { join, resolve } from "node:path";
import sharp from "sharp";
import type { AnalysisSettings, Config } from "../core/config.js";
import type { Engine } from "../core/engine.js";
import type { EpisodeEvent } from "../core/episode.js";
import { AppError, toAppError, type ErrorCode } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import { declarationOf, refusePictureFormats, type Privacy } from "../core/privacy.js";
import type { OpenSource } from "../core/source.js";
import { Episodes, runFile } from "../pipeline/index.js";
import type { FrameResult } from "../pipeline/types.js";
import { annotateVideo } from "./annotate/annotate-video.js";
import { TimelineCollector } from "./formats/timeline-data.js";
import { timelineSvg } from "./formats/timeline-svg.js";
import type { CsvColumnSet, ResultFormat } from "../core/result-formats.js";
import { absenceMs, type FrameRecord, type ResultHead, type ResultWriter } from "./formats/types.js";
import { readSpool } from "./mark-spool.js";
import { MediaClock } from "./media-time.js";
import { OutputFile, writeError } from "./output-file.js";
import { probeFile, type FileFacts } from "./probe.js";
import { ProgressMeter, type AnalysisProgress } from "./progress.js";
import { drain, Gate, gatedEngine } from "./result-queue.js";
import { identifySource, isUrl, sourceName } from "./source-identity.js";
import { analysingRun, drawingSource } from "./source-options.js";
import { createViewWriter } from "./views/view-files.js";
import { openWriters } from "./writers.js";

export interface AnalyzeFileOptions {
  /** Path of a file, or an address of something that ends. */
  readonly input: string;
  /** For people and for the header; default: the last part of `input`. */
  readonly name?: string;
  /** Results go there; made when missing. */
  readonly outDir: string;
  /** Results are called `<baseName>.jsonl` and so on; default: the name without its extension. */
  readonly baseName?: string;
  /** From `outDir` to the film, with `/`, for formats that play it. Default: it lies in `outDir`. */
  readonly mediaPath?: string;
  readonly formats: readonly ResultFormat[];
  /** Also writes what a results page looks at (`views/view-files.ts`). */
  readonly withView?: boolean;
  /** Of the CSV and the Parquet file. Default: our own. */
  readonly csvColumns?: CsvColumnSet;
  readonly settings: AnalysisSettings;
  readonly ingest: Config["ingest"];
  readonly privacy: Privacy;
  /** May still be loading: the file is looked at meanwhile. */
  readonly engine: Engine | Promise<Engine>;
  readonly openSource: OpenSource;
  readonly logger: Logger;
  /** Of Emostream, for the header. */
  readonly version: string;
  readonly signal?: AbortSignal;
  /** After every frame. */
  readonly onProgress?: (progress: AnalysisProgress) => void;
  /** Every result, in order, after it was handed to the formats. */
  readonly onRecord?: (record: FrameRecord) => void;
}

export interface AnalyzedFile {
  /** Absolute paths, in the order of `formats`. */
  readonly files: readonly { readonly format: ResultFormat; readonly path: string }[];
  readonly frames: number;
  /** Faces over all frames. */
  readonly faces: number;
  /** Different people, as far as tracking tells. */
  readonly tracks: number;
  /** What was analysed; size and hash are absent for an address. */
  readonly source: ResultHead["source"];
  /** Set when the source broke off: the results reach up to the break. */
  readonly error?: AppError;
}

const suffixes: Readonly<Record<ResultFormat, string>> = { jsonl: ".jsonl", csv: ".csv", parquet: ".parquet", vtt: ".vtt", episodes: ".episodes.vtt", eaf: ".eaf", mp4: ".annotated.mp4", png: ".timeline.png" };

// What a source may end with and its results still be worth keeping.
const breaks: ReadonlySet<ErrorCode> = new Set(["corrupt", "source_lost", "stalled", "timeout", "ffmpeg_failed"]);

/**
 * Analyses a file and writes its results. Resolves with `error` set when the source broke off after at least one frame.
 * @throws AppError the source's error when no frame came; `cancelled`, `disk_full`, `write_failed`, `engine_failed`, `invalid_request`, `no_pictures`
 */
export async function analyzeFile(options: AnalyzeFileOptions): Promise<AnalyzedFile> {
  const { signal, settings } = options;
  const input = isUrl(options.input) ? options.input : resolve(options.input);
  const name = options.name ?? sourceName(input);
  const formats = [...new Set(options.formats)];
  refusePictureFormats(options.privacy, formats);
  const privacy = declarationOf(options.privacy);
  const source = await identifySource(input, name, signal);
  const facts = await probeFile(options.ingest.ffprobe, input, signal);
  const engine = await options.engine;
  const outputs = await openOutputs(options, input, name, formats);
  const spool = outputs.get("mp4") === undefined ? undefined : new OutputFile(join(resolve(options.outDir), "marks"));
  const view = options.withView === true ? createViewWriter(resolve(options.outDir)) : undefined;
  const published = [...outputs.values(), ...(view?.outputs ?? [])];
  try {
    const head: ResultHead = { version: options.version, source, engine: engine.info, settings, ...(privacy && { privacy }), ...(options.mediaPath !== undefined && { mediaPath: options.mediaPath }) };
    const timeline = new TimelineCollector();
    const writers = [...(await openWriters(outputs, head, spool, timeline, options.csvColumns ?? "emostream")), ...(view ? [view.writer] : [])];
    const run = await analyse({ ...options, engine }, input, facts, writers);
    for (const writer of writers) await writer.finish();
    await spool?.complete();
    await writeTimeline(outputs.get("png"), timeline, name);
    if (spool !== undefined && run.frames > 0) await drawVideo(options, input, facts, run.frames, spool, outputs.get("mp4"));
    for (const output of published) await output.complete();
    throwIfAborted(signal);
    for (const output of published) await output.publish();
    return { files: [...outputs].map(([format, { path }]) => ({ format, path })), source, ...run };
  } catch (error) {
    for (const output of published) await output.discard();
    throw signal?.aborted === true ? new AppError("cancelled", "The analysis was cancelled.", { cause: error }) : toAppError(error);
  } finally {
    await spool?.discard();
  }
}

/** Names of the result files, in the order of the formats. */
export function resultFileNames(baseName: string, formats: readonly ResultFormat[]): string[] {
  return formats.map((f) => `${baseName}${suffixes[f]}`);
}

async function openOutputs(options: AnalyzeFileOptions, input: string, name: string, formats: readonly ResultFormat[]): Promise<Map<ResultFormat, OutputFile>> {
  const outDir = resolve(options.outDir);
  await mkdir(outDir, { recursive: true }).catch((error: unknown) => {
    throw writeError(error);
  });
  const folder = await realpath(outDir);
  const inputPath = isUrl(input) ? undefined : await realpath(input);
  const baseName = options.baseName ?? (name.replace(/\.[^.]+$/, "") || "results");
  const names = resultFileNames(baseName, formats);
  const clash = names.find((n) => join(folder, n) === inputPath);
  if (clash !== undefined) throw new AppError("invalid_request", `Expected another folder for the results: ${clash} is the file to analyse.`);
  return new Map(formats.map((f, i) => [f, new OutputFile(join(outDir, names[i] ?? f))]));
}

async function analyse(options: AnalyzeFileOptions & { readonly engine: Engine }, input: string, facts: FileFacts, writers: readonly ResultWriter[]): Promise<Omit<AnalyzedFile, "files" | "source">> {
  const { signal } = options;
  const gate = new Gate();
  const run = runFile(analysingRun(input, options.settings, options.ingest), { openSource: options.openSource, engine: gatedEngine(options.engine, gate), logger: options.logger });
  const clock = new MediaClock(facts.startMs);
  const meter = new ProgressMeter("analyse", expectedFrames(facts, options.settings.maxFps), options.formats.includes("mp4"));
  const episodes = new Episodes(options.settings.episodes);
  const tracks = new Set<number>();
  let [frames, faces] = [0, 0];
  const failure: { error?: AppError } = {};
  try {
    for await (const result of drain(run.result$, gate, signal)) {
      const record = recordOf(result, clock);
      await writeEpisodes(writers, episodes.add(result), clock);
      for (const writer of writers) await writer.frame(record);
      options.onRecord?.(record);
      frames += 1;
      faces += record.faces.length;
      for (const face of record.faces) tracks.add(face.trackId);
      options.onProgress?.(meter.step());
    }
  } catch (error) {
    failure.error = toAppError(error);
  }
  await run.closed;
  throwIfAborted(signal);
  if (failure.error !== undefined && (frames === 0 || !breaks.has(failure.error.code))) throw failure.error;
  await writeEpisodes(writers, episodes.end(), clock);
  return { frames, faces, tracks: tracks.size, ...failure };
}

async function writeEpisodes(writers: readonly ResultWriter[], events: readonly EpisodeEvent[], clock: MediaClock): Promise<void> {
  for (const event of events) for (const writer of writers) await writer.episode?.({ ...event, timeMs: clock.at(event) });
}

function recordOf(result: FrameResult, clock: MediaClock): FrameRecord {
  return {
    seq: result.seq,
    epoch: result.epoch,
    ptsMs: result.ptsMs,
    timeMs: clock.next(result),
    width: result.width,
    height: result.height,
    faces: result.faces,
  };
}

async function writeTimeline(output: OutputFile | undefined, timeline: TimelineCollector, title: string): Promise<void> {
  if (output === undefined) return;
  const png = await sharp(Buffer.from(timelineSvg(timeline.timeline(absenceMs), title))).flatten({ background: "#ffffff" }).png({ compressionLevel: 9 }).toBuffer();
  await output.writeBytes(png);
}

async function drawVideo(options: AnalyzeFileOptions, input: string, facts: FileFacts, frames: number, spool: OutputFile, output: OutputFile | undefined): Promise<void> {
  if (output === undefined) return;
  const meter = new ProgressMeter("draw", frames, true);
  await annotateVideo({
    ffmpeg: options.ingest.ffmpeg,
    openSource: options.openSource,
    source: drawingSource(input, options.settings, options.ingest),
    startMs: facts.startMs,
    ...(facts.audioCodec !== undefined && { audioCodec: facts.audioCodec }),
    output: output.temporaryPath,
    frames,
    marks: readSpool(spool.temporaryPath),
    ...(options.signal && { signal: options.signal }),
    onFrame: () => options.onProgress?.(meter.step()),
  });
}

function expectedFrames({ frames, durationMs }: FileFacts, maxFps: number | undefined): number | undefined {
  if (maxFps === undefined || durationMs === undefined || frames === undefined) return frames;
  return Math.min(frames, Math.max(1, Math.round((durationMs / 1000) * maxFps)));
}

function throwIfAborted(signal: AbortSignal | undefined): void {
  if (signal?.aborted === true) throw new AppError("cancelled", "The analysis was cancelled.");
}
