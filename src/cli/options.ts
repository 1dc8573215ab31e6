// Turning command-line texts into values, and the configuration out of file, environment and flags.

import { Option } from "commander";
import { readFile } from "node:fs/promises";
import { parse as parseYaml } from "yaml";
import { parseConfig, precisionSchema, type Config } from "../core/config.js";
import { readEnvironment, type Environment } from "../core/env.js";
import { AppError } from "../core/errors.js";
import { parsePrior, type Prior } from "../core/prior.js";
import { packageRoot } from "../core/package-info.js";
import { UsageError } from "./exit-codes.js";

/** A parser for options that take a number. */
export function numberOption(name: string, { min = -Infinity, max = Infinity, whole = false } = {}): (text: string) => number {
  return (text) => {
    const value = Number(text);
    if (text.trim() === "" || !Number.isFinite(value) || value < min || value > max || (whole && !Number.isInteger(value))) {
      throw new UsageError(`expected ${whole ? "a whole number" : "a number"} from ${min} to ${max} for ${name}, received ${text}`);
    }
    return value;
  };
}

/** A parser for options that take one of a few words, or several of them with commas. */
export function listOption<const T extends string>(name: string, allowed: readonly T[]): (text: string) => T[] {
  return (text) => {
    const words = text.split(",").map((w) => w.trim()).filter((w) => w !== "");
    const wrong = words.find((w) => !(allowed as readonly string[]).includes(w));
    if (words.length === 0 || wrong !== undefined) throw new UsageError(`expected some of ${allowed.join(", ")} for ${name}, received ${wrong ?? text}`);
    return [...new Set(words)] as T[];
  };
}

/** `--prior`, for every command that knows it. */
export const priorOption = {
  description: "how often each emotion is expected: training (as the net was trained), a number from 0 to 2 (so much of the training prior is taken off), or anger=0.1,disgust=0.02,... (default: as the model's manifest says)",
  parse(text: string): Prior {
    const prior = parsePrior(text);
    if (prior === undefined) throw new UsageError(`expected training, a number from 0 to 2, or a share for each of the seven emotions for --prior, received ${text}`);
    return prior;
  },
} as const;

/** `--precision`, for every command that knows it. */
export function precisionOption(): Option {
  return new Option("--precision <name>", "what our own nets calculate with: fp32, or int8, which is faster and a little less accurate (default fp32)").choices(precisionSchema.options);
}

/** `--detector` names a cascade, which only the engine emostream has. */
export function detectorOverride(detector: string | undefined): { readonly name?: string; readonly detector?: string } {
  return detector === undefined ? {} : { name: "emostream", detector };
}

export function environment(): Environment {
  return readEnvironment(packageRoot);
}

/** A part of the configuration as flags give it. */
export type ConfigOverrides = { readonly [section: string]: Readonly<Record<string, unknown>> };

/**
 * Defaults, then the file (YAML or JSON), then the environment, then flags; later ones win.
 * @throws AppError `not_found` or `invalid_config`
 */
export async function loadConfig(file: string | undefined, overrides: ConfigOverrides = {}): Promise<Config> {
  const env = environment();
  const path = file ?? env.configFile;
  const tree = path === undefined ? {} : await readTree(path);
  const merged: Record<string, Record<string, unknown>> = { ...tree };
  const assign = (section: string, values: Readonly<Record<string, unknown>>) => {
    const given = Object.entries(values).filter(([, v]) => v !== undefined);
    if (given.length > 0) merged[section] = { ...merged[section], ...Object.fromEntries(given) };
  };
  assign("server", { token: env.token, viewToken: env.viewToken });
  for (const [section, values] of Object.entries(overrides)) assign(section, values);
  return parseConfig(merged);
}

async function readTree(path: string): Promise<Record<string, Record<string, unknown>>> {
  const text = await readFile(path, "utf8").catch((cause: unknown) => {
    throw new AppError("not_found", `Configuration file ${path} cannot be read.`, { cause });
  });
  try {
    const tree: unknown = parseYaml(text) ?? {};
    if (typeof tree !== "object" || Array.isArray(tree)) throw new Error("expected a mapping at the top");
    return tree as Record<string, Record<string, unknown>>;
  } catch (cause) {
    throw new AppError("invalid_config", `Configuration file ${path}: ${(cause as Error).message}`, { cause });
  }
}
