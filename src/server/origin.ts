// Keeps other web sites out: a page on the internet must not reach a server on this machine through its visitor's browser.

import type { IncomingMessage } from "node:http";
import { isIP, isIPv4 } from "node:net";
import { hostname } from "node:os";
import type { RequestHandler } from "express";
import { AppError } from "../core/errors.js";

/** True for addresses that only this machine reaches. */
export function isLoopback(host: string): boolean {
  const name = bareName(host);
  return name === "localhost" || name.endsWith(".localhost") || name === "::1" || (isIPv4(name) && name.startsWith("127."));
}

/** What a request must say of where it comes from and whom it means. */
export interface Door {
  /**
   * DNS rebinding: a foreign name that resolves to our address arrives with its own name in `Host`. Only asked for without a token
   * (a cookie is bound to its host, so the token guards by itself, also behind a proxy).
   * @throws AppError `forbidden`
   */
  checkHost(req: IncomingMessage): void;
  /**
   * Browsers name the page that asks in `Origin`; it must come from this server or an allowed one. Scripts send none.
   * @throws AppError `forbidden`
   */
  checkOrigin(req: IncomingMessage): void;
  /** Lets pages of allowed origins read answers (CORS), and send these methods. They send a token; cookies stay with our own pages. */
  cors(methods: ReadonlySet<string>): RequestHandler;
}

export interface DoorOptions {
  /** Address that is listened on. */
  readonly host: string;
  /** Whether a token is asked for. */
  readonly secured: boolean;
  readonly allowedOrigins: readonly string[];
}

export function createDoor({ host, secured, allowedOrigins }: DoorOptions): Door {
  const allowed = new Set(allowedOrigins);
  const ownNames = new Set([...allowedOrigins.map((origin) => new URL(origin).hostname), ...(isLoopback(host) ? [] : [hostname().toLowerCase(), `${hostname().toLowerCase()}.local`])]);
  const isOwn = (name: string) => isLoopback(name) || ownNames.has(name) || (!isLoopback(host) && isIP(bareName(name)) !== 0);
  return {
    checkHost(req) {
      const received = req.headers.host ?? "";
      if (secured || isOwn(received.toLowerCase().replace(/:\d*$/, ""))) return;
      throw new AppError("forbidden", `Expected a Host header that names this machine (localhost, 127.0.0.1, ...), received ${JSON.stringify(received)}. server.allowedOrigins lists further names; behind a proxy set a token.`);
    },
    checkOrigin(req) {
      const { origin } = req.headers;
      if (origin === undefined || allowed.has(origin)) return;
      if (URL.canParse(origin) && new URL(origin).host === hostOf(req.headers.host)) return;
      throw new AppError("forbidden", `Expected a request from a page of this server, received one from ${JSON.stringify(origin)}; server.allowedOrigins lists others that may.`);
    },
    cors(methods) {
      const allowedMethods = [...methods].join(", ");
      return (req, res, next) => {
        if (allowed.size > 0) res.vary("origin");
        const { origin } = req.headers;
        if (origin === undefined || !allowed.has(origin)) return next();
        res.set({ "access-control-allow-origin": origin, "access-control-expose-headers": "location, retry-after, emostream-seq, emostream-pts-ms" });
        if (req.method !== "OPTIONS") return next();
        res.set({ "access-control-allow-methods": allowedMethods, "access-control-allow-headers": "authorization, content-type", "access-control-max-age": "600" });
        res.status(204).end();
      };
    },
  };
}

function bareName(host: string): string {
  return host.replace(/^\[|\]$/g, "").toLowerCase();
}

/** Host as URL writes it: lower case, no default port. Pages behind a proxy with TLS come from port 443. */
function hostOf(host: string | undefined): string | undefined {
  const url = `http://${host ?? ""}`;
  return URL.canParse(url) ? new URL(url).host.replace(/:443$/, "") : undefined;
}
