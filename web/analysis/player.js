// The film, with what is known of each frame over it. The position is the player's own, so that curves and boxes can be looked at where
// the browser cannot play the film.

import { fitCanvas } from "../canvas.js";
import { el, setText } from "../dom.js";
import { emotionColours } from "../emotions.js";
import { iconButton, setIconButton } from "../icon-button.js";
import { paintFaces, placeFaces } from "../overlay.js";
import { overlayScale } from "../overlay-layout.js";
import { trackColour, trackInk } from "../track-colours.js";
import { FrameStore } from "./frame-store.js";
import { OwnClock } from "./own-clock.js";
import { clock, shortName } from "./words.js";

/** @import {AnalysisFrames} from "../../src/server/analysis-views.ts" */
/** @import {Part} from "../overlay.js" */

/**
 * @typedef {object} PlayerOptions
 * @property {string | undefined} address of the film; undefined where the server gives no pictures
 * @property {() => Promise<string>} whyNoFilm words for a film that does not play
 * @property {string} name
 * @property {string | undefined} drawnAddress of the annotated copy, which browsers can play
 * @property {number} durationMs
 * @property {number} width of the picture
 * @property {number} height
 * @property {(fromMs: number, toMs: number) => Promise<AnalysisFrames>} fetchFrames
 * @property {(trackId: number) => { name: string, colourId: number }} nameOf
 * @property {(timeMs: number) => void} onTime
 */

/** Without bars: the curves are below. @type {ReadonlySet<Part>} */
const shownParts = new Set(["box", "label"]);
const speeds = [0.25, 0.5, 1, 1.5, 2, 4];

/** A video element, its overlay and its controls. */
export class Player {
  element;
  #video;
  #overlay = el("canvas", { class: "overlay", "aria-hidden": "true" });
  #notice = el("div", { class: "player-notice", role: "status", hidden: true });
  #play;
  #sound;
  #time = el("span", { class: "player-time" });
  #options;
  #frames;
  /** @type {ReturnType<typeof emotionColours> | undefined} */
  #colours;
  #timeMs = 0;
  #playable = true;
  #drawn = false;
  #request = 0;
  #clock = new OwnClock((timeMs) => this.#ticked(timeMs));
  #resized = new ResizeObserver(() => this.#paint());

