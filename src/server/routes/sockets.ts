// The WebSocket paths over plain HTTP: tells clients whose WebSocket was refused why, which their WebSocket does not.

import type { z } from "zod";
import { AppError } from "../../core/errors.js";
import { feedPath } from "../feed/feed-door.js";
import { feedQuerySchema } from "../feed/subscription.js";
import type { Door } from "../origin.js";
import { problemContentType, toProblem } from "../problem.js";
import { pushPath, pushQuerySchema } from "../push/push-door.js";
import { route, type Route } from "../router.js";

const upgradeRequired = 426;

/** The same checks as an upgrade; what passes them is told to upgrade. */
export function socketRoutes(door: Door): readonly Route[] {
  return [
    socketRoute(door, feedPath, "feed", "The WebSocket feed, described in /asyncapi.json.", feedQuerySchema),
    socketRoute(door, pushPath, "push", "The WebSocket for frames that a client pushes, described in /asyncapi.json.", pushQuerySchema),
  ];
}

function socketRoute(door: Door, path: string, operationId: string, summary: string, query: z.ZodObject): Route {
  return route(
    {
      method: "get",
      path,
      operationId,
      summary,
      query,
      responses: { 101: { description: "The WebSocket." }, [upgradeRequired]: { description: "The request is fine and is no WebSocket upgrade.", contentTypes: [problemContentType] } },
      errors: ["too_many"],
    },
    (_input, req, res) => {
      door.checkOrigin(req);
      const error = new AppError("invalid_request", `Expected a WebSocket upgrade of ${path}, received a plain request.`);
      res.set({ upgrade: "websocket", "content-type": problemContentType });
      res.status(upgradeRequired).send(JSON.stringify({ ...toProblem(error, req.path), status: upgradeRequired }));
    },
  );
}
