// `emostream train emotion` and `train detector`: train our models on this machine, and export them.

import { Command, Option } from "commander";
import { join } from "node:path";
import { packageVersion } from "../core/package-info.js";
import type { netSpecs, StageName } from "../training/index.js";
import { exitCodes, UsageError, type Done } from "./exit-codes.js";
import { onInterrupt } from "./interrupt.js";
import { listOption, loadConfig, numberOption } from "./options.js";
import { ProgressBar } from "./progress.js";

interface Options {
  readonly also: readonly string[];
  readonly net: keyof typeof netSpecs;
  readonly init?: string;
  readonly front?: string;
  readonly teacher?: string;
  readonly recut?: boolean;
  readonly run: string;
  readonly resume?: boolean;
  readonly epochs?: number;
  readonly rate?: number;
  readonly mixup?: number;
  readonly seed?: number;
  readonly export?: string;
  readonly modelVersion: string;
}

export function trainCommand(done: Done): Command {
  const train = new Command("train").description("Train a model (after npm run setup:training).");
  train.addCommand(detectorCommand(done));
  return train.addCommand(
    new Command("emotion")
      .description("Train the emotion CNN. Ctrl-C ends after a checkpoint; --resume goes on.")
      .argument("<data>", "FER+ folder or archive, FER2013's CSV, or a folder for each emotion")
      .option("--also <dir>", "also train on the training part of these class folders (repeatable)", (dir: string, before: readonly string[]) => [...before, dir], [])
      .addOption(new Option("--net <name>", "full; fast: two fifths of the arithmetic; separable: two sevenths; both best with a larger one as --teacher").choices(["full", "fast", "separable"]).default("full"))
      .option("--init <dir>", "folder of a trained emotion model of the same net to go on from, such as models/emotion with --net fast, with smaller steps")
      .addOption(new Option("--front <dir>", "folder of a trained emotion model of another net: layers from the first on start from it as far as they are alike").conflicts("init"))
      .option("--teacher <dir>", "folder of a trained emotion model whose answers make most of each training target")
      .option("--recut", "show every other face as the detector finds and cuts it in a picture, as in service")
      .option("--run <dir>", "folder of checkpoints, log and curves", "runs/emotion")
      .option("--resume", "go on with the run in that folder")
      .option("--epochs <number>", "epochs in all (default 50; 10 with --init, 40 with --front)", numberOption("--epochs", { min: 1, max: 10_000, whole: true }))
      .option("--rate <number>", "largest learning rate (default 0.003; 0.0006 with --init, 0.002 with --front)", numberOption("--rate", { min: 1e-6, max: 1 }))
      .option("--mixup <number>", "shape of the Beta distribution that shares of two mixed faces are drawn from; 0: none are mixed (default 0.2)", numberOption("--mixup", { min: 0, max: 10 }))
      .option("--seed <number>", "seed of everything random (default 1)", numberOption("--seed", { min: 0, max: 2 ** 31, whole: true }))
      .option("--export <dir>", "when the run is complete, write the model and its evaluation there")
      .option("--model-version <text>", "version of the exported model", packageVersion())
      .action(async (data: string, options: Options) => {
        using interrupt = onInterrupt();
        const { openFaceFinder } = await import("../app.js");
        const { defaultAugmentation, describeSplit, exportEmotion, ferPlusCrop, netSpecs, openEmotionTeacher, trainEmotion } = await import("../training/index.js");
        await using finder = openFaceFinder(await loadConfig(undefined));
        const cut = { find: finder.find, crop: ferPlusCrop };
        await using teacher = options.teacher === undefined ? undefined : await openEmotionTeacher(options.teacher);
        const cache = join(options.run, "..", "cache");
        const bar = new ProgressBar("training");
        const end = await trainEmotion({
          data,
          also: options.also,
          cut,
          run: options.run,
          cache,
          resume: options.resume ?? false,
          ...(options.init === undefined ? {} : { init: options.init }),
          ...(options.front === undefined ? {} : { front: options.front }),
          onFront: (convolutions, of) => process.stderr.write(`starts from ${convolutions} of ${of} convolutions of ${options.front}; the others begin at chance\n`),
          ...(teacher === undefined ? {} : { teacher }),
          recut: options.recut ?? false,
          onRecut: (finished, total) => bar.update({ done: finished, total, rate: "cutting faces again" }),
          ...(options.rate === undefined ? {} : { peak: options.rate }),
          plan: { net: netSpecs[options.net], ...(options.mixup === undefined ? {} : { augmentation: { ...defaultAugmentation, mixup: options.mixup } }), ...(options.epochs === undefined ? {} : { epochs: options.epochs }), ...(options.seed === undefined ? {} : { seed: options.seed }) },
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
        const command = typed("emotion", data, [...options.also.map((dir) => ["also", dir] as const), ["net", options.net === "full" ? undefined : options.net], ["init", options.init], ["front", options.front], ["teacher", options.teacher], ["recut", options.recut], ["run", options.run], ["epochs", options.epochs], ["rate", options.rate], ["mixup", options.mixup], ["export", options.export]]);
        const { accuracy, accuracyAgreed, meanRecall, ece } = await exportEmotion({ run: options.run, data, also: options.also, cut, cache, out: options.export, command, modelVersion: options.modelVersion, which: "last", slices: true });
        process.stdout.write(`${JSON.stringify({ accuracy, accuracyAgreed, meanRecall, ece })}\n`);
      }),
  );
}

interface DetectorOptions {
  readonly init?: string;
  readonly teacher?: string;
  readonly run: string;
  readonly resume?: boolean;
  readonly epochs?: number;
  readonly rate?: number;
  readonly stage?: readonly StageName[];
  readonly export?: string;
  readonly modelVersion: string;
}

function detectorCommand(done: Done): Command {
  return new Command("detector")
    .description("Train the face detector: P-Net, R-Net, O-Net. Ctrl-C ends after a checkpoint; --resume goes on.")
    .argument("<data>", "folder with faces.csv and the archives of photos beside it")
    .option("--init <dir>", "folder of a trained detector to go on from, each net as far as it has the same layers, from the first on and from the last on; with smaller steps")
    .option("--teacher <dir>", "folder of a trained detector whose nets, plain and in a mirror, make most of each training target")
    .option("--run <dir>", "folder of windows, checkpoints, log and curves", "runs/detector")
    .option("--resume", "go on with the run in that folder")
    .option("--epochs <number>", "epochs of each stage (default: the stage's own; 5 with --init)", numberOption("--epochs", { min: 1, max: 10_000, whole: true }))
    .option("--rate <number>", "largest learning rate (default 0.003; 0.0006 with --init)", numberOption("--rate", { min: 1e-6, max: 1 }))
    .option("--stage <name>", "only pnet, rnet or onet; those before it must be complete", listOption("--stage", ["pnet", "rnet", "onet"]))
    .option("--export <dir>", "when all stages are complete, write the model there")
    .option("--model-version <text>", "version of the exported model", packageVersion())
    .action(async (data: string, options: DetectorOptions) => {
      if (options.stage !== undefined && options.stage.length > 1) throw new UsageError(`expected one of pnet, rnet, onet for --stage, received ${options.stage.join(",")}`);
      using interrupt = onInterrupt();
      const { exportDetector, openTeacher, readDetectorModel, readPastedFaces, readPhotos, trainDetector, withoutRepeats } = await import("../training/index.js");
      await using teacher = await openTeacher(data, options.run);
      if (teacher === undefined) process.stderr.write("no published weights beside the photos (mtcnn-reference): faces that nobody labelled count as background\n");
      const bar = new ProgressBar("detector");
      const stage = options.stage?.[0];
      const own = await withoutRepeats(await readPhotos(data));
      const end = await trainDetector({
        photos: own,
        made: await readPastedFaces(data, join(options.run, "..", "cache"), own),
        run: options.run,
        resume: options.resume ?? false,
        ...(options.init === undefined ? {} : { init: (await readDetectorModel(options.init)).models }),
        ...(options.teacher === undefined ? {} : { nets: (await readDetectorModel(options.teacher)).models }),
        ...(stage === undefined ? {} : { stage }),
        ...(options.epochs === undefined ? {} : { plan: { epochs: options.epochs } }),
        ...(options.rate === undefined ? {} : { peak: options.rate }),
        ...(teacher === undefined ? {} : { teacher }),
        onTaught: (finished, total) => bar.update({ done: finished, total, rate: "published weights look at the photos" }),
        signal: interrupt.signal,
        onEstimate: (stages) => process.stderr.write(`about ${Math.round(stages.reduce((sum, s) => sum + s.minutes, 0))} minutes of training (${stages.map((s) => `${s.stage} ${s.minutes.toFixed(0)} at ${s.windowsPerSecond.toFixed(0)} windows/s`).join(", ")}), besides the cutting of windows${options.teacher === undefined ? "" : " and what the teacher says of them"}\n`),
        onCut: (name, photo, photos) => bar.update({ done: photo, total: photos, rate: `${name}: cutting windows` }),
        onInit: (name, convolutions, of) => process.stderr.write(`${name}: starts from ${convolutions} of ${of} convolutions of ${options.init}${convolutions < of ? "; the others begin at chance" : ""}\n`),
        onWindows: (name, { train, held }) => process.stderr.write(`${name}: ${train.count} windows to train on, ${held.count} held out\n`),
        onStep: ({ stage: name, epoch, step, steps, loss, imagesPerSecond, etaMs }) => bar.update({ done: step, total: steps, etaMs, rate: `${name}, epoch ${epoch}, loss ${loss.toFixed(3)}, ${imagesPerSecond.toFixed(0)} windows/s` }),
        onEpoch: (record) => process.stdout.write(`${JSON.stringify(record)}\n`),
      });
      bar.finish();
      if (!end.complete) {
        process.stderr.write(`stopped after a checkpoint; go on with --resume\n`);
        done(exitCodes.interrupted);
        return;
      }
      if (options.export !== undefined && stage === undefined) await exportDetector({ run: options.run, out: options.export, command: typed("detector", data, [["init", options.init], ["teacher", options.teacher], ["run", options.run], ["epochs", options.epochs], ["rate", options.rate], ["export", options.export]]), modelVersion: options.modelVersion });
    });
}

/** The command for the manifest, with the options that were given. */
function typed(what: string, data: string, options: readonly (readonly [name: string, value: string | number | boolean | undefined])[]): string {
  return ["npx emostream train", what, data, ...options.flatMap(([name, value]) => (value === undefined || value === false ? [] : value === true ? [`--${name}`] : [`--${name}`, value]))].join(" ");
}
