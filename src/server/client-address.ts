// Who asks, for the limits: the other end of the connection or, where that is a proxy we trust, whom it speaks for.

import type { IncomingMessage } from "node:http";
import { canonicalAddress, clientKey } from "../core/ip-address.js";

/** The key that one client's requests are counted under. */
export type ClientOf = (req: IncomingMessage) => string;

/** Proxies append to X-Forwarded-For: the last entry that is no trusted proxy is the client; what stands before it, anybody may have written. */
export function createClientOf(trustedProxies: readonly string[]): ClientOf {
  const trusted = new Set(trustedProxies.map(canonicalAddress));
  return (req) => {
    const forwarded = [req.headers["x-forwarded-for"] ?? []].flat().join(",").split(",");
    const way = [...forwarded, req.socket.remoteAddress ?? ""].map((text) => text.trim()).filter((text) => text !== "");
    while (way.length > 1 && trusted.has(canonicalAddress(way.at(-1)!))) way.pop();
    return clientKey(way.at(-1) ?? "");
  };
}
