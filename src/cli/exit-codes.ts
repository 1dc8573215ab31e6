// How a command ended, for scripts. docs/cli.md explains them.

import { AppError } from "../core/errors.js";

export const exitCodes = { done: 0, failed: 1, usage: 2, interrupted: 130 } as const;

/** The command line does not make sense: exit code 2. */
export class UsageError extends AppError {
  constructor(message: string) {
    super("invalid_request", message);
  }
}

/** What every command gets: a way to say its exit code. */
export type Done = (code: number) => void;
