// The door of the feed: which upgrade requests become WebSocket clients.

import type { IncomingMessage, Server } from "node:http";
import type { Duplex } from "node:stream";
import { WebSocketServer } from "ws";
import { AppError, toAppError } from "../../core/errors.js";
import type { Logger } from "../../core/logger.js";
import type { Auth } from "../auth.js";
import type { ClientOf } from "../client-address.js";
import type { Door } from "../origin.js";
import { rawProblemResponse } from "../problem.js";
import type { RateLimit } from "../rate-limit.js";
import type { FeedHub } from "./feed-hub.js";
import { parseFeedQuery } from "./subscription.js";

/** Path of the feed. */
export const feedPath = "/v1/feed";
/** Largest message of a client, bytes; a `subscribe` with 256 streams and their resume points fits. */
export const maxClientMessageBytes = 64 * 1024;

export interface UpgradeDeps {
  readonly hub: FeedHub;
  readonly auth: Auth;
  readonly door: Door;
  readonly clientOf: ClientOf;
  readonly connects: RateLimit;
  readonly isClosing: () => boolean;
  readonly logger: Logger;
}

/** Lets WebSocket clients in through an HTTP server. */
export function acceptUpgrades(server: Server, deps: UpgradeDeps): void {
  const sockets = new WebSocketServer({ noServer: true, clientTracking: false, perMessageDeflate: false, maxPayload: maxClientMessageBytes });
  const onError = (error: Error) => deps.logger.debug({ err: error }, "socket failed during its upgrade");
  server.on("upgrade", (req: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on("error", onError);
    try {
      const { pathname, searchParams } = new URL(req.url ?? "/", "http://localhost");
      deps.door.checkHost(req);
      deps.door.checkOrigin(req);
      deps.connects.take(deps.clientOf(req));
      if (pathname !== feedPath) throw new AppError("route_not_found", `Expected an upgrade of ${feedPath}, received one of another path.`);
      // Asked before the query is judged: strangers learn nothing.
      deps.auth.check(req, searchParams.get("token") ?? undefined);
      const { subscription } = parseFeedQuery(searchParams);
      if (deps.isClosing()) throw new AppError("shutting_down", "The server is stopping.");
      if (deps.hub.isFull) throw new AppError("too_many", "The server has as many feed clients as it may.");
      sockets.handleUpgrade(req, socket, head, (ws) => {
        socket.off("error", onError);
        deps.hub.accept(ws, subscription);
      });
    } catch (error) {
      const appError = toAppError(error);
      deps.logger.debug({ code: appError.code }, "upgrade refused");
      socket.end(rawProblemResponse(appError));
    }
  });
}
