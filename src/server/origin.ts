// Keeps other web sites out: a page on the internet must not reach a server on this machine through its visitor's browser.

import type { IncomingMessage } from "node:http";
import { isIPv4 } from "node:net";
import { AppError } from "../core/errors.js";

/** True for addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  const name = host.replace(/^\[|\]$/g, "").toLowerCase();
  return name === "localhost" || name.endsWith(".localhost") || name === "::1" || (isIPv4(name) && name.startsWith("127."));
}

/**
 * DNS rebinding: a foreign name that resolves to 127.0.0.1 arrives with its own name in `Host`. Only asked for where the server
 * listens on loopback without a token (a cookie is bound to its host, so the token guards by itself, also behind a proxy).
 * @throws AppError `forbidden`
 */
export function checkHost(req: IncomingMessage): void {
  const host = req.headers.host ?? "";
  if (isLoopback(host.replace(/:\d*$/, ""))) return;
  throw new AppError("forbidden", `Expected a Host header that names this machine (localhost, 127.0.0.1), received ${JSON.stringify(host)}. Behind a proxy set a token.`);
}

/**
 * Browsers name the page that asks in `Origin`; it must come from this server. Scripts send none.
 * @throws AppError `forbidden`
 */
export function checkOrigin(req: IncomingMessage): void {
  const { origin, host } = req.headers;
  if (origin === undefined) return;
  if (URL.canParse(origin) && new URL(origin).host === hostOf(host)) return;
  throw new AppError("forbidden", `Expected a request from a page of this server, received one from ${JSON.stringify(origin)}.`);
}

/** Host as URL writes it: lower case, no default port. Pages behind a proxy with TLS come from port 443. */
function hostOf(host: string | undefined): string | undefined {
  const url = `http://${host ?? ""}`;
  return URL.canParse(url) ? new URL(url).host.replace(/:443$/, "") : undefined;
}
