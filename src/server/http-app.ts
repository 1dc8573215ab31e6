// The Express app: in which order a request meets its checks, its route, the viewer's files and the errors.

import type { RequestListener } from "node:http";
import express, { type ErrorRequestHandler, type Express, type Request, type RequestHandler, type Response } from "express";
import { AppError } from "../core/errors.js";
import type { Logger } from "../core/logger.js";
import { withoutToken, type Auth } from "./auth.js";
import { httpStatus } from "./http-status.js";
import type { ClientOf } from "./client-address.js";
import type { Door } from "./origin.js";
import type { RateLimit } from "./rate-limit.js";
import { requestError, sendProblem } from "./problem.js";
import { mount, refuseMethod, type Route } from "./router.js";
import { securityHeaders } from "./security-headers.js";

export interface HttpAppDeps {
  readonly auth: Auth;
  readonly logger: Logger;
  readonly door: Door;
  readonly clientOf: ClientOf;
  /** Requests that change something. */
  readonly changes: RateLimit;
  readonly bodyTimeoutMs: number;
  readonly isClosing: () => boolean;
  /** Resolves when the streams of the state file are there. */
  readonly restored: () => Promise<void>;
  readonly health: Route;
  readonly routes: readonly Route[];
  /** Folder of the viewer's files. */
  readonly webDir: string;
}

/** Puts the app together. */
export function createHttpApp(deps: HttpAppDeps): RequestListener {
  const app = createApp(deps);
  // Express matches nothing where it cannot read the target (`GET http://[/`), not even the last handlers, and would then answer by itself.
  return (req, res) => app(req as Request, res as Response, () => sendProblem(res, new AppError("invalid_request", "Expected a path, received a request target that is none.")));
}

function createApp(deps: HttpAppDeps): Express {
  const app = express();
  app.set("case sensitive routing", true);
  app.set("etag", false);
  app.set("query parser", "simple");
  app.use(securityHeaders());
  app.use((_req, res, next) => {
    res.setHeader("cache-control", "no-store");
    next();
  });
  mount(app, [deps.health], deps.bodyTimeoutMs);
  app.use(deps.door.cors(new Set(deps.routes.map(({ method }) => method.toUpperCase()))));
  app.use(guard(deps));
  app.use(tradeToken(deps.auth));
  app.use(async (_req, _res, next) => {
    await deps.restored();
    next();
  });
  mount(app, deps.routes, deps.bodyTimeoutMs);
  app.use(express.static(deps.webDir, { etag: true, lastModified: true, cacheControl: false, setHeaders: (res) => res.setHeader("cache-control", "no-cache") }));
  app.all("/", refuseMethod(["GET"]));
  app.use((req) => {
    throw new AppError("route_not_found", `Nothing at ${req.method} ${req.path}; /openapi.json lists the routes.`);
  });
  app.use(problems(deps.logger));
  return app;
}

const lookingMethods: ReadonlySet<string> = new Set(["GET", "HEAD", "OPTIONS"]);

/** Who may come in at all, and who may do more than look. By method, so that no route can forget it: GET changes nothing and opens no source. */
function guard({ auth, door, clientOf, changes, isClosing }: HttpAppDeps): RequestHandler {
  return (req, res, next) => {
    door.checkHost(req);
    const looks = lookingMethods.has(req.method);
    if (!looks) {
      // Reading is guarded by the browser's same-origin policy; a foreign page could still send a form.
      door.checkOrigin(req);
      changes.take(clientOf(req));
    }
    if (isClosing()) throw new AppError("shutting_down", "The server is stopping.");
    // A link with a token is judged by tradeToken.
    if (!isTokenLink(req.method, req.path, req.originalUrl)) {
      const role = auth.check(req);
      res.locals["role"] = role;
      if (!looks && role !== "admin") throw new AppError("admin_only", `Expected the admin token for ${req.method}, received the one that may only look.`);
    }
    next();
  };
}

/** Trades the token of a printed link for a cookie and takes it out of the address, so that it stays in no history. */
function tradeToken(auth: Auth): RequestHandler {
  return (req, res, next) => {
    if (!isTokenLink(req.method, req.path, req.originalUrl)) return next();
    const link = withoutToken(req.originalUrl);
    if (!link) return next();
    auth.check(req, link.token);
    const cookie = auth.cookieFor(req, link.token);
    if (cookie !== undefined) res.setHeader("set-cookie", cookie);
    res.redirect(303, link.location);
  };
}

function isTokenLink(method: string, path: string, url: string): boolean {
  return method === "GET" && !path.startsWith("/v1/") && withoutToken(url) !== undefined;
}

function problems(logger: Logger): ErrorRequestHandler {
  return (thrown: unknown, req, res, _next) => {
    const error = requestError(thrown);
    const fields = { code: error.code, method: req.method, path: req.path, detail: error.detail };
    if (httpStatus[error.code] >= 500) logger.error({ ...fields, err: error }, "request failed");
    else logger.debug(fields, "request refused");
    sendProblem(res, error, req.path);
  };
}
