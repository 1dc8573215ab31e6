// The address of a feed, out of what people write. Pure.

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
  const url = new URL(server);
  const protocol = ({ "http:": "ws:", "https:": "wss:", "ws:": "ws:", "wss:": "wss:" } as Record<string, string>)[url.protocol];
  if (protocol === undefined) throw new TypeError(`Expected an http, https, ws or wss address, received ${url.protocol}`);
  const feed = new URL(`${protocol}//${url.host}`);
  feed.pathname = url.pathname.endsWith("/v1/feed") ? url.pathname : `${url.pathname.replace(/\/$/, "")}/v1/feed`;
  // A printed link carries its token in the query.
  const token = query.token ?? url.searchParams.get("token");
  if (query.streams) feed.searchParams.set("streams", query.streams.join(","));
  if (query.preview) feed.searchParams.set("preview", query.preview);
  if (token) feed.searchParams.set("token", token);
  if (query.resume.size > 0) feed.searchParams.set("resume", [...query.resume].slice(-maxResume).map(([id, seq]) => `${id}:${seq}`).join(","));
  return feed;
}
