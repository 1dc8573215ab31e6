// `emostream evaluate emotion`: how good the emotion model is, and where it is not.

import { Command } from "commander";
import { join } from "node:path";
import { emotionNames } from "../core/emotions.js";
import { priorOfLabels, type Prior } from "../core/prior.js";
import type { Done } from "./exit-codes.js";
import { loadConfig, numberOption, priorOption } from "./options.js";
import { ProgressBar } from "./progress.js";

interface Options {
  readonly model: string;
  readonly prior?: Prior;
  readonly equalize?: boolean;
  readonly blur?: number;
  readonly slices?: boolean;
  readonly out?: string;
  readonly json?: boolean;
}

export function evaluateCommand(_done: Done): Command {
  const evaluate = new Command("evaluate").description("Measure a model on a data set.");
  return evaluate.addCommand(
    new Command("emotion")
      .description("Evaluate the emotion model.")
      .argument("<data>", "FER+ folder or archive, FER2013's CSV, or a folder for each emotion")
      .option("--model <name>", "a name in models/, or a folder with manifest.json and the model", "emotion")
      .option("--prior <value>", priorOption.description, priorOption.parse)
      .option("--equalize", "equalise the histogram of each face")
      .option("--blur <sigma>", "blur each face, pixels of the model's input", numberOption("--blur", { min: 0, max: 10 }))
      .option("--slices", "also measure blurred, dark, small, turned and shifted copies")
      .option("--out <dir>", "write evaluation.json, .md and .png there")
      .option("--json", "print only the report as JSON")
      .action(async (data: string, options: Options) => {
        const { modelFolder, openFaceFinder } = await import("../app.js");
        const { evaluateEmotion, evaluationMarkdown } = await import("../training/index.js");
        await using finder = openFaceFinder(await loadConfig(undefined));
        const bar = new ProgressBar("evaluation");
        const report = await evaluateEmotion({
          data,
          find: finder.find,
          model: await modelFolder("emotion", options.model),
          cache: join("runs", "cache"),
          slices: options.slices ?? false,
          ...(options.out === undefined ? {} : { out: options.out }),
          ...(options.prior === undefined ? {} : { prior: priorOfLabels(options.prior, emotionNames) }),
          ...(options.equalize === undefined ? {} : { equalize: options.equalize }),
          ...(options.blur === undefined ? {} : { blurSigma: options.blur }),
          onProgress: (finished, total) => bar.update({ done: finished, total }),
        });
        bar.finish();
        process.stdout.write(options.json === true ? `${JSON.stringify(report)}\n` : evaluationMarkdown(report, 1));
      }),
  );
}
