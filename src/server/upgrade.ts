// The door for WebSockets: which upgrade requests become clients of the feed, and which become clients that push frames.

import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer, type WebSocket } from "ws";
import { AppError, toAppError } from "../core/errors.js";
import type { Role } from "../core/feed.js";
import type { Logger } from "../core/logger.js";
import type { Auth } from "./auth.js";
import type { ClientOf } from "./client-address.js";
import type { Door } from "./origin.js";
import { rawProblemResponse } from "./problem.js";
import type { RateLimit } from "./rate-limit.js";

/** One path that WebSockets are taken at. */
export interface SocketRoute {
  readonly path: string;
  /** What a client must be allowed to do. */
  readonly role: Role;
  /** Longest message of a client; a longer one closes the connection with 1009. */
  readonly maxMessageBytes: number;
  /** Reads the query, and gives what takes over the socket; `role` is the client's. @throws AppError `invalid_request`, `too_many` */
  readonly admit: (query: URLSearchParams, role: Role) => (socket: WebSocket) => void;
}

export interface UpgradeDeps {
  readonly routes: readonly SocketRoute[];
  readonly auth: Auth;
  readonly door: Door;
  readonly clientOf: ClientOf;
  readonly connects: RateLimit;
  readonly isClosing: () => boolean;
  readonly logger: Logger;
}

/** Lets WebSocket clients in through an HTTP server. */
export function acceptUpgrades(server: Server, deps: UpgradeDeps): void {
  const routes = new Map(
    // ws would agree to the first subprotocol that a client offers; there is none here.
    deps.routes.map((route) => [route.path, { route, sockets: new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, handleProtocols: () => false, maxPayload: route.maxMessageBytes }) }]),
  );
  const refuse = (socket: Duplex, error: AppError) => {
    deps.logger.debug({ code: error.code }, "upgrade refused");
    // RFC 6455 section 4.4: whoever asked for another version is told which one there is.
    socket.end(rawProblemResponse(error, { headers: { "sec-websocket-version": "13" } }));
  };
  // A handshake that is none: ws' own answer would be a line of text.
  for (const { sockets } of routes.values()) sockets.on("wsClientError", (error, socket) => refuse(socket, new AppError("invalid_request", `Expected a WebSocket handshake (RFC 6455): ${error.message}.`)));
  const onError = (error: Error) => deps.logger.debug({ err: error }, "socket failed during its upgrade");
  server.on("upgrade", (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", onError);
    try {
      const { pathname, searchParams } = targetOf(req);
      deps.door.checkHost(req);
      deps.door.checkOrigin(req);
      deps.connects.take(deps.clientOf(req));
      const found = routes.get(pathname);
      if (found === undefined) throw new AppError("route_not_found", `Expected an upgrade of ${[...routes.keys()].join(" or ")}, received one of another path.`);
      // Asked before the query is judged: strangers learn nothing.
      const role = deps.auth.check(req, searchParams.get("token") ?? undefined);
      if (found.route.role === "admin" && role !== "admin") throw new AppError("admin_only", `Expected the admin token for ${pathname}, received the one that may only look.`);
      const accept = found.route.admit(searchParams, role);
      if (deps.isClosing()) throw new AppError("shutting_down", "The server is stopping.");
      found.sockets.handleUpgrade(req, socket, head, (ws) => {
        socket.off("error", onError);
        accept(ws);
      });
    } catch (error) {
      refuse(socket, toAppError(error));
    }
  });
}

function targetOf({ url = "/" }: IncomingMessage): URL {
  const base = "http://localhost";
  if (!URL.canParse(url, base)) throw new AppError("invalid_request", "Expected a path, received a request target that is none.");
  return new URL(url, base);
}
