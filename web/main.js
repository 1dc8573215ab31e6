// The viewer: one feed connection, one card for each stream, the views of them, and the page around them.

import { Api, ApiError } from "./api.js";
import { startAddStreamForm } from "./add-stream-form.js";
import { confirmRemoval } from "./confirm-dialog.js";
import { ConnectionBar } from "./connection-bar.js";
import { byId } from "./dom.js";
import { FeedConnection } from "./feed-connection.js";
import { OwnCamera } from "./own-camera.js";
import { givesPictures, showPrivacy } from "./privacy-note.js";
import { startShortcuts } from "./shortcuts.js";
import { startTheme } from "./theme.js";
import { StreamGrid } from "./stream-grid.js";
import { StreamView } from "./stream-view.js";
import { Views } from "./views.js";
import { Wall } from "./wall.js";
import { wordsForCode } from "./words.js";

/** @import {ServerMessage} from "../src/core/feed.ts" */
/** @import {CardAction, StreamCard} from "./stream-card.js" */
/** @import {View} from "./view-address.js" */

const api = new Api(document.baseURI);
const grid = new StreamGrid({
  onAction: (card, action) => void act(card, action),
  makeDetails: (card) => new StreamView(card.id, api, (info) => card.setInfo(info)),
  onVisible: askPreviews,
  onArranged: () => wall.arrange(),
});
const views = new Views(showView);
const wall = new Wall(() => grid.cards, () => views.leave());
const bar = new ConnectionBar(() => feed.open());
const camera = new OwnCamera(socketUrl("v1/push"), {
  onBegin: (streamId) => {
    grid.add(streamId);
    // Where one stream is shown alone, the others are hidden.
    if (views.current.name === "stream") views.goTo({ name: "stream", id: streamId });
    askPreviews();
    void listed();
  },
  onFrame: (result, picture) => {
    const card = grid.card(result.streamId);
    card?.addResult(result);
    if (card) card.addPicture(result.seq, picture);
    else picture.close();
  },
  onStopped: (streamId) => void forget(streamId),
});
const feed = new FeedConnection(socketUrl("v1/feed"), {
  onMessage: receive,
  onPreview: (preview) => {
    if (!camera.owns(preview.streamId)) grid.card(preview.streamId)?.addPreview(preview);
  },
  onState: (state) => {
    bar.show(state);
    document.body.classList.toggle("offline", state.state !== "open");
  },
  isRefused: async () => (await listed()) === "unauthenticated",
});

startTheme(byId("theme", HTMLButtonElement), () => grid.recolour());
const openAddForm = startAddStreamForm(
  (request) => api.addStream(request),
  (added) => {
    grid.add(added.id).setInfo(added);
    if (views.current.name === "stream") views.leave();
    grid.card(added.id)?.focusControls();
  },
);
for (const button of document.querySelectorAll("[data-open-add]")) button.addEventListener("click", openAddForm);
byId("wall", HTMLButtonElement).addEventListener("click", toggleWall);
byId("missing-back", HTMLButtonElement).addEventListener("click", () => views.leave());
startShortcuts({ onWall: toggleWall, onEscape: () => views.leave() });
document.addEventListener("visibilitychange", () => {
  askPreviews();
  if (!document.hidden) bar.retryIfWaiting();
});
window.addEventListener("online", () => bar.retryIfWaiting());
setInterval(() => {
  bar.tick(Date.now());
  grid.tick();
}, 1000);
showView(views.current);
feed.open();

/** @param {ServerMessage} message */
function receive(message) {
  if (message.type === "frame") {
    // The own camera's are drawn from the answers to its frames.
    if (!camera.owns(message.streamId)) grid.card(message.streamId)?.addResult(message);
  } else if (message.type === "episode") grid.card(message.streamId)?.tellEpisode(message);
  else if (message.type === "stream") grid.show(message);
  else if (message.type === "hello") {
    // The style sheet hides what this client may not do.
    document.body.dataset.role = message.role;
    showPrivacy(message.privacy);
    const pictures = givesPictures(message.privacy);
    camera.setPictures(pictures);
    grid.begin(message.streams, pictures);
    void listed();
  } else if (message.type === "drops") grid.setViewerDrops(message);
  else if (message.type === "bye") bar.setFarewell(wordsForCode(message.code, message.message).what);
}

/**
 * @param {View} view
 * @param {View} [before]
 */
function showView(view, before) {
  for (const name of ["grid", "wall", "stream"]) document.body.classList.toggle(`view-${name}`, name === view.name);
  grid.setView(view);
  wall.set(view.name === "wall");
  const card = view.name === "stream" ? grid.card(view.id) : undefined;
  document.title = view.name === "wall" ? "Wall – Emostream" : view.name === "stream" ? `${card?.name ?? view.id} – Emostream` : "Emostream";
  if (before !== undefined) scrollTo(0, 0);
  if (before?.name === "wall") byId("wall", HTMLButtonElement).focus();
  if (view.name === "stream" && before !== undefined) card?.focusControls();
  else if (before?.name === "stream") {
    const left = grid.card(before.id);
    left?.element.scrollIntoView({ block: "nearest" });
    left?.focusControls();
  }
  askPreviews();
}

function toggleWall() {
  if (views.current.name === "wall") views.leave();
  else {
    views.goTo({ name: "wall" });
    void wall.fill();
  }
}

/** Pictures of those streams only that somebody can see; the own camera's are here already. */
function askPreviews() {
  feed.setPreviews(document.hidden ? [] : grid.cards.filter((card) => card.visible && !camera.owns(card.id)).map((card) => card.id));
}

/** @param {string} path */
function socketUrl(path) {
  const url = new URL(path, document.baseURI);
  url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
  return url;
}

/**
 * Removes the stream of a camera that was turned off. Where that fails, the server does it by itself a little later.
 * @param {string} streamId
 */
async function forget(streamId) {
  try {
    await api.removeStream(streamId);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
  }
}

/** Asks for the names and sources of all streams, which the feed does not carry. Gives the code of a failure. */
async function listed() {
  try {
    for (const info of await api.listStreams()) grid.card(info.id)?.setInfo(info);
    return undefined;
  } catch (error) {
    if (error instanceof ApiError) return error.code;
    throw error;
  }
}

/**
 * @param {StreamCard} card
 * @param {CardAction} action
 */
async function act(card, action) {
  if (action === "details") {
    views.goTo({ name: "stream", id: card.id });
    return;
  }
  if (action === "back") {
    views.leave();
    return;
  }
  if (action === "remove" && !(await confirmRemoval(`Remove ${card.name}? Its settings are forgotten; the camera is not touched.`))) return;
  card.setAlert(undefined);
  try {
    if (action === "pause") await api.pauseStream(card.id);
    else if (action === "resume") await api.resumeStream(card.id);
    else {
      await api.removeStream(card.id);
      if (card.focused) views.leave();
      grid.remove(card.id);
    }
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { what, hint } = wordsForCode(error.code, error.message);
    card.setAlert([what, hint].filter(Boolean).join(". "));
  }
}
