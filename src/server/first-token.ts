// Nobody listens on a network without a token by oversight: a first start there makes one, tells it once and keeps its hash.

import { randomBytes } from "node:crypto";
import { mkdir, readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import writeFileAtomic from "write-file-atomic";
import { z } from "zod";
import type { Config } from "../core/config.js";
import { AppError, toAppError } from "../core/errors.js";
import type { Role } from "../core/feed.js";
import { hashesOf, type TokenHashes } from "./auth.js";
import { isLoopback } from "./origin.js";

const tokenBytes = 32;
const hash = z.string().regex(/^[0-9a-f]{64}$/).transform((text) => Buffer.from(text, "hex"));
const fileSchema = z.strictObject({ version: z.literal(1), token: hash, cookie: hash });

export interface Tokens {
  readonly holders: Readonly<Partial<Record<Role, TokenHashes>>>;
  /** A token that was made now. It counts once `keep` has stored its hash, and is to be told once. */
  readonly made?: { readonly token: string; readonly keep: () => Promise<void> };
}

/** File with the hash of a token that was made, beside the state file. */
export function tokenFile({ stateFile }: Pick<Config["server"], "stateFile">): string {
  return join(dirname(stateFile), "token.json");
}

/**
 * The tokens of a server: as configured, else as made at its first start on another address than loopback.
 * @throws AppError `invalid_config`
 */
export async function loadTokens(server: Config["server"]): Promise<Tokens> {
  const { host, insecure, token, viewToken } = server;
  if (token !== undefined && token === viewToken) throw new AppError("invalid_config", "server.viewToken: expected another one than server.token.");
  const view = viewToken === undefined ? {} : { view: hashesOf(viewToken) };
  if (token !== undefined) return { holders: { admin: hashesOf(token), ...view } };
  if (viewToken === undefined && (insecure || isLoopback(host))) return { holders: {} };
  const path = tokenFile(server);
  const kept = await readKept(path);
  if (kept !== undefined) return { holders: { admin: kept, ...view } };
  const made = randomBytes(tokenBytes).toString("base64url");
  const admin = hashesOf(made);
  return { holders: { admin, ...view }, made: { token: made, keep: () => write(path, admin) } };
}

async function readKept(path: string): Promise<TokenHashes | undefined> {
  try {
    return fileSchema.parse(JSON.parse(await readFile(path, "utf8")));
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "ENOENT") return undefined;
    throw new AppError("invalid_config", `Expected the hash of the server's token in ${path}, which cannot be read. Delete it, and the next start makes a new token; or set server.token.`, { cause });
  }
}

async function write(path: string, { token, cookie }: TokenHashes): Promise<void> {
  try {
    await mkdir(dirname(path), { recursive: true, mode: 0o700 });
    await writeFileAtomic(path, `${JSON.stringify({ version: 1, token: token.toString("hex"), cookie: cookie.toString("hex") })}\n`, { mode: 0o600 });
  } catch (error) {
    throw toAppError(error);
  }
}
