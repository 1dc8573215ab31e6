// `emostream analyze` with several files, folders or a manifest.

import type { Config } from "../core/config.js";
import type { CsvColumnSet, ResultFormat } from "../core/result-formats.js";
import { printable } from "../core/printable.js";
import { declarationOf } from "../core/privacy.js";
import type { StudyOutcome } from "../offline/index.js";
import { exitCodes, type Done } from "./exit-codes.js";
import { onInterrupt } from "./interrupt.js";
import { analysisState, ProgressBar } from "./progress.js";

/** The options of the command that matter here. */
export interface StudyCommandOptions {
  readonly manifest?: string;
  readonly out: string;
  readonly format: readonly ResultFormat[];
  readonly columns?: CsvColumnSet;
  readonly again?: boolean;
  readonly quiet?: boolean;
}

/**
 * Analyses what is not done yet, prints the paths of what is about all files, and names every file that failed.
 * @throws AppError as `analyzeStudy`; `manifest_invalid`, `not_found` for the manifest itself
 */
export async function analyzeManyFiles(config: Config, files: readonly string[], options: StudyCommandOptions, done: Done): Promise<void> {
  using interrupt = onInterrupt();
  const { analyzeStudy } = await import("../app.js");
  const { columnsOf, itemsOfManifest, itemsOfPaths } = await import("../offline/index.js");
  const columns = options.columns ?? "emostream";
  const list = options.manifest === undefined ? await itemsOfPaths(files, options.out) : await itemsOfManifest(options.manifest, columnsOf(columns, declarationOf(config.privacy)).map(({ name }) => name));
  const say = (text: string) => options.quiet !== true && process.stderr.write(text);
  const count = list.entries.length;
  const label = (index: number) => `[${index + 1}/${count}] ${printable(list.entries[index]?.file ?? "")}`;
  let bar: { readonly index: number; readonly bar: ProgressBar } | undefined;
  try {
    const result = await analyzeStudy(config, {
      list,
      outDir: options.out,
      formats: options.format,
      csvColumns: columns,
      again: options.again === true,
      signal: interrupt.signal,
      onProgress(index, progress) {
        if (options.quiet === true) return;
        if (bar?.index !== index) bar = { index, bar: new ProgressBar(label(index)) };
        bar.bar.update(analysisState(progress));
      },
      onOutcome(index, outcome) {
        bar?.bar.finish();
        bar = undefined;
        say(`${label(index)}  ${outcomeWords(outcome)}\n`);
      },
    });
    for (const path of result.files) process.stdout.write(`${path}\n`);
    process.stderr.write(`${summary(result.outcomes)}\n`);
    for (const outcome of result.outcomes) if (outcome.error !== undefined) process.stderr.write(`${failureLine(outcome)}\n`);
    if (result.outcomes.some(({ error }) => error !== undefined)) done(exitCodes.failed);
  } finally {
    bar?.bar.finish();
  }
}

function outcomeWords({ state, error, record }: StudyOutcome): string {
  if (error !== undefined) return `${state === "broken" ? "breaks off" : "failed"} (${error.code})`;
  return state === "kept" ? "done before" : `${record?.quality.frames ?? 0} frames, ${record?.quality.faces ?? 0} faces, ${record?.quality.tracks ?? 0} tracks`;
}

function summary(outcomes: readonly StudyOutcome[]): string {
  const count = (state: StudyOutcome["state"]) => outcomes.filter((o) => o.state === state).length;
  const parts = [`${count("done")} analysed`, `${count("kept")} done before`, `${count("broken")} break off`, `${count("failed")} failed`];
  return `${outcomes.length} ${outcomes.length === 1 ? "file" : "files"}: ${parts.join(", ")}`;
}

function failureLine({ entry, state, error }: StudyOutcome): string {
  const place = [entry.row === undefined ? "" : `row ${entry.row}`, entry.file === "" ? "" : printable(entry.file)].filter((t) => t !== "").join(", ");
  return `emostream: ${place}: ${printable(error?.message ?? "")} (${error?.code ?? ""})${state === "broken" ? "; the results reach up to the break" : ""}`;
}
