#!/usr/bin/env node
// The command line. Each command is a file of its own and loads what it needs only when it runs.
// Progress goes to stderr, results to stdout or files. Exit codes: docs/cli.md.

import { Command, CommanderError } from "commander";
import { toAppError, type ErrorCode } from "../core/errors.js";
import { packageVersion } from "../core/package-info.js";
import { addCommand } from "./add.js";
import { analyzeCommand } from "./analyze.js";
import { doctorCommand } from "./doctor.js";
import { evaluateCommand } from "./evaluate.js";
import { exitCodes, UsageError } from "./exit-codes.js";
import { modelsCommand } from "./models.js";
import { oscCommand } from "./osc.js";
import { predictCommand } from "./predict.js";
import { serveCommand } from "./serve.js";
import { trainCommand } from "./train.js";
import { watchCommand } from "./watch.js";

/** What a user mends by typing something else. */
const wrongUse: ReadonlySet<ErrorCode> = new Set(["invalid_config", "privacy_undeclared", "use_forbidden", "no_pictures"]);

process.exitCode = await main(process.argv.slice(2));

async function main(args: readonly string[]): Promise<number> {
  const program = new Command("emostream")
    .description("A live emotion feed from any camera or video.")
    .version(packageVersion());
  tame(program);
  let code: number = exitCodes.done;
  const done = (value: number) => {
    code = value;
  };
  for (const command of [serveCommand, analyzeCommand, predictCommand, addCommand, watchCommand, oscCommand, trainCommand, evaluateCommand, modelsCommand, doctorCommand]) {
    program.addCommand(tame(command(done)));
  }
  try {
    await program.parseAsync(args, { from: "user" });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.usage;
    const known = toAppError(error);
    process.stderr.write(`emostream: ${known.message} (${known.code})\n`);
    if (known.code === "internal") process.stderr.write(`${(error as Error).stack ?? String(error)}\n`);
    if (known.code === "cancelled") return exitCodes.interrupted;
    return error instanceof UsageError || wrongUse.has(known.code) ? exitCodes.usage : exitCodes.failed;
  }
}

/** Wrong use throws instead of ending the process, and names --help; for subcommands too. */
function tame(command: Command): Command {
  command.exitOverride().showHelpAfterError("(--help lists the options)");
  for (const child of command.commands) tame(child);
  return command;
}
