// `emostream evaluate emotion`: how good the emotion model is, and where it is not.

import { Command } from "commander";
import { join, resolve } from "node:path";
import type { Precision } from "../core/config.js";
import { emotionNames } from "../core/emotions.js";
import { priorOfLabels, type Prior } from "../core/prior.js";
import { UsageError, type Done } from "./exit-codes.js";
import { onInterrupt } from "./interrupt.js";
import { loadConfig, numberOption, precisionOption, priorOption } from "./options.js";
import { ProgressBar } from "./progress.js";

interface Options {
  readonly model: string;
  readonly prior?: Prior;
  readonly precision?: Precision;
  readonly equalize?: boolean;
  readonly blur?: number;
  readonly mirror: boolean;
  readonly slices?: boolean;
  readonly out?: string;
  readonly card?: boolean;
  readonly json?: boolean;
}

export function evaluateCommand(_done: Done): Command {
  const evaluate = new Command("evaluate").description("Measure a model on a data set.");
  evaluate.addCommand(detectorCommand());
  return evaluate.addCommand(
    new Command("emotion")
      .description("Evaluate the emotion model.")
      .argument("<data>", "FER+ folder or archive, FER2013's CSV, or a folder for each emotion")
      .option("--model <name>", "a name in models/, or a folder with manifest.json and the model", "emotion")
      .option("--prior <value>", priorOption.description, priorOption.parse)
      .addOption(precisionOption())
      .option("--equalize", "equalise the histogram of each face")
      .option("--blur <sigma>", "blur each face, pixels of the model's input", numberOption("--blur", { min: 0, max: 10 }))
      .option("--no-mirror", "look once at each face, as in films and live streams; stills are also seen in a mirror")
      .option("--slices", "also measure blurred, dark, small, turned and shifted copies")
      .option("--out <dir>", "write evaluation.json, .md and .png there")
      .option("--card", "measure the model as shipped, with all slices, and write evaluation, model card and the manifest's figures beside it anew")
      .option("--json", "print only the report as JSON")
      .action(async (data: string, options: Options) => {
        const { modelFolder, openFaceFinder } = await import("../app.js");
        const { evaluateEmotion, evaluationMarkdown, recordAnew } = await import("../training/index.js");
        const model = await modelFolder("emotion", options.model);
        refuseOwnFolder(model, options);
        if (options.card === true) refuseOtherSettings(options);
        await using finder = openFaceFinder(await loadConfig(undefined));
        const bar = new ProgressBar("evaluation");
        const common = { data, find: finder.find, cache: join("runs", "cache"), onProgress: (finished: number, total: number) => bar.update({ done: finished, total }) };
        const report = options.card === true ? await recordAnew({ ...common, folder: model, withSlices: true }) : await evaluateEmotion({
          ...common,
          model,
          slices: options.slices ?? false,
          mirror: options.mirror,
          ...(options.out === undefined ? {} : { out: options.out }),
          ...(options.prior === undefined ? {} : { prior: priorOfLabels(options.prior, emotionNames) }),
          ...(options.precision === undefined ? {} : { precision: options.precision }),
          ...(options.equalize === undefined ? {} : { equalize: options.equalize }),
          ...(options.blur === undefined ? {} : { blurSigma: options.blur }),
        });
        bar.finish();
        process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : evaluationMarkdown(report, 1));
      }),
  );
}

/** What lies beside a model are the figures of its floats, a detector's as for films; what int8 costs is in its manifest. */
function refuseOwnFolder(folder: string, { out, precision, thorough }: { readonly out?: string; readonly precision?: Precision; readonly thorough?: boolean }): void {
  if (out === undefined || resolve(out) !== resolve(folder)) return;
  if (precision === "int8") throw new UsageError("expected another folder than the model's for --out with --precision int8: the evaluation there is that of fp32");
  if (thorough === true) throw new UsageError("expected another folder than the model's for --out with --thorough: the evaluation there is of films");
}

/** A card tells of the model as it is shipped. */
function refuseOtherSettings({ prior, precision, equalize, blur, mirror, out }: Options): void {
  if (prior !== undefined || precision !== undefined || equalize !== undefined || blur !== undefined || !mirror || out !== undefined) throw new UsageError("expected --card without settings of how faces are looked at, and without --out: it tells of the model as it is shipped");
}

interface DetectorOptions {
  readonly model: string;
  readonly against: readonly string[];
  readonly minFaceSize?: number;
  readonly thorough?: boolean;
  readonly precision?: Precision;
  readonly out?: string;
  readonly json?: boolean;
}

function detectorCommand(): Command {
  return new Command("detector")
    .description("Evaluate the face detector beside others, on photos that training never saw.")
    .argument("<data>", "folder with faces.csv and the archives of photos beside it")
    .option("--model <name>", "emostream (our own), a name in models/, or a folder", "emostream")
    .option("--against <names>", "others in the same run, with commas: reference (published weights, after models import mtcnn), human, folders", (text: string) => text.split(",").filter((w) => w !== ""), [])
    .option("--min-face-size <pixels>", "smallest face of the cascades (default: as the manifest says)", numberOption("--min-face-size", { min: 12, max: 1000 }))
    .option("--thorough", "look as closely as at stills, not as at films")
    .addOption(precisionOption())
    .option("--out <dir>", "write evaluation.json, .md, .png and the model card README.md there")
    .option("--json", "print only the report as JSON")
    .action(async (data: string, options: DetectorOptions) => {
      using interrupt = onInterrupt();
      const { modelFolder } = await import("../app.js");
      const { detectorMarkdown, evaluateDetector, openCascadeCandidate, openHumanCandidate, readPhotos, writeDetectorEvaluation } = await import("../training/index.js");
      const settings = { thorough: options.thorough === true, ...(options.minFaceSize === undefined ? {} : { minFaceSize: options.minFaceSize }) };
      const { precision } = options;
      const folder = await modelFolder("detector", options.model);
      refuseOwnFolder(folder, options);
      const bar = new ProgressBar("evaluation");
      const detectors: Awaited<ReturnType<typeof openHumanCandidate>>[] = [];
      let report;
      try {
        detectors.push(await openCascadeCandidate(folder, settings, precision));
        for (const name of options.against) detectors.push(name === "human" ? await openHumanCandidate() : await openCascadeCandidate(await modelFolder("detector", name), settings));
        report = await evaluateDetector({ photos: await readPhotos(data), detectors, signal: interrupt.signal, onProgress: (finished, total) => bar.update({ done: finished, total }) });
      } finally {
        for (const detector of detectors) await detector[Symbol.asyncDispose]();
      }
      bar.finish();
      if (options.out !== undefined) await writeDetectorEvaluation(folder, options.out, report);
      process.stdout.write(options.json === true ? `${JSON.stringify({ ...report.detectors[0], ...report })}\n` : detectorMarkdown(report, 1));
    });
}
