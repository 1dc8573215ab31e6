// Where clients that push frames come in.

import { z } from "zod";
import type { Config } from "../../core/config.js";
import { AppError } from "../../core/errors.js";
import { parseQuery } from "../query.js";
import type { SocketRoute } from "../upgrade.js";
import { frameHeaderBytes } from "./frame-header.js";
import type { PushHub } from "./push-hub.js";

/** Path of pushed frames. */
export const pushPath = "/v1/push";

/** Query of `/v1/push`. */
export const pushQuerySchema = z.strictObject({ token: z.string().optional().describe("The server's token, for clients that can set no header.") });

/** The way to a hub. */
export function pushDoor(hub: PushHub, { maxFrameBytes }: Config["push"]): SocketRoute {
  return {
    path: pushPath,
    role: "admin",
    maxMessageBytes: frameHeaderBytes + maxFrameBytes,
    admit: (query) => {
      parseQuery(pushQuerySchema, query);
      if (hub.isFull) throw new AppError("too_many", "The server has as many clients that push frames as it may.");
      return (socket) => hub.accept(socket);
    },
  };
}
