// `emostream doctor`: what is there on this machine, what is missing, and what to type.

import { Command } from "commander";
import { exitCodes, type Done } from "./exit-codes.js";
import { environment, loadConfig } from "./options.js";

export function doctorCommand(done: Done): Command {
  return new Command("doctor")
    .description("Check this machine and say what is missing.")
    .option("-c, --config <file>", "configuration, YAML or JSON")
    .option("--json", "print the checks as JSON")
    .action(async (options: { config?: string; json?: boolean }) => {
      const config = await loadConfig(options.config);
      const { diagnose } = await import("../diagnose.js");
      const checks = await diagnose(config, environment());
      if (options.json === true) {
        process.stdout.write(`${JSON.stringify({ checks }, null, 2)}\n`);
      } else {
        const width = Math.max(...checks.map((c) => c.name.length));
        for (const { name, state, detail, advice } of checks) {
          process.stdout.write(`${state.padEnd(8)} ${name.padEnd(width)}  ${detail}\n`);
          if (advice !== undefined) process.stdout.write(`${" ".repeat(width + 11)}${advice}\n`);
        }
      }
      done(checks.some((c) => c.state === "missing") ? exitCodes.failed : exitCodes.done);
    });
}
