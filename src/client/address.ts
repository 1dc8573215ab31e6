// The addresses of the WebSockets, out of what people write. Pure.

/** What goes into the query. */
export interface FeedQuery {
  readonly streams?: readonly string[] | undefined;
  readonly preview?: "none" | "jpeg" | undefined;
  readonly token?: string | undefined;
  /** Last seq seen of each stream. */
  readonly resume: ReadonlyMap<string, number>;
}

/** The server keeps no more. */
const maxResume = 256;

/**
 * The feed's WebSocket address. Takes the server's address as http(s) or ws(s), with or without the path `/v1/feed`; a path
 * before it (a proxy's prefix) is kept.
 * @throws TypeError for text that is no such address
 */
export function feedAddress(server: string | URL, query: FeedQuery): URL {
  const { address: feed, token } = socketAddress(server, "/v1/feed", query.token);
  if (query.streams) feed.searchParams.set("streams", query.streams.join(","));
  if (query.preview) feed.searchParams.set("preview", query.preview);
  if (token) feed.searchParams.set("token", token);
  if (query.resume.size > 0) feed.searchParams.set("resume", [...query.resume].slice(-maxResume).map(([id, seq]) => `${id}:${seq}`).join(","));
  return feed;
}

/** The address for pushed frames; as `feedAddress`, with `/v1/push`. @throws TypeError for text that is no such address */
export function pushAddress(server: string | URL, token: string | undefined): URL {
  const push = socketAddress(server, "/v1/push", token);
  if (push.token) push.address.searchParams.set("token", push.token);
  return push.address;
}

function socketAddress(server: string | URL, path: string, givenToken: string | undefined): { readonly address: URL; readonly token: string | null } {
  const url = new URL(server);
  const protocol = ({ "http:": "ws:", "https:": "wss:", "ws:": "ws:", "wss:": "wss:" } as Record<string, string>)[url.protocol];
  if (protocol === undefined) throw new TypeError(`Expected an http, https, ws or wss address, received ${url.protocol}`);
  const address = new URL(`${protocol}//${url.host}`);
  address.pathname = url.pathname.endsWith(path) ? url.pathname : `${url.pathname.replace(/\/$/, "")}${path}`;
  // A printed link carries its token in the query.
  return { address, token: givenToken ?? url.searchParams.get("token") };
}
