// `emostream analyze`: every frame of a file, or of all files of a study; results in files.

import { stat } from "node:fs/promises";
import { Command, Option } from "commander";
import { detectionSchema, type Detection, type Precision } from "../core/config.js";
import type { Prior } from "../core/prior.js";
import { csvColumnSets, resultFormats, type CsvColumnSet, type ResultFormat } from "../core/result-formats.js";
import type { AnalysisProgress } from "../offline/index.js";
import { analyzeManyFiles } from "./analyze-study.js";
import { exitCodes, UsageError, type Done } from "./exit-codes.js";
import { onInterrupt } from "./interrupt.js";
import { detectorOverride, listOption, loadConfig, numberOption, precisionOption, priorOption } from "./options.js";
import { privacyOverride, withPrivacyOptions, type PrivacyOptions } from "./privacy-options.js";
import { analysisState, ProgressBar } from "./progress.js";

interface Options extends PrivacyOptions {
  readonly out: string;
  readonly manifest?: string;
  readonly again?: boolean;
  readonly format: readonly ResultFormat[];
  readonly columns?: CsvColumnSet;
  readonly config?: string;
  readonly blur: boolean;
  readonly maxSide?: number;
  readonly maxFps?: number;
  readonly detection?: Detection;
  readonly detector?: string;
  readonly model?: string;
  readonly prior?: Prior;
  readonly precision?: Precision;
  readonly workers?: number;
  readonly quiet?: boolean;
}

export function analyzeCommand(done: Done): Command {
  return withPrivacyOptions(new Command("analyze"))
    .description("Analyse every frame of a file, or of many, as fast as the machine goes.")
    .argument("[files...]", "a video file or an address of one; or several files, or folders of videos: each gets a folder of its own below --out")
    .option("-m, --manifest <file>", "a table (CSV) with a row for each file of a study: column file, and participant, session, condition or any others")
    .option("-o, --out <dir>", "folder of the results", ".")
    .option("--again", "analyse also those of many files that are done")
    .option("-f, --format <list>", `some of ${resultFormats.join(", ")}`, listOption("--format", resultFormats), ["jsonl"])
    .addOption(new Option("--columns <names>", "columns of CSV and Parquet: ours, or those of py-feat (default emostream)").choices(csvColumnSets))
    .option("-c, --config <file>", "configuration, YAML or JSON")
    .option("--blur", "Gaussian blur before face detection", false)
    .option("--max-side <pixels>", "longest side of the picture that faces are looked for in", numberOption("--max-side", { min: 64, max: 4096, whole: true }))
    .option("--max-fps <number>", "at most so many frames a second of the video's time (default: all)", numberOption("--max-fps", { min: 0.1, max: 240 }))
    .addOption(new Option("--detection <how>", "look for faces in every-frame, or follow them between key frames (tracked; default every-frame)").choices(detectionSchema.options))
    .option("--detector <name>", "face detector: emostream (our own), reference (published weights, after models import mtcnn), or a folder")
    .option("--model <name>", "emotion model: a name in models/, or a folder with manifest.json and the model (default emotion)")
    .option("--prior <value>", priorOption.description, priorOption.parse)
    .addOption(precisionOption())
    .option("--workers <number>", "worker threads (default: one a core)", numberOption("--workers", { min: 1, max: 64, whole: true }))
    .option("-q, --quiet", "no progress")
    .action(async (files: readonly string[], options: Options) => {
      const [file = ""] = files;
      if (options.manifest !== undefined && files.length > 0) throw new UsageError("expected files or --manifest, received both");
      if (options.manifest === undefined && files.some((f) => f === "")) throw new UsageError("expected the name of a file");
      if (options.manifest === undefined && files.length === 0) throw new UsageError("expected the name of a file, or --manifest");
      const many = options.manifest !== undefined || files.length > 1 || (await isFolder(file));
      if (options.again === true && !many) throw new UsageError("expected several files, a folder or --manifest for --again: a single file is always analysed");
      if (options.columns !== undefined && !options.format.includes("csv") && !options.format.includes("parquet")) throw new UsageError(`expected csv or parquet among --format for --columns, received ${options.format.join(",")}`);
      const config = await loadConfig(options.config, {
        analysis: { maxSide: options.maxSide, maxFps: options.maxFps, detection: options.detection, ...(options.blur ? { blur: { enabled: true } } : {}) },
        privacy: privacyOverride(options),
        engine: { workers: options.workers, prior: options.prior, precision: options.precision, emotionModel: options.model, ...detectorOverride(options.detector) },
      });
      if (many) return analyzeManyFiles(config, files, options, done);
      using interrupt = onInterrupt();
      const bar = options.quiet === true ? undefined : new ProgressBar(file);
      const { analyzeToFiles } = await import("../app.js");
      try {
        const result = await analyzeToFiles(config, {
          input: file,
          outDir: options.out,
          formats: options.format,
          ...(options.columns === undefined ? {} : { csvColumns: options.columns }),
          signal: interrupt.signal,
          onProgress: (progress: AnalysisProgress) => bar?.update(analysisState(progress)),
        });
        bar?.finish();
        for (const { path } of result.files) process.stdout.write(`${path}\n`);
        process.stderr.write(`${result.frames} frames, ${result.faces} faces, ${result.tracks} tracks\n`);
        if (result.error !== undefined) {
          process.stderr.write(`emostream: ${result.error.message} (${result.error.code}); the results reach up to the break\n`);
          done(exitCodes.failed);
        }
      } finally {
        bar?.finish();
      }
    });
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (info) => info.isDirectory(),
    () => false,
  );
}
