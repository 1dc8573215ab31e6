// Who may use the server. Without a token: everybody who reaches it (by default only this machine). With one: scripts send it as
// a bearer header; a browser trades it for a cookie that proves knowledge of the token and does not contain it.

import { createHmac, timingSafeEqual } from "node:crypto";
import type { IncomingMessage } from "node:http";
import { parseCookie } from "cookie";
import { AppError } from "../core/errors.js";

const cookieName = "emostream";
const cookieMaxAgeSeconds = 30 * 24 * 3600;

/** The check of one server's token. Tokens and cookies are compared in constant time. */
export interface Auth {
  readonly required: boolean;
  /** @throws AppError `unauthenticated` */
  check(req: IncomingMessage, queryToken?: string): void;
  isToken(text: string): boolean;
  /** Value of `Set-Cookie` after a correct token. */
  readonly setCookie: string;
}

/** Makes the check; `token` undefined lets everybody in. */
export function createAuth(token: string | undefined): Auth {
  if (token === undefined) return { required: false, check: () => undefined, isToken: () => true, setCookie: "" };
  const digest = (text: string) => createHmac("sha256", token).update(text).digest();
  const expected = digest(token);
  const isToken = (text: string) => timingSafeEqual(digest(text), expected);
  const cookieValue = digest("emostream browser session 1").toString("base64url");
  const cookieDigest = digest(cookieValue);
  const isCookie = (text: string) => timingSafeEqual(digest(text), cookieDigest);

  return {
    required: true,
    isToken,
    setCookie: `${cookieName}=${cookieValue}; Path=/; Max-Age=${cookieMaxAgeSeconds}; HttpOnly; SameSite=Strict`,
    check(req, queryToken) {
      const bearer = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? "")?.[1];
      const cookie = parseCookie(req.headers.cookie ?? "")[cookieName];
      if (bearer !== undefined && isToken(bearer)) return;
      if (queryToken !== undefined && isToken(queryToken)) return;
      if (cookie !== undefined && isCookie(cookie)) return;
      const shown = [bearer, queryToken, cookie].some((v) => v !== undefined);
      throw new AppError(
        "unauthenticated",
        `Expected the server's token as "Authorization: Bearer ...", or the link with ?token= that the server printed; received ${shown ? "a wrong one" : "none"}.`,
      );
    },
  };
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
