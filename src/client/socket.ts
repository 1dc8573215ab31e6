// The part of the WebSocket interface that the client uses; browsers, Node 22's global and the `ws` package all have it.

/** A WebSocket as browsers define it. */
export interface FeedSocket {
  binaryType: string;
  readonly readyState: number;
  send(data: string): void;
  close(code?: number, reason?: string): void;
  onopen: ((event: never) => void) | null;
  onmessage: ((event: never) => void) | null;
  onclose: ((event: never) => void) | null;
  onerror: ((event: never) => void) | null;
}

export type FeedSocketConstructor = new (url: string) => FeedSocket;

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
