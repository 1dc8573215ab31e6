// One stream on the page: its name and state, figures, controls, the picture and its faces; with its details below where it is shown alone.

import { el, setText } from "./dom.js";
import { FacePanel } from "./face-panel.js";
import { iconButton, setIconButton } from "./icon-button.js";
import { PictureView } from "./picture-view.js";
import { RateMeter } from "./rate-meter.js";
import { StreamNotice } from "./stream-notice.js";
import { StreamRecord } from "./stream-record.js";
import { stateWords } from "./words.js";

/** @import {Counters, EpisodeMessage, FrameMessage, StreamMessage, StreamStatus} from "../src/core/feed.ts" */
/** @import {StreamInfo} from "../src/server/schemas.ts" */
/** @import {PreviewMessage} from "./preview-codec.js" */
/** @import {StreamView} from "./stream-view.js" */

/** @typedef {"pause" | "resume" | "remove" | "details" | "back"} CardAction */

/**
 * @typedef {object} CardHandlers
 * @property {(action: CardAction) => void} onAction
 * @property {() => void} onVisible whether its picture can be seen has changed
 */

/** Everything on screen of one stream. */
export class StreamCard {
  #title = el("h2", { class: "card-title" });
  #state = el("span", { class: "state" });
  #figures = el("span", { class: "figures" });
  #alert = el("p", { class: "card-alert", role: "alert", hidden: true });
  #backButton = iconButton("back", "All streams");
  #pauseButton = iconButton("pause", "Pause", { admin: true });
  #detailsButton = iconButton("enlarge", "Details");
  #removeButton = iconButton("remove", "Remove", { admin: true });
  #notice = new StreamNotice();
  #panel;
  #view = new PictureView((result) => this.#drawn(result));
  #frame = el("div", { class: "picture" }, this.#view.element, this.#notice.element);
  #seen;
  #record = new StreamRecord();
  #meter = new RateMeter();
  #faceCount = 0;
  #inSight = false;
  #onWall = false;
  /** Its details, while it is shown alone. @type {StreamView | undefined} */
  #details;
  /** @type {StreamInfo | undefined} */
  #info;
  /** @type {StreamStatus} */
  #status = { state: "connecting", attempt: 0, fps: 0 };
  /** @type {Counters | undefined} */
  #counters;
  #viewerDrops = { frames: 0, previews: 0 };

