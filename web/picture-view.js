// The canvas of one stream: pairs pictures with results, draws each pair in one task, closes every bitmap.
// For tests and integrators the canvas says in its data attributes what stands on it; they change in the task that draws.

import { resizeCanvas } from "./canvas.js";
import { emotionColours } from "./emotions.js";
import { el } from "./dom.js";
import { FramePairing } from "./frame-pairing.js";
import { overlayScale } from "./overlay-layout.js";
import { paintFrame } from "./overlay.js";
import { PictureDecoder } from "./picture-decoder.js";

/** @import {FrameMessage} from "../src/core/feed.ts" */
/** @import {FramePair} from "./frame-pairing.js" */
/** @import {PreviewMessage} from "./preview-codec.js" */
/** @import {Place} from "./overlay-layout.js" */

/** Largest side of the canvas, in its own pixels. */
const maxCanvasSide = 4096;

/** Shows the newest complete frame of a stream. */
export class PictureView {
  element = el("canvas", { class: "picture-canvas", role: "img" });
  /** @type {(result: FrameMessage) => void} */
  #onDrawn;
  /** @type {FramePairing<ImageBitmap, FrameMessage>} */
  #pairing = new FramePairing((bitmap) => bitmap.close());
  #decoder = new PictureDecoder((seq, bitmap) => this.addPicture(seq, bitmap));
  /** @type {FramePair<ImageBitmap | undefined, FrameMessage> | undefined} */
  #shown;
  /** Read once: over pictures they are the same in either theme. @type {ReturnType<typeof emotionColours> | undefined} */
  #colours;
  /** @type {Map<number, Place>} */
  #places = new Map();
  #lastResultSeq = -1;
  #frameRequest = 0;
  #visible = true;
  /** False where the server gives no pictures: then each result is drawn alone. */
  #pictures = true;
  /** @type {FrameMessage | undefined} */
  #alone;
  /** @type {{ width: number, height: number } | undefined} */
  #room;
  #resized = new ResizeObserver(([entry]) => this.#resize(entry?.contentRect));

  /** @param {(result: FrameMessage) => void} onDrawn called in the task that drew the frame */
  constructor(onDrawn) {
    this.#onDrawn = onDrawn;
    this.#resized.observe(this.element);
  }

  /** @param {FrameMessage} result */
  addResult(result) {
    // Results of a connection come in order: a lower seq means that the stream was begun anew.
    if (result.seq <= this.#lastResultSeq) this.reset();
    this.#lastResultSeq = result.seq;
    if (!this.#pictures) {
      this.#alone = result;
      this.#request();
      return;
    }
    this.#pairing.addResult(result.seq, result);
    this.#request();
  }

  /** @param {PreviewMessage} preview */
  addPreview(preview) {
    if (this.#visible) this.#decoder.push(preview.seq, preview.jpeg);
  }

  /**
   * @param {number} seq
   * @param {ImageBitmap} bitmap taken over
   */
  addPicture(seq, bitmap) {
    if (!this.#pictures) {
      bitmap.close();
      return;
    }
    this.#pairing.addPicture(seq, bitmap);
    this.#request();
  }

  /** @param {boolean} visible false while nobody can see the stream: nothing is decoded then */
  setVisible(visible) {
    this.#visible = visible;
  }

  /** @param {boolean} pictures whether there are pictures; without them boxes stand on a plain ground */
  setPictures(pictures) {
    if (pictures === this.#pictures) return;
    this.#pictures = pictures;
    this.reset();
  }

  /** Forgets frames on their way; the picture shown stays until the next one. */
  reset() {
    this.#decoder.reset();
    this.#pairing.reset();
    this.#alone = undefined;
    this.#lastResultSeq = -1;
  }

  /** Lets everything go; the view is not used again. */
  close() {
    this.reset();
    cancelAnimationFrame(this.#frameRequest);
    this.#resized.disconnect();
    this.#show(undefined);
  }

  #request() {
    if (this.#frameRequest !== 0 || (!this.#pairing.ready && !this.#alone)) return;
    this.#frameRequest = requestAnimationFrame(() => {
      this.#frameRequest = 0;
      const alone = this.#alone && { seq: this.#alone.seq, picture: undefined, result: this.#alone };
      const frame = alone ?? this.#pairing.take();
      this.#alone = undefined;
      if (!frame) return;
      this.#show(frame);
      this.#draw();
      this.#onDrawn(frame.result);
    });
  }

  /** @param {FramePair<ImageBitmap | undefined, FrameMessage> | undefined} frame */
  #show(frame) {
    this.#shown?.picture?.close();
    this.#shown = frame;
  }

  /** @param {DOMRectReadOnly | undefined} room */
  #resize(room) {
    if (!room || (room.width === this.#room?.width && room.height === this.#room.height)) return;
    this.#room = { width: room.width, height: room.height };
    if (this.#shown) this.#draw();
  }

  #draw() {
    const shown = this.#shown;
    const context = this.element.getContext("2d");
    if (!shown || !context) return;
    this.#fit(shown.result);
    const shownWidth = this.#shownWidth();
    const unit = (this.element.width / shownWidth) * overlayScale(shownWidth);
    this.#colours ??= emotionColours(this.element);
    paintFrame(context, shown.picture, shown.result, { unit, colours: this.#colours, places: this.#places });
    const { dataset } = this.element;
    dataset.seq = String(shown.seq);
    dataset.overlaySeq = String(shown.result.seq);
    dataset.faces = String(shown.result.faces.length);
  }

  /**
   * Gives the canvas the picture's shape at the screen's resolution.
   * @param {FrameMessage} result
   */
  #fit(result) {
    const width = Math.min(maxCanvasSide, Math.round(this.#shownWidth() * devicePixelRatio));
    const height = Math.max(1, Math.round((width * result.height) / result.width));
    resizeCanvas(this.element, width, height);
  }

  /** Width of the picture on the page in CSS pixels; the style sheet gives the element the picture's shape. */
  #shownWidth() {
    return Math.max(1, this.#room?.width ?? this.element.clientWidth);
  }
}
