// Who may use the server. Without a token: everybody who reaches it (by default only this machine). With one: scripts send it as
// a bearer header; a browser trades it for a cookie that proves knowledge of the token and does not contain it.
// Only hashes are held: neither a token nor a cookie can be made from them.

import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { parseCookie } from "cookie";
import { AppError } from "../core/errors.js";
import type { Role } from "../core/feed.js";
import type { ClientOf } from "./client-address.js";
import type { RateLimit } from "./rate-limit.js";

/** SHA-256 of a token and of the cookie that it is traded for. Tokens that we make are long and random: a slow hash would add nothing. */
export interface TokenHashes {
  readonly token: Buffer;
  readonly cookie: Buffer;
}

/** The check of one server's tokens. Tokens and cookies are compared in constant time. */
export interface Auth {
  readonly required: boolean;
  /**
   * What the sender of a request may do.
   * @throws AppError `unauthenticated`; `too_many` after too many different wrong tokens from one address, right ones too
   */
  check(req: IncomingMessage, queryToken?: string): Role;
  /** Value of `Set-Cookie` for a correct token; undefined for another. */
  cookieFor(req: IncomingMessage, token: string): string | undefined;
}

const cookieName = "emostream";
const cookieMaxAgeSeconds = 30 * 24 * 3600;
/** Wrong tokens that are remembered: a script that repeats one guesses nothing and does not lock its neighbours out. */
const maxRemembered = 1000;

/** The hashes of a token. */
export function hashesOf(token: string): TokenHashes {
  return { token: sha256(token), cookie: sha256(cookieValue(token)) };
}

/** Makes the check; no holders: everybody is let in as admin. */
export function createAuth(holders: Readonly<Partial<Record<Role, TokenHashes>>>, failed: RateLimit, clientOf: ClientOf): Auth {
  const { admin, view } = holders;
  if (admin === undefined) return { required: false, check: () => "admin", cookieFor: () => undefined };
  const wrong = new Set<string>();
  const roleOf = (text: string, kind: keyof TokenHashes): Role | undefined => {
    const hash = sha256(text);
    const [isAdmin, isView] = [timingSafeEqual(hash, admin[kind]), view !== undefined && timingSafeEqual(hash, view[kind])];
    return isAdmin ? "admin" : isView ? "view" : undefined;
  };
  const countWrong = (client: string, text: string) => {
    const key = `${client} ${sha256(text).toString("base64")}`;
    if (wrong.has(key)) return;
    failed.take(client);
    if (wrong.size >= maxRemembered) wrong.clear();
    wrong.add(key);
  };

  return {
    required: true,
    check(req, queryToken) {
      const bearer = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? "")?.[1];
      const cookie = parseCookie(req.headers.cookie ?? "")[cookieName];
      const tokens = [bearer, queryToken].filter((text) => text !== undefined).map((text) => ({ text, kind: "token" as const }));
      const shown = [...tokens, ...(cookie === undefined ? [] : [{ text: cookie, kind: "cookie" as const }])];
      if (shown.length === 0) throw unauthenticated("none");
      const client = clientOf(req);
      failed.check(client);
      const roles = shown.map(({ text, kind }) => {
        const role = roleOf(text, kind);
        // Also beside a right one: who may look must not be free to guess the other token.
        if (role === undefined) countWrong(client, text);
        return role;
      });
      const role = roles.includes("admin") ? "admin" : roles.find((r) => r !== undefined);
      if (role === undefined) throw unauthenticated("a wrong one");
      return role;
    },
    cookieFor(req, token) {
      if (roleOf(token, "token") === undefined) return undefined;
      const secure = "encrypted" in req.socket ? "; Secure" : "";
      return `${cookieName}=${cookieValue(token)}; Path=/; Max-Age=${cookieMaxAgeSeconds}; HttpOnly; SameSite=Strict${secure}`;
    },
  };
}

/** An HMAC under the token: a new token logs everybody out. */
function cookieValue(token: string): string {
  return createHmac("sha256", token).update("emostream browser session 1").digest("base64url");
}

function sha256(text: string): Buffer {
  return createHash("sha256").update(text).digest();
}

function unauthenticated(received: string): AppError {
  return new AppError("unauthenticated", `Expected the server's token as "Authorization: Bearer ...", or the link with ?token= that the server printed; received ${received}.`);
}

/**
 * Where to send a browser that came with `?token=`: the same path and query without the token. Never leads to another host.
 * Undefined when the address holds no token.
 */
export function withoutToken(requestUrl: string): { readonly token: string; readonly location: string } | undefined {
  const queryStart = requestUrl.indexOf("?");
  if (queryStart < 0) return undefined;
  const query = new URLSearchParams(requestUrl.slice(queryStart + 1));
  const token = query.get("token");
  if (token === null) return undefined;
  query.delete("token");
  const path = `/${requestUrl.slice(0, queryStart).replace(/^[/\\]+/, "")}`;
  return { token, location: query.size > 0 ? `${path}?${query}` : path };
}