  /**
   * @param {string} id
   * @param {CardHandlers} handlers
   */
  constructor(id, { onAction, onVisible }) {
    this.id = id;
    this.#panel = new FacePanel(id);
    this.#title.id = `stream-${id}`;
    this.#backButton.hidden = true;
    this.element = el(
      "article",
      { class: "card", "aria-labelledby": this.#title.id, "data-stream": id },
      el(
        "header",
        { class: "card-head" },
        this.#backButton,
        el("div", { class: "card-name" }, this.#title, el("p", { class: "card-line" }, this.#state, this.#figures)),
        el("div", { class: "card-actions" }, this.#pauseButton, this.#detailsButton, this.#removeButton),
      ),
      this.#alert,
      el("div", { class: "card-body" }, this.#frame, this.#panel.element),
    );
    this.#setName(id);
    this.#pauseButton.addEventListener("click", () => onAction(this.#mayResume() ? "resume" : "pause"));
    this.#detailsButton.addEventListener("click", () => onAction("details"));
    this.#backButton.addEventListener("click", () => onAction("back"));
    this.#view.element.addEventListener("click", () => onAction(this.focused ? "back" : "details"));
    this.#removeButton.addEventListener("click", () => onAction("remove"));
    this.#seen = new IntersectionObserver(([entry]) => {
      this.#inSight = entry?.isIntersecting ?? true;
      this.#view.setVisible(this.visible);
      onVisible();
    }, { rootMargin: "120px" });
    this.#seen.observe(this.#frame);
    this.setStatus(this.#status, undefined);
  }

  /** Name for people. */
  get name() {
    return this.#title.textContent ?? this.id;
  }

  /** State as shown now. */
  get state() {
    return this.#status.state;
  }

  /** Faces in the newest frame. */
  get faceCount() {
    return this.state === "live" ? this.#faceCount : 0;
  }

  /** Whether its picture is wanted. Shown alone it always is, as the tables below it follow its frames. */
  get visible() {
    return this.#inSight || this.focused;
  }

  /** Whether it is shown alone. */
  get focused() {
    return this.#details !== undefined;
  }

  /** @param {StreamInfo} info */
  setInfo(info) {
    this.#info = info;
    this.#setName(info.name ?? info.id);
    this.setStatus(info, info.counters);
  }

  /** @param {StreamMessage} message */
  setMessage(message) {
    this.setStatus(message.status, message.counters);
  }

  /**
   * @param {StreamStatus} status
   * @param {Counters | undefined} counters
   */
  setStatus(status, counters) {
    this.#status = status;
    this.#counters = counters ?? this.#counters;
    this.element.dataset.state = status.state;
    setText(this.#state, stateWords[status.state].word);
    this.#notice.show(status);
    if (status.width && status.height) this.#setShape(status.width, status.height);
    if (status.state !== "live" && status.state !== "stalled") this.#panel.clear();
    this.#panel.setEmptyText(status.state === "live" ? "No face in the picture" : "Faces appear here while pictures come in");
    const resume = this.#mayResume();
    const word = status.state === "paused" ? "Resume" : resume ? "Start again" : "Pause";
    setIconButton(this.#pauseButton, resume ? "play" : "pause", word);
    this.#pauseButton.dataset.action = resume ? "resume" : "pause";
    this.#labelButton(this.#pauseButton, word);
    this.tick();
  }

  /** @param {FrameMessage} result */
  addResult(result) {
    this.#faceCount = result.faces.length;
    this.#record.addResult(result, Date.now());
    this.#meter.add(performance.now(), result.latencyMs);
    this.#view.addResult(result);
  }

  /** @param {EpisodeMessage} message */
  tellEpisode(message) {
    this.#record.tellEpisode(message, Date.now());
    this.#panel.tellEpisode(message);
    this.#details?.showEpisodes(this.#record);
  }

  /** @param {PreviewMessage} preview */
  addPreview(preview) {
    this.#view.addPreview(preview);
  }

  /**
   * A decoded picture of the own camera.
   * @param {number} seq of its result
   * @param {ImageBitmap} picture taken over
   */
  addPicture(seq, picture) {
    this.#view.addPicture(seq, picture);
  }

  /** @param {{ frames: number, previews: number }} drops of this viewer since it connected */
  setViewerDrops(drops) {
    this.#viewerDrops = drops;
  }

  /** @param {boolean} pictures whether the server gives pictures */
  setPictures(pictures) {
    this.#view.setPictures(pictures);
  }

  /** The connection is new: seq may start anew. */
  reset() {
    this.#view.reset();
    this.#panel.forgetEpisodes();
    this.#record.episodes.markLost();
  }

  /** Once a second: figures and countdown. */
  tick() {
    const fps = this.#meter.fps(performance.now());
    const latencyMs = this.#meter.latencyMs();
    const parts = this.state === "live" && fps > 0 ? [`${fps.toFixed(fps < 10 ? 1 : 0)} fps`, ...(latencyMs === undefined ? [] : [`${Math.round(latencyMs)} ms`])] : [];
    setText(this.#figures, parts.join(" · "));
    this.#notice.tick(Date.now());
    this.#details?.tick(this.#record, { info: this.#info, status: this.#status, counters: this.#counters, viewerDrops: this.#viewerDrops }, Date.now());
  }

  /** Draws again what depends on the page's colours. */
  recolour() {
    this.#panel.repaint(performance.now());
    this.tick();
  }

  /**
   * Shows it alone, with these details below, or among the others again.
   * @param {StreamView | undefined} details
   */
  setFocused(details) {
    this.#details?.element.remove();
    this.#details = details;
    this.element.classList.toggle("focused", this.focused);
    this.#backButton.hidden = !this.focused;
    this.#detailsButton.hidden = this.focused;
    if (details) this.element.append(details.element);
    this.#view.setVisible(this.visible);
    this.tick();
  }

  /** @param {boolean} onWall its faces are not listed there, so nothing is done for them */
  setOnWall(onWall) {
    this.#onWall = onWall;
  }

  /** Puts the keyboard on the button that leads to the other view. */
  focusControls() {
    (this.focused ? this.#backButton : this.#detailsButton).focus();
  }

  /** @param {string | undefined} text what went wrong with a control; undefined: nothing */
  setAlert(text) {
    setText(this.#alert, text ?? "");
    this.#alert.hidden = text === undefined;
  }

  /** Takes it off the page and closes its pictures. */
  close() {
    this.#seen.disconnect();
    this.#view.close();
    this.element.remove();
  }

  /** @param {FrameMessage} result */
  #drawn(result) {
    this.#setShape(result.width, result.height);
    if (!this.#onWall) this.#panel.show(result, performance.now());
    this.#details?.show(result, Date.now());
  }

  /** @param {string} name */
  #setName(name) {
    setText(this.#title, name);
    this.#title.title = name;
    this.#view.element.setAttribute("aria-label", `Picture of ${name} with the faces that were found`);
    this.#labelButton(this.#detailsButton, "Details");
    this.#labelButton(this.#removeButton, "Remove");
  }

  /**
   * @param {HTMLButtonElement} button
   * @param {string} label
   */
  #labelButton(button, label) {
    button.setAttribute("aria-label", `${label}: ${this.#title.textContent}`);
    button.title = label;
  }

  /**
   * @param {number} width
   * @param {number} height
   */
  #setShape(width, height) {
    const shape = `${width} / ${height}`;
    if (this.#frame.dataset.shape === shape) return;
    this.#frame.dataset.shape = shape;
    this.#frame.style.setProperty("--shape", shape);
    this.#frame.style.setProperty("--ratio", String(width / height));
  }

  #mayResume() {
    return ["paused", "ended", "stopped", "failed"].includes(this.state);
  }
}
