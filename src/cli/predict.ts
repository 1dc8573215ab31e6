// `emostream predict`: faces and emotions of stills.

import { Command } from "commander";
import { mkdir } from "node:fs/promises";
import { basename, dirname, extname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import type { Precision } from "../core/config.js";
import type { Emotion } from "../core/emotions.js";
import { AppError, toAppError } from "../core/errors.js";
import type { Prior } from "../core/prior.js";
import { declarationOf, refusePictures } from "../core/privacy.js";
import type { FoundPicture, PictureRow, TruthPair } from "../offline/index.js";
import { exitCodes, UsageError, type Done } from "./exit-codes.js";
import { onInterrupt } from "./interrupt.js";
import { detectorOverride, loadConfig, precisionOption, priorOption } from "./options.js";
import { privacyOverride, withPrivacyOptions, type PrivacyOptions } from "./privacy-options.js";
import { ProgressBar } from "./progress.js";

const formats = ["table", "jsonl", "png"] as const;

interface Options extends PrivacyOptions {
  readonly format: string;
  readonly out: string;
  readonly equalize?: boolean;
  readonly detector?: string;
  readonly model?: string;
  readonly prior?: Prior;
  readonly precision?: Precision;
  readonly truth?: string;
  readonly config?: string;
}

export function predictCommand(done: Done): Command {
  return withPrivacyOptions(new Command("predict"))
    .description("Find faces and their emotions in pictures (JPEG, PNG, WebP, AVIF, GIF, TIFF).")
    .argument("<pictures...>", "pictures, or folders with everything below them")
    .option("-f, --format <name>", `one of ${formats.join(", ")}`, "table")
    .option("-o, --out <dir>", "folder of the drawn pictures (--format png)", ".")
    .option("--equalize", "equalise the histogram of each face before it is classified (for comparison)")
    .option("--detector <name>", "face detector: emostream (our own), reference (published weights, after models import mtcnn), or a folder")
    .option("--model <name>", "emotion model: a name in models/, or a folder with manifest.json and the model (default emotion)")
    .option("--prior <value>", priorOption.description, priorOption.parse)
    .addOption(precisionOption())
    .option("--truth <label>", "an emotion that all pictures show, or folder (each shows what its folder is named after, which is the default where folders are): prints accuracy and confusion")
    .option("-c, --config <file>", "configuration, YAML or JSON")
    .action(async (paths: string[], options: Options) => {
      if (!(formats as readonly string[]).includes(options.format)) throw new UsageError(`expected one of ${formats.join(", ")} for --format, received ${options.format}`);
      const { comparisonTable, compareWithTruth, drawPicture, emotionOf, findPictures, predictLine, predictTable } = await import("../offline/index.js");
      const { openPredictor } = await import("../app.js");
      const truth = options.truth === undefined || options.truth === "folder" ? undefined : emotionOf(options.truth);
      if (options.truth !== undefined && options.truth !== "folder" && truth === undefined) throw new UsageError(`expected the name of an emotion or folder for --truth, received ${options.truth}`);
      const config = await loadConfig(options.config, { privacy: privacyOverride(options), engine: { prior: options.prior, precision: options.precision, emotionModel: options.model, ...detectorOverride(options.detector) } });
      if (options.format === "png") refusePictures(config.privacy, "Drawn pictures");
      const declared = declarationOf(config.privacy);
      const pictures = await findPictures(paths);
      if (pictures.length === 0) throw new AppError("not_found", "Expected pictures, found none.");
      if (options.truth === "folder" && !pictures.some((p) => p.folderLabel !== undefined)) throw new UsageError("expected folders named after emotions for --truth folder, received none");
      using interrupt = onInterrupt();
      await using predictor = await openPredictor(config);
      if (options.format === "png") await mkdir(options.out, { recursive: true });

      const rows: PictureRow[] = [];
      const pairs: TruthPair[] = [];
      const bar = new ProgressBar("pictures");
      let [finished, failures] = [0, 0];
      for await (const { picture, row } of predictAll(pictures)) {
        interrupt.signal.throwIfAborted();
        if ("error" in row) {
          failures += 1;
          process.stderr.write(`emostream: ${picture.path}: ${row.error.message} (${row.error.code})\n`);
        } else if (options.format === "png") {
          const path = join(options.out, drawnName(picture.file));
          await mkdir(dirname(path), { recursive: true });
          await writeFileAtomic(path, await drawPicture(picture.path, row, config.ingest.maxPixels));
          process.stdout.write(`${path}\n`);
        }
        if (options.format === "jsonl") process.stdout.write(`${predictLine(row, declared)}\n`);
        if (options.format === "table") rows.push(row);
        const shown = truth ?? picture.folderLabel;
        if (shown !== undefined) pairs.push(truthPair(shown, row));
        finished += 1;
        if (pictures.length > 1) bar.update({ done: finished, total: pictures.length });
      }
      bar.finish();
      if (options.format === "table") process.stdout.write(predictTable(rows));
      if (pairs.length > 0) (options.format === "table" ? process.stdout : process.stderr).write(comparisonTable(compareWithTruth(pairs)));
      done(failures > 0 ? exitCodes.failed : exitCodes.done);

      /** Results in the order of the pictures; as many at a time as the engine has workers. */
      async function* predictAll(all: readonly FoundPicture[]): AsyncGenerator<{ picture: FoundPicture; row: PictureRow }> {
        const waiting: Promise<{ picture: FoundPicture; row: PictureRow }>[] = [];
        for (const picture of all) {
          waiting.push(predictOne(picture));
          if (waiting.length > predictor.engine.concurrency) yield (await waiting.shift())!;
        }
        for (const result of waiting) yield await result;
      }

      async function predictOne(picture: FoundPicture): Promise<{ picture: FoundPicture; row: PictureRow }> {
        try {
          return { picture, row: { file: picture.file, ...(await predictor.predict(picture.path, options.equalize === true ? { equalize: true } : undefined)) } };
        } catch (error) {
          const { code, message } = toAppError(error);
          return { picture, row: { file: picture.file, error: { code, message } } };
        }
      }
    });
}

function truthPair(truth: Emotion, row: PictureRow): TruthPair {
  const label = "error" in row ? undefined : row.faces[0]?.label;
  return { truth, ...(label === undefined ? {} : { predicted: label }) };
}

function drawnName(file: string): string {
  return join(dirname(file), `${basename(file, extname(file))}.faces.png`);
}
