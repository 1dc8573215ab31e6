// The part of the WebSocket interface that the client uses; browsers, Node 22's global and the `ws` package all have it.

/** A WebSocket as browsers define it, as far as the client uses it. */
export interface FeedSocket {
  binaryType: string;
  readonly readyState: number;
  send(data: string | Uint8Array): void;
  close(code?: number): void;
  addEventListener(type: "open" | "message" | "close" | "error", listener: (event: never) => void): void;
}

/** A WebSocket class. Said loosely: the types of browsers and of `ws` differ in what they call an event. */
export type FeedSocketConstructor = new (url: string) => Pick<FeedSocket, "readyState" | "close">;

/** `readyState` of a socket that can send. */
export const socketOpen = 1;

/**
 * The class to use: the one given, else the global one.
 * @throws TypeError where there is neither (Node before 22)
 */
export function socketClass(given: FeedSocketConstructor | undefined): FeedSocketConstructor {
  const found = given ?? (globalThis as { WebSocket?: FeedSocketConstructor }).WebSocket;
  if (!found) throw new TypeError("Expected a global WebSocket, or one as `WebSocket` in the options (for Node before 22: the one of the ws package).");
  return found;
}
