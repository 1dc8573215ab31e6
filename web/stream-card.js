// One stream in the grid: its name and state, figures, controls, the picture and its faces.

import { el, setText } from "./dom.js";
import { FacePanel } from "./face-panel.js";
import { icon } from "./icons.js";
import { PictureView } from "./picture-view.js";
import { RateMeter } from "./rate-meter.js";
import { showDetails } from "./stream-details.js";
import { StreamNotice } from "./stream-notice.js";
import { stateWords } from "./words.js";

/** @import {Counters, EpisodeMessage, FrameMessage, StreamMessage, StreamStatus} from "../src/core/feed.ts" */
/** @import {StreamInfo} from "../src/server/schemas.ts" */
/** @import {IconName} from "./icons.js" */
/** @import {PreviewMessage} from "./preview-codec.js" */

/** @typedef {"pause" | "resume" | "remove" | "focus"} CardAction */

/** Everything on screen of one stream. */
export class StreamCard {
  #title = el("h2", { class: "card-title" });
  #state = el("span", { class: "state" });
  #figures = el("span", { class: "figures" });
  #details = el("div", { class: "details", hidden: true });
  #alert = el("p", { class: "card-alert", role: "alert", hidden: true });
  #detailsButton = iconButton("info", "Details");
  #pauseButton = iconButton("pause", "Pause");
  #focusButton = iconButton("enlarge", "Enlarge");
  #removeButton = iconButton("remove", "Remove");
  #notice = new StreamNotice();
  #panel;
  #view = new PictureView((result) => this.#drawn(result));
  #frame = el("div", { class: "picture" }, this.#view.element, this.#notice.element);
  #seen = new IntersectionObserver(([entry]) => this.#view.setVisible(entry?.isIntersecting ?? true));
  #meter = new RateMeter();
  #faceCount = 0;
  #focused = false;
  /** @type {string | undefined} */
  #source;
  /** @type {StreamStatus | undefined} */
  #status;
  /** @type {Counters | undefined} */
  #counters;
  #viewerDrops = { frames: 0, previews: 0 };

  /**
   * @param {string} id
   * @param {(action: CardAction) => void} onAction
   */
  constructor(id, onAction) {
    this.id = id;
    this.#panel = new FacePanel(id);
    this.#title.id = `stream-${id}`;
    this.element = el(
      "article",
      { class: "card", "aria-labelledby": this.#title.id, "data-stream": id },
      el(
        "header",
        { class: "card-head" },
        el("div", { class: "card-name" }, this.#title, el("p", { class: "card-line" }, this.#state, this.#figures)),
        el("div", { class: "card-actions" }, this.#detailsButton, this.#pauseButton, this.#focusButton, this.#removeButton),
        this.#details,
      ),
      this.#alert,
      el("div", { class: "card-body" }, this.#frame, this.#panel.element),
    );
    this.#setName(id);
    this.#pauseButton.addEventListener("click", () => onAction(this.#mayResume() ? "resume" : "pause"));
    this.#focusButton.addEventListener("click", () => onAction("focus"));
    this.#view.element.addEventListener("click", () => onAction("focus"));
    this.#removeButton.addEventListener("click", () => onAction("remove"));
    this.#watchDetails();
    this.#seen.observe(this.element);
    this.setStatus({ state: "connecting", attempt: 0, fps: 0 }, undefined);
  }

  /** Name for people. */
  get name() {
    return this.#title.textContent ?? this.id;
  }

  /** State as shown now. */
  get state() {
    return this.#status?.state ?? "connecting";
  }

  /** Faces in the frame that is drawn. */
  get faceCount() {
    return this.state === "live" ? this.#faceCount : 0;
  }

  /** @param {StreamInfo} info */
  setInfo(info) {
    this.#source = info.source;
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
    this.#pauseButton.replaceChildren(icon(resume ? "play" : "pause"));
    this.#pauseButton.dataset.action = resume ? "resume" : "pause";
    this.#labelButton(this.#pauseButton, status.state === "paused" ? "Resume" : resume ? "Start again" : "Pause");
    this.tick();
  }

  /** @param {FrameMessage} result */
  addResult(result) {
    this.#meter.add(performance.now(), result.latencyMs);
    this.#view.addResult(result);
  }

  /** @param {EpisodeMessage} message */
  tellEpisode(message) {
    this.#panel.tellEpisode(message);
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
  }

  /** Once a second: figures and countdown. */
  tick() {
    const fps = this.#meter.fps(performance.now());
    const latencyMs = this.#meter.latencyMs();
    const parts = this.state === "live" && fps > 0 ? [`${fps.toFixed(fps < 10 ? 1 : 0)} fps`, ...(latencyMs === undefined ? [] : [`${Math.round(latencyMs)} ms`])] : [];
    setText(this.#figures, parts.join(" · "));
    this.#notice.tick(Date.now());
    if (!this.#details.hidden) this.#fillDetails();
  }

  /** Draws again what depends on the page's colours. */
  recolour() {
    this.#panel.repaint(performance.now());
  }

  /** @param {boolean} focused whether this stream alone is shown */
  setFocused(focused) {
    this.#focused = focused;
    this.element.classList.toggle("focused", focused);
    this.#focusButton.replaceChildren(icon(focused ? "shrink" : "enlarge"));
    this.#labelButton(this.#focusButton, focused ? "Show all streams" : "Enlarge");
  }

  get focused() {
    return this.#focused;
  }

  /** Puts the keyboard on the enlarge button, which has the same place in both views. */
  focusControls() {
    this.#focusButton.focus();
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
    this.#faceCount = result.faces.length;
    this.#setShape(result.width, result.height);
    this.#panel.show(result, performance.now());
  }

  /** @param {string} name */
  #setName(name) {
    setText(this.#title, name);
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

  #watchDetails() {
    const show = (/** @type {boolean} */ open) => {
      this.#details.hidden = !open;
      this.#detailsButton.setAttribute("aria-expanded", String(open));
      if (open) this.#fillDetails();
    };
    show(false);
    this.#detailsButton.addEventListener("click", () => show(this.#details.hidden === true));
    this.element.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || this.#details.hidden) return;
      event.stopPropagation();
      show(false);
      this.#detailsButton.focus();
    });
    this.element.addEventListener("focusout", (event) => {
      const to = event.relatedTarget;
      if (to instanceof Node && !this.#details.contains(to) && to !== this.#detailsButton) show(false);
    });
  }

  #fillDetails() {
    showDetails(this.#details, { id: this.id, source: this.#source, status: this.#status, counters: this.#counters, viewerDrops: this.#viewerDrops });
  }
}

/**
 * @param {IconName} name
 * @param {string} label
 */
function iconButton(name, label) {
  return el("button", { class: "icon-button", type: "button", "aria-label": label, title: label }, icon(name));
}
