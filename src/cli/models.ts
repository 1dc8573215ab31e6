// `emostream models`: what is installed, and published weights as an alternative.

import { Command } from "commander";
import { join } from "node:path";
import type { Done } from "./exit-codes.js";

export function modelsCommand(_done: Done): Command {
  const models = new Command("models").description("List the installed models, or import published weights.");
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
