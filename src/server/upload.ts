// Uploads go straight to the disk: bounded in size, bounded in silence, and nothing is left of one that breaks off.

import { randomUUID } from "node:crypto";
import { createWriteStream } from "node:fs";
import { mkdir, readdir, rename, rm, statfs } from "node:fs/promises";
import type { IncomingMessage } from "node:http";
import { join, resolve } from "node:path";
import { Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { AppError, toAppError } from "../core/errors.js";

/** A client that sends nothing for so long is given up. */
const idleTimeoutMs = 30_000;
/** A refused client may go on sending for so long before its connection is cut. */
const lingerMs = 30_000;
const partSuffix = ".part";

/** Folder of uploads within the work folder. */
export function uploadFolder(workDir: string): string {
  return resolve(join(workDir, "uploads"));
}

/** Removes what an earlier process left half done. */
export async function cleanUploads(folder: string): Promise<void> {
  const names = await readdir(folder).catch((error: NodeJS.ErrnoException) => {
    if (error.code === "ENOENT") return [];
    throw toAppError(error);
  });
  await Promise.all(names.filter((name) => name.endsWith(partSuffix)).map((name) => rm(join(folder, name), { force: true })));
}

/** Removes all uploads of a work folder but those of these names, which are random: the work folder may have moved since. @throws AppError `write_failed`, ... */
export async function sweepUploads(workDir: string, kept: ReadonlySet<string>, onRemove: (name: string) => void): Promise<void> {
  const folder = uploadFolder(workDir);
  try {
    for (const name of (await readdir(folder)).filter((n) => !kept.has(n))) {
      onRemove(name);
      await rm(join(folder, name), { force: true });
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw toAppError(error);
  }
}

/**
 * Writes a request's body to a new file and resolves with its path; the caller owns the file.
 * @throws AppError `payload_too_large`, `invalid_request` (empty), `cancelled`, `timeout`, `disk_full`, `write_failed`
 */
export async function receiveUpload(req: IncomingMessage, folder: string, maxBytes: number): Promise<string> {
  const announced = Number(req.headers["content-length"] ?? 0);
  if (announced > maxBytes) throw tooLarge(maxBytes, announced);
  await mkdir(folder, { recursive: true }).catch((error: unknown) => {
    throw toAppError(error);
  });
  await checkRoom(folder, announced);
  const path = join(folder, randomUUID());
  const part = `${path}${partSuffix}`;
  let bytes = 0;
  const limit = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      bytes += chunk.length;
      if (bytes > maxBytes) done(tooLarge(maxBytes, bytes));
      else done(null, chunk);
    },
  });
  const idle = new AbortController();
  const onIdle = () => idle.abort();
  const usualTimeoutMs = req.socket.timeout ?? 0;
  req.socket.setTimeout(idleTimeoutMs, onIdle);
  try {
    // Not through `pipeline(req, ...)`: it would destroy the request, and with it the socket that the refusal goes out on.
    await pipeline(bodyOf(req, idle.signal), limit, createWriteStream(part, { flags: "wx", mode: 0o600 }));
    if (bytes === 0) throw new AppError("invalid_request", "Expected a video as the body, received no bytes.");
    await rename(part, path);
    return path;
  } catch (error) {
    letRunOff(req);
    await rm(part, { force: true });
    if (idle.signal.aborted) throw new AppError("timeout", `The upload was silent for ${idleTimeoutMs} ms.`, { cause: error });
    if ((error as NodeJS.ErrnoException).code === "ECONNRESET") throw new AppError("cancelled", "The client went away during its upload.", { cause: error });
    throw toAppError(error);
  } finally {
    req.socket.setTimeout(usualTimeoutMs);
    req.socket.off("timeout", onIdle);
  }
}

/** Refuses now what would fill the disk, for everybody else on it too. Uploads without a length meet the end of the disk on their way. */
async function checkRoom(folder: string, announced: number): Promise<void> {
  const { bavail, bsize } = await statfs(folder).catch((error: unknown) => {
    throw toAppError(error);
  });
  if (announced > bavail * bsize) throw new AppError("disk_full", `Expected room for ${announced} bytes on the server's disk, which has ${bavail * bsize}.`);
}

/** The chunks of a body; leaving the loop early does not destroy the request. */
async function* bodyOf(req: IncomingMessage, signal: AbortSignal): AsyncGenerator<Buffer> {
  const onAbort = () => req.destroy();
  signal.addEventListener("abort", onAbort, { once: true });
  try {
    for await (const chunk of req.iterator({ destroyOnReturn: false })) yield chunk as Buffer;
    if (!req.complete) throw new AppError("cancelled", "The client went away during its upload.");
  } finally {
    signal.removeEventListener("abort", onAbort);
  }
}

/**
 * Throws away what a refused client still sends. Unread, it would stand before its next request on the same connection, which would never be
 * answered; and cutting the connection at once may take the refusal with it.
 */
function letRunOff(req: IncomingMessage): void {
  if (req.complete || req.destroyed) return;
  const timer = setTimeout(() => req.destroy(), lingerMs);
  timer.unref();
  req.once("close", () => clearTimeout(timer));
  // Not `resume()`: while the upload's own reader is still being taken down it would have no effect.
  const discard = () => {
    while (req.read() !== null);
  };
  req.on("readable", discard);
  discard();
}

function tooLarge(maxBytes: number, bytes: number): AppError {
  return new AppError("payload_too_large", `Expected at most ${maxBytes} bytes, received ${bytes} or more.`);
}
