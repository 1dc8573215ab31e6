// The flags that declare what results are for, the same for every command that makes results. The rules are in src/core/privacy.ts.

import { Option, type Command } from "commander";
import { privacySettings } from "../core/privacy.js";
import { UsageError } from "./exit-codes.js";

export interface PrivacyOptions {
  readonly privacy?: string;
  readonly purpose?: string;
  readonly setting?: string;
  readonly exception?: { readonly ground: string; readonly reason: string };
}

/** Adds --privacy, --purpose, --setting and --exception. */
export function withPrivacyOptions(command: Command): Command {
  return command
    .addOption(new Option("--privacy <mode>", "strict: numbers only, no picture leaves the process or is stored; needs --purpose and --setting").choices(["off", "strict"]))
    .option("--purpose <text>", "what the results are for; stands in every result")
    .addOption(new Option("--setting <where>", "where emotions are looked for").choices(privacySettings))
    .option("--exception <text>", '"medical: why" or "safety: why", for the settings workplace and education', parseException);
}

/** The flags as a part of the configuration. */
export function privacyOverride({ privacy, purpose, setting, exception }: PrivacyOptions): Readonly<Record<string, unknown>> {
  return { mode: privacy, purpose, setting, exception };
}

function parseException(text: string): { readonly ground: string; readonly reason: string } {
  const [, ground, reason] = /^(medical|safety):\s*(\S.*)$/s.exec(text) ?? [];
  if (ground === undefined || reason === undefined) throw new UsageError(`expected "medical: why" or "safety: why" for --exception, received ${text}`);
  return { ground, reason };
}
