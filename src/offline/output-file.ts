// Result files are written under a temporary name beside their place and renamed when all of them are whole, so that a name
// that can be seen is a result that is complete.

import { randomBytes } from "node:crypto";
import { open, rename, rm, writeFile, type FileHandle } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { AppError, toAppError } from "../core/errors.js";

const flushChars = 65_536;

/** Any failure of writing as an AppError: `disk_full`, `write_failed`, or what it was already. */
export function writeError(error: unknown): AppError {
  const known = toAppError(error);
  if (known.code !== "internal") return known;
  return new AppError("write_failed", "A result file could not be written.", { cause: error, ...(known.detail !== undefined && { detail: known.detail }) });
}

/** One result file under its temporary name. Text is collected and written in larger pieces, waiting for the disk. */
export class OutputFile {
  readonly path: string;
  readonly temporaryPath: string;
  #handle: FileHandle | undefined;
  #pending = "";

  constructor(path: string) {
    this.path = path;
    this.temporaryPath = temporaryName(path);
  }

  /** Adds text. Resolves when there is room for more. @throws AppError `disk_full`, `write_failed` */
  async write(text: string): Promise<void> {
    this.#pending += text;
    if (this.#pending.length >= flushChars) await this.#flush();
  }

  /** Adds bytes, after whatever text was added before. Resolves when they are written. @throws AppError `disk_full`, `write_failed` */
  async append(bytes: Uint8Array): Promise<void> {
    await this.#flush();
    try {
      this.#handle ??= await open(this.temporaryPath, "wx");
      await this.#handle.writeFile(bytes);
    } catch (error) {
      throw writeError(error);
    }
  }

  /** Writes the whole file at once. @throws AppError `disk_full`, `write_failed` */
  async writeBytes(bytes: Uint8Array): Promise<void> {
    await writeFile(this.temporaryPath, bytes, { flag: "wx" }).catch((error: unknown) => {
      throw writeError(error);
    });
  }

  /** Writes what is left and closes the temporary file. A file that FFmpeg wrote is only flushed to disk. */
  async complete(): Promise<void> {
    await this.#flush();
    try {
      this.#handle ??= await open(this.temporaryPath, "r+");
      await this.#handle.sync();
    } catch (error) {
      throw writeError(error);
    } finally {
      await this.#close();
    }
  }

  /** Gives the complete file its name. */
  async publish(): Promise<void> {
    await rename(this.temporaryPath, this.path).catch((error: unknown) => {
      throw writeError(error);
    });
  }

  /** Removes the temporary file. Never fails. */
  async discard(): Promise<void> {
    this.#pending = "";
    await this.#close();
    await rm(this.temporaryPath, { force: true }).catch(() => {
      // What cannot be removed stays under its temporary name; the failure that led here is the one to report.
    });
  }

  async #flush(): Promise<void> {
    if (this.#pending === "" && this.#handle !== undefined) return;
    const text = this.#pending;
    this.#pending = "";
    try {
      if (text === "") return;
      this.#handle ??= await open(this.temporaryPath, "wx");
      await this.#handle.writeFile(text);
    } catch (error) {
      throw writeError(error);
    }
  }

  async #close(): Promise<void> {
    const handle = this.#handle;
    this.#handle = undefined;
    await handle?.close().catch(() => {
      // A handle that fails to close has reported its failure in write or sync already.
    });
  }
}

/** A hidden name beside `path`, with the same extension (programs choose the format by it). */
export function temporaryName(path: string): string {
  return join(dirname(path), `.part-${randomBytes(6).toString("hex")}-${basename(path)}`);
}
