// The transparent canvas: draws while something moves, and rests otherwise.
// For tests and integrators it says in its data attributes what stands on it, as the viewer's canvases do.

import { fitCanvas, systemFont } from "../canvas.js";
import { emotionColours } from "../emotions.js";
import { paintFaces } from "../overlay.js";
import { colourChooser } from "./colour.js";
import { FaceMotion } from "./face-motion.js";

/** @import {FrameMessage} from "../../src/core/feed.ts" */
/** @import {OverlayStyle} from "../overlay.js" */
/** @import {OverlayParams} from "./params.js" */

/** Sizes grow with the source: at this many CSS pixels of width a chip has its nominal size. */
const nominalWidth = 960;
const leastScale = 0.6;

/** Draws the faces of one stream. */
export class OverlayView {
  #canvas;
  #params;
  #motion;
  /** @type {Omit<OverlayStyle, "unit">} */
  #style;
  /** @type {FrameMessage | undefined} */
  #last;
  #request = 0;

  /**
   * @param {HTMLCanvasElement} canvas
   * @param {OverlayParams} params
   */
  constructor(canvas, params) {
    this.#canvas = canvas;
    this.#params = params;
    this.#motion = new FaceMotion(params);
    const colours = emotionColours(canvas);
    const font = params.font && `"${params.font}", ${systemFont}`;
    this.#style = { colours, places: new Map(), show: params.show, colourOf: colourChooser(params.color, colours), ...(font && { font }) };
    new ResizeObserver(() => this.#draw()).observe(canvas);
  }

  /** @param {FrameMessage} result */
  show(result) {
    this.#last = result;
    this.#motion.update(result, performance.now());
    this.#ask();
  }

  /** Lets every face fade: the stream is not live, or the server is gone. */
  clear() {
    this.#motion.clear(performance.now());
    this.#ask();
  }

  #ask() {
    if (this.#request !== 0) return;
    this.#request = requestAnimationFrame(() => {
      this.#request = 0;
      if (this.#draw()) this.#ask();
    });
  }

  /** Whether there is more to come. */
  #draw() {
    const last = this.#last;
    const context = last && fitCanvas(this.#canvas);
    if (!context) return false;
    const { width, height } = this.#canvas;
    context.clearRect(0, 0, width, height);
    const unit = devicePixelRatio * Math.max(leastScale, this.#canvas.clientWidth / nominalWidth) * this.#params.size;
    const { faces, moving } = this.#motion.at(performance.now());
    const place = this.#placing(last, width, height);
    paintFaces(context, faces.map((face) => ({ ...face, box: place.box(face.box), points: face.points.map(place.point) })), { ...this.#style, unit });
    const { dataset } = this.#canvas;
    dataset.seq = String(last.seq);
    dataset.ptsMs = String(last.ptsMs);
    dataset.faces = String(faces.length);
    return moving;
  }

  /**
   * From shares of the picture to canvas pixels. The picture keeps its shape, as OBS keeps that of a camera that it fits into the scene.
   * @param {{ width: number, height: number }} picture
   * @param {number} width
   * @param {number} height
   */
  #placing(picture, width, height) {
    const { fit, mirror } = this.#params;
    const scales = [width / picture.width, height / picture.height];
    const scale = fit === "cover" ? Math.max(...scales) : Math.min(...scales);
    const [w, h] = [picture.width * scale, picture.height * scale];
    const [left, top] = [(width - w) / 2, (height - h) / 2];
    const x = (/** @type {number} */ share) => left + (mirror ? 1 - share : share) * w;
    return {
      point: (/** @type {{ x: number, y: number }} */ p) => ({ x: x(p.x), y: top + p.y * h }),
      box: (/** @type {{ x: number, y: number, width: number, height: number }} */ b) => ({ x: x(mirror ? b.x + b.width : b.x), y: top + b.y * h, width: b.width * w, height: b.height * h }),
    };
  }
}
