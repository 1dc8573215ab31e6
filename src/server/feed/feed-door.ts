// Where clients of the feed come in.

import { AppError } from "../../core/errors.js";
import type { SocketRoute } from "../upgrade.js";
import type { FeedHub } from "./feed-hub.js";
import { parseFeedQuery } from "./subscription.js";

/** Path of the feed. */
export const feedPath = "/v1/feed";
/** Largest message of a client, bytes; a `subscribe` with 256 streams and their resume points fits. */
const maxMessageBytes = 64 * 1024;

/** The way to a hub. */
export function feedDoor(hub: FeedHub): SocketRoute {
  return {
    path: feedPath,
    role: "view",
    maxMessageBytes,
    admit: (query, role) => {
      const subscription = parseFeedQuery(query);
      if (hub.isFull) throw new AppError("too_many", "The server has as many feed clients as it may.");
      return (socket) => hub.accept(socket, subscription, role);
    },
  };
}
