// The overlay for OBS and other programs that lay a page over a picture: one stream, transparent, silent but for a small hint.

import { byId, setText } from "../dom.js";
import { FeedConnection } from "../feed-connection.js";
import { OverlayView } from "./overlay-view.js";
import { problemText, readParams } from "./params.js";

/** @import {ServerMessage} from "../../src/core/feed.ts" */

const { params, problems } = readParams(new URLSearchParams(location.search));
const view = new OverlayView(byId("overlay", HTMLCanvasElement), params);
/** What the hint says of each matter; an empty line says nothing. */
const hints = { parameters: problems.map(problemText).join("\n"), stream: "" };

// oxlint-disable-next-line no-console -- where people who build a scene look first
for (const problem of problems) console.warn(`Emostream overlay: ${problemText(problem)}`);
if (params.stream === undefined) hint("stream", "Name a stream in the address: /overlay?stream=demo");
else {
  hint("stream", "");
  connect(params.stream);
}

/** @param {string} id */
function connect(id) {
  const url = new URL("../v1/feed", document.baseURI);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  url.searchParams.set("streams", id);
  const feed = new FeedConnection(url, {
    onMessage: (message) => receive(id, message),
    onPreview: () => undefined,
    onState: ({ state }) => {
      document.body.dataset.connection = state;
      if (state !== "open") view.clear();
      if (state === "unauthenticated") hint("stream", "The server asks for a token: open the address with &token=…");
    },
    isRefused: async () => (await fetch(new URL("../v1/info", document.baseURI)).catch(() => undefined))?.status === 401,
  });
  window.addEventListener("online", () => feed.open());
  feed.open();
}

/**
 * @param {string} id
 * @param {ServerMessage} message
 */
function receive(id, message) {
  if ("streamId" in message && message.streamId !== id) return;
  if (message.type === "frame") view.show(message);
  else if (message.type === "error" && message.code === "stream_not_found") hint("stream", `No stream “${id}” on this server`);
  else if (message.type === "stream") {
    hint("stream", message.removed ? `The stream “${id}” was removed` : "");
    if (message.removed || message.status.state !== "live") view.clear();
  }
}

/**
 * @param {keyof typeof hints} matter
 * @param {string} text
 */
function hint(matter, text) {
  hints[matter] = text;
  const element = byId("hint", HTMLElement);
  const all = Object.values(hints).filter(Boolean).join("\n");
  setText(element, all);
  element.hidden = all === "";
}
