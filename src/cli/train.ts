// `emostream train emotion`: trains the emotion CNN on this machine, and exports it.

import { Command } from "commander";
import { join } from "node:path";
import { packageVersion } from "../core/package-info.js";
import { exitCodes, type Done } from "./exit-codes.js";
import { onInterrupt } from "./interrupt.js";
import { loadConfig, numberOption } from "./options.js";
import { ProgressBar } from "./progress.js";

interface Options {
  readonly also: readonly string[];
  readonly run: string;
  readonly resume?: boolean;
  readonly epochs?: number;
  readonly seed?: number;
  readonly export?: string;
  readonly version: string;
}

export function trainCommand(done: Done): Command {
  const train = new Command("train").description("Train a model (after npm run setup:training).");
  return train.addCommand(
    new Command("emotion")
      .description("Train the emotion CNN. Ctrl-C ends after a checkpoint; --resume goes on.")
      .argument("<data>", "FER+ folder or archive, FER2013's CSV, or a folder for each emotion")
      .option("--also <dir>", "also train on the training part of these class folders (repeatable)", (dir: string, before: readonly string[]) => [...before, dir], [])
      .option("--run <dir>", "folder of checkpoints, log and curves", "runs/emotion")
      .option("--resume", "go on with the run in that folder")
      .option("--epochs <number>", "epochs in all (default 50)", numberOption("--epochs", { min: 1, max: 10_000, whole: true }))
      .option("--seed <number>", "seed of everything random (default 1)", numberOption("--seed", { min: 0, max: 2 ** 31, whole: true }))
      .option("--export <dir>", "when the run is complete, write the model and its evaluation there")
      .option("--version <text>", "version of the exported model", packageVersion())
      .action(async (data: string, options: Options) => {
        using interrupt = onInterrupt();
        const { openFaceFinder } = await import("../app.js");
        const { describeSplit, exportEmotion, ferPlusCrop, trainEmotion } = await import("../training/index.js");
        await using finder = openFaceFinder(await loadConfig(undefined));
        const cut = { find: finder.find, crop: ferPlusCrop };
        const cache = join(options.run, "..", "cache");
        const bar = new ProgressBar("training");
        const end = await trainEmotion({
          data,
          also: options.also,
          cut,
          run: options.run,
          cache,
          resume: options.resume ?? false,
          plan: { ...(options.epochs === undefined ? {} : { epochs: options.epochs }), ...(options.seed === undefined ? {} : { seed: options.seed }) },
          signal: interrupt.signal,
          onData: (split) => process.stderr.write(`${describeSplit(split)}\n`),
          onStep: ({ epoch, step, steps, loss, imagesPerSecond, etaMs }) => bar.update({ done: step, total: steps, etaMs, rate: `epoch ${epoch}, loss ${loss.toFixed(3)}, ${imagesPerSecond.toFixed(0)} images/s` }),
          onEpoch: (record) => process.stdout.write(`${JSON.stringify(record)}\n`),
        });
        bar.finish();
        if (!end.complete) {
          process.stderr.write(`stopped after a checkpoint; go on with --resume\n`);
          done(exitCodes.interrupted);
          return;
        }
        if (options.export === undefined) return;
        const command = `npx emostream train emotion ${[data, ...options.also.map((dir) => `--also ${dir}`)].join(" ")} --run ${options.run}${options.epochs === undefined ? "" : ` --epochs ${options.epochs}`} --export ${options.export}`;
        const { accuracy, accuracyAgreed, meanRecall, ece } = await exportEmotion({ run: options.run, data, also: options.also, cut, cache, out: options.export, command, modelVersion: options.version, which: "last", slices: true });
        process.stdout.write(`${JSON.stringify({ accuracy, accuracyAgreed, meanRecall, ece })}\n`);
      }),
  );
}
