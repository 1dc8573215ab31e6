// The streams that come back after a restart, in one JSON file. It holds camera passwords: mode 0600, never sent anywhere.

import { mkdir, readFile, rename } from "node:fs/promises";
import { dirname } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import { zodIssues } from "../core/config.js";
import { toAppError } from "../core/errors.js";
import { streamIdSchema } from "../core/feed.js";
import type { Logger } from "../core/logger.js";
import { streamRequestSchema } from "./schemas.js";

const stateVersion = 1;

/** One stream as it was asked for, and what it was last told to do. Defaults are not stored: a changed configuration counts. */
export const storedStreamSchema = z.strictObject({
  ...streamRequestSchema.shape,
  id: streamIdSchema,
  intent: z.enum(["running", "paused"]),
  createdAt: z.iso.datetime(),
});

export type StoredStream = z.infer<typeof storedStreamSchema>;

const fileSchema = z.object({ version: z.literal(stateVersion), streams: z.array(z.unknown()) });

/** Reads and writes the state file. Writes follow one another; of those that wait only the newest is carried out. */
export class StateStore {
  readonly #path: string;
  readonly #logger: Logger;
  readonly #now: () => number;
  #last: Promise<void> = Promise.resolve();
  #waiting: { streams: readonly StoredStream[]; written: Promise<void> } | undefined;

  constructor(path: string, logger: Logger, now: () => number = Date.now) {
    this.#path = path;
    this.#logger = logger;
    this.#now = now;
  }

  /** The stored streams; none where there is no file. A damaged file is set aside and what can be read of it is used. Never rejects. */
  async load(): Promise<readonly StoredStream[]> {
    let text: string;
    try {
      text = await readFile(this.#path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") await this.#setAside(toAppError(error).message, []);
      return [];
    }
    const { streams, complaints } = parseState(text);
    if (complaints.length > 0) await this.#setAside("The state file does not fit its schema.", complaints);
    return streams;
  }

  /**
   * Writes all streams; resolves when these, or newer ones, are on the disk.
   * @throws AppError `disk_full`, `write_failed`
   */
  save(streams: readonly StoredStream[]): Promise<void> {
    if (this.#waiting) {
      this.#waiting.streams = streams;
      return this.#waiting.written;
    }
    // A failed write was told to whoever asked for it; the next one is tried all the same.
    const previous = this.#last.catch(() => undefined);
    const waiting = { streams, written: previous.then(() => this.#writeWaiting()) };
    this.#waiting = waiting;
    this.#last = waiting.written;
    return waiting.written;
  }

  async #writeWaiting(): Promise<void> {
    const streams = this.#waiting?.streams ?? [];
    this.#waiting = undefined;
    try {
      await mkdir(dirname(this.#path), { recursive: true, mode: 0o700 });
      await writeFileAtomic(this.#path, `${JSON.stringify({ version: stateVersion, streams }, null, 2)}\n`, { mode: 0o600 });
    } catch (error) {
      this.#logger.error({ err: error, path: this.#path }, "state file could not be written");
      throw toAppError(error);
    }
  }

  async #setAside(reason: string, complaints: readonly string[]): Promise<void> {
    const aside = `${this.#path}.damaged-${new Date(this.#now()).toISOString().replaceAll(":", "-")}`;
    try {
      await rename(this.#path, aside);
      this.#logger.error({ reason, complaints, aside }, "state file is damaged and was set aside");
    } catch (error) {
      this.#logger.error({ err: error, reason, complaints }, "state file is damaged and could not be set aside");
    }
  }
}

/** What can be read of a state file, and what is wrong with the rest. */
export function parseState(text: string): { readonly streams: readonly StoredStream[]; readonly complaints: readonly string[] } {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (error) {
    return { streams: [], complaints: [`Expected JSON: ${(error as Error).message}`] };
  }
  const file = fileSchema.safeParse(json);
  if (!file.success) return { streams: [], complaints: describe(file.error, "") };
  const streams = new Map<string, StoredStream>();
  const complaints: string[] = [];
  for (const [index, entry] of file.data.streams.entries()) {
    const parsed = storedStreamSchema.safeParse(entry);
    if (!parsed.success) complaints.push(...describe(parsed.error, `streams.${index}.`));
    else if (streams.has(parsed.data.id)) complaints.push(`streams.${index}.id: appears twice`);
    else streams.set(parsed.data.id, parsed.data);
  }
  return { streams: [...streams.values()], complaints };
}

function describe(error: z.ZodError, prefix: string): string[] {
  return zodIssues(error).map((issue) => `${prefix}${issue.path}: ${issue.message}`);
}
