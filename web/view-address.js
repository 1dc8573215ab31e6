// Which view the address asks for: all streams, the wall, or one stream (`#stream=<id>`). Pure.

/** @typedef {{ readonly name: "grid" } | { readonly name: "wall" } | { readonly name: "stream", readonly id: string }} View */

/** What an id may be made of; links of old had it bare (`#lobby`). */
const bareId = /^[a-z0-9][a-z0-9_-]{0,63}$/;

/**
 * The view of an address' hash. What it does not know is the grid.
 * @param {string} hash with its `#`
 * @returns {View}
 */
export function parseView(hash) {
  const text = hash.replace(/^#/, "");
  if (text === "wall") return { name: "wall" };
  const id = new URLSearchParams(text).get("stream") ?? (bareId.test(text) ? text : "");
  return id === "" ? { name: "grid" } : { name: "stream", id };
}

/**
 * The hash that leads to a view; empty for the grid.
 * @param {View} view
 */
export function viewHash(view) {
  if (view.name === "grid") return "";
  return view.name === "wall" ? "#wall" : `#stream=${encodeURIComponent(view.id)}`;
}
