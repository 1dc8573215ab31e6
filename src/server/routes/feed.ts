// /v1/feed over plain HTTP: tells clients whose WebSocket was refused why, which their WebSocket does not.

import { AppError } from "../../core/errors.js";
import { feedPath } from "../feed/upgrade.js";
import { feedQuerySchema } from "../feed/subscription.js";
import type { Door } from "../origin.js";
import { problemContentType, toProblem } from "../problem.js";
import { route, type Route } from "../router.js";

const upgradeRequired = 426;

/** The same checks as an upgrade; what passes them is told to upgrade. */
export function feedRoute(door: Door): Route {
  return route(
    {
      method: "get",
      path: feedPath,
      operationId: "feed",
      summary: "The WebSocket feed, described in /asyncapi.json.",
      query: feedQuerySchema,
      responses: { 101: { description: "The feed." }, [upgradeRequired]: { description: "The request is fine and is no WebSocket upgrade.", contentTypes: [problemContentType] } },
      errors: ["too_many"],
    },
    (_input, req, res) => {
      door.checkOrigin(req);
      const error = new AppError("invalid_request", `Expected a WebSocket upgrade of ${feedPath}, received a plain request.`);
      res.set({ upgrade: "websocket", "content-type": problemContentType });
      res.status(upgradeRequired).send(JSON.stringify({ ...toProblem(error, req.path), status: upgradeRequired }));
    },
  );
}