  /** @param {PlayerOptions} options */
  constructor(options) {
    this.#options = options;
    this.#frames = new FrameStore(options.fetchFrames, () => this.#paint());
    this.#video = el("video", { class: "film", playsinline: true, preload: "auto", tabindex: -1, src: options.address, "aria-label": options.name });
    this.#play = iconButton("play", "Play", { onClick: () => void this.toggle() });
    this.#sound = iconButton("sound", "Mute", { onClick: () => this.#mute() });
    const speed = el("select", { class: "player-speed", "aria-label": "Speed" }, ...speeds.map((s) => el("option", { value: s, text: `${s}×`, selected: s === 1 })));
    speed.addEventListener("change", () => (this.#clock.rate = this.#video.playbackRate = Number(speed.value)));
    const stage = el("div", { class: "stage" }, this.#video, this.#overlay);
    stage.style.aspectRatio = `${Math.max(1, options.width)} / ${Math.max(1, options.height)}`;
    const bar = el("div", { class: "player-bar" }, this.#play, iconButton("stepBack", "One frame back", { onClick: () => this.#step(-1) }), iconButton("stepForward", "One frame on", { onClick: () => this.#step(1) }), this.#time, el("span", { class: "spring" }), this.#sound, speed);
    this.element = el("div", { class: "player" }, el("div", { class: "stage-room" }, stage), this.#notice, bar);
    this.#listen();
    this.#resized.observe(this.#overlay);
    this.#moved(0);
    if (options.address === undefined) void this.#unplayable();
  }

  get timeMs() {
    return this.#timeMs;
  }

  get playing() {
    return this.#playable ? !this.#video.paused && !this.#video.ended : this.#clock.running;
  }

  /** Goes to a time. @param {number} timeMs */
  seek(timeMs) {
    const target = Math.min(Math.max(0, timeMs), Math.max(0, this.#options.durationMs - 1));
    // A little into the frame: its time as a fraction of seconds may lie just before it.
    if (this.#playable) this.#video.currentTime = (target + 1) / 1000;
    else if (this.#clock.running) this.#clock.start(target);
    this.#moved(target);
  }

  /** Plays or pauses. */
  async toggle() {
    if (!this.#playable) this.#toggleClock();
    else if (this.playing) this.#video.pause();
    else await this.#video.play().catch(() => void this.#unplayable());
  }

  /** Draws again: names or colours have changed. */
  repaint() {
    this.#paint();
  }

  /** Lets the film go. */
  close() {
    this.#resized.disconnect();
    cancelAnimationFrame(this.#request);
    this.#clock.stop();
    this.#playable = false;
    this.#video.pause();
    this.#video.removeAttribute("src");
    this.#video.load();
  }

  #listen() {
    const video = this.#video;
    video.addEventListener("error", () => void this.#unplayable());
    video.addEventListener("loadedmetadata", () => {
      // Sound without a picture: the browser knows the one and not the other.
      if (video.videoWidth === 0) void this.#unplayable();
    });
    for (const name of ["play", "pause", "ended"]) video.addEventListener(name, () => this.#showPlaying());
    this.#follow();
  }

  /** Takes the time of the very frame that is shown; where the browser does not tell it, the player's clock. */
  #follow() {
    const video = this.#video;
    if ("requestVideoFrameCallback" in video) {
      const onFrame = (/** @type {number} */ _now, /** @type {{ mediaTime: number }} */ { mediaTime }) => {
        if (!this.#playable) return;
        if (!video.seeking) this.#moved(mediaTime * 1000);
        video.requestVideoFrameCallback(onFrame);
      };
      video.requestVideoFrameCallback(onFrame);
    } else {
      const tick = () => {
        if (this.playing) this.#moved(this.#video.currentTime * 1000);
        this.#request = requestAnimationFrame(tick);
      };
      cancelAnimationFrame(this.#request);
      tick();
    }
  }

  /** @param {number} timeMs */
  #moved(timeMs) {
    this.#timeMs = timeMs;
    setText(this.#time, `${clock(timeMs, 1)} / ${clock(this.#options.durationMs)}`);
    this.#frames.want(timeMs);
    this.#paint();
    this.#options.onTime(timeMs);
  }

  #paint() {
    const canvas = this.#overlay;
    const context = fitCanvas(canvas);
    if (!context) return;
    const frame = this.#frames.at(this.#timeMs);
    const { nameOf } = this.#options;
    context.clearRect(0, 0, canvas.width, canvas.height);
    if (frame && !this.#drawn) {
      paintFaces(context, placeFaces(frame, canvas), {
        unit: devicePixelRatio * overlayScale(canvas.clientWidth),
        colours: (this.#colours ??= emotionColours(this.element)),
        places: new Map(),
        show: shownParts,
        colourOf: ({ trackId }) => ({ paint: trackColour(nameOf(trackId).colourId), ink: trackInk }),
        nameOf: ({ trackId }) => shortName(nameOf(trackId).name),
      });
    }
    canvas.dataset.seq = String(frame?.seq ?? "");
    canvas.dataset.timeMs = String(frame?.timeMs ?? "");
    canvas.dataset.faces = String(frame?.faces.length ?? "");
  }

  #toggleClock() {
    if (this.#clock.running) this.#clock.stop();
    else this.#clock.start(this.#timeMs >= this.#options.durationMs - 1 ? 0 : this.#timeMs);
    this.#showPlaying();
  }

  /** @param {number} timeMs of the own clock */
  #ticked(timeMs) {
    const lastMs = Math.max(0, this.#options.durationMs - 1);
    if (timeMs >= lastMs) this.#toggleClock();
    this.#moved(Math.min(timeMs, lastMs));
  }

  /** @param {1 | -1} step */
  #step(step) {
    if (this.playing) void this.toggle();
    const timeMs = this.#frames.neighbour(this.#timeMs, step);
    if (timeMs !== undefined) this.seek(timeMs);
  }

  #mute() {
    this.#video.muted = !this.#video.muted;
    if (this.#video.muted) setIconButton(this.#sound, "muted", "Sound on");
    else setIconButton(this.#sound, "sound", "Mute");
  }

  #showPlaying() {
    if (this.playing) setIconButton(this.#play, "pause", "Pause");
    else setIconButton(this.#play, "play", "Play");
  }

  async #unplayable() {
    if (!this.#playable) return;
    this.#playable = false;
    this.element.dataset.playable = "no";
    this.#showPlaying();
    const { drawnAddress, whyNoFilm } = this.#options;
    this.#notice.replaceChildren(el("p", { text: await whyNoFilm() }));
    if (drawnAddress !== undefined && !this.#drawn) {
      const other = el("button", { class: "button", type: "button", text: "Play the copy with faces drawn in" });
      other.addEventListener("click", () => this.#playDrawn(drawnAddress));
      this.#notice.append(other);
    }
    this.#notice.hidden = false;
  }

  /** @param {string} address */
  #playDrawn(address) {
    this.#drawn = true;
    this.#clock.stop();
    this.#playable = true;
    this.#showPlaying();
    this.#notice.hidden = true;
    this.element.dataset.playable = "drawn";
    this.#video.src = address;
    this.#video.currentTime = this.#timeMs / 1000;
    this.#follow();
  }
}
