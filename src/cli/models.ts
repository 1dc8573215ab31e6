// `emostream models`: what is installed, int8 copies of it, and published weights as an alternative.

import { Command } from "commander";
import { join } from "node:path";
import type { Done } from "./exit-codes.js";
import { onInterrupt } from "./interrupt.js";
import { environment, numberOption } from "./options.js";
import { ProgressBar } from "./progress.js";

interface QuantizeOptions {
  readonly data?: string;
  readonly seed: number;
  readonly json?: boolean;
}

export function modelsCommand(_done: Done): Command {
  const models = new Command("models").description("List the installed models, make int8 copies of them, or import published weights.");
  models.addCommand(
    new Command("list")
      .description("List the installed models with their figures.")
      .option("--json", "print a line of JSON for each model")
      .action(async (options: { readonly json?: boolean }) => {
        const { listModels, modelsTable } = await import("../models.js");
        const found = await listModels();
        process.stdout.write(options.json === true ? found.map((m) => `${JSON.stringify(m)}\n`).join("") : modelsTable(found));
      }),
  );
  models.addCommand(
    new Command("quantize")
      .description("Make int8 copies of a model's nets, for --precision int8, and measure what they cost. Nets that lose more than 0.3 points stay on floats.")
      .argument("<model>", "a name in models/, or a folder with manifest.json; it is changed in place")
      .option("--data <dir>", "folder of the training data (default: EMOSTREAM_DATA)")
      .option("--seed <number>", "seed of what calibrates", numberOption("--seed", { min: 0, max: 2 ** 31, whole: true }), 1)
      .option("--json", "print only what the manifest then says as JSON")
      .action(async (model: string, options: QuantizeOptions) => {
        using interrupt = onInterrupt();
        const { findModel } = await import("../app.js");
        const { quantizationMarkdown, quantizeModel } = await import("../training/index.js");
        const { kind, folder } = await findModel(model);
        const bar = new ProgressBar("quantising");
        const said = await quantizeModel(kind, {
          folder,
          data: options.data ?? environment().dataDir,
          cache: join("runs", "cache"),
          seed: options.seed,
          command: ["npx emostream models quantize", model, ...(options.data === undefined ? [] : ["--data", options.data]), ...(options.seed === 1 ? [] : ["--seed", String(options.seed)])].join(" "),
          signal: interrupt.signal,
          onProgress: (finished, total) => bar.update({ done: finished, total }),
        });
        bar.finish();
        process.stdout.write(options.json === true ? `${JSON.stringify(said)}\n` : quantizationMarkdown(said));
      }),
  );
  return models.addCommand(
    new Command("import").description("Import published weights.").addCommand(
      new Command("mtcnn")
        .description("Import the published MTCNN weights, for --detector reference.")
        .argument("<folder>", "folder with manifest.json and weights.f32")
        .option("-o, --out <dir>", "model folder to write (default: reference, beside the models that ship)")
        .action(async (folder: string, options: { readonly out?: string }) => {
          const { modelsFolder } = await import("../models.js");
          const { importMtcnn } = await import("../training/index.js");
          const out = options.out ?? join(modelsFolder, "reference");
          await importMtcnn(folder, out);
          process.stdout.write(`${out}\n`);
        }),
    ),
  );
}
