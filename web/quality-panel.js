// How good the analysis of one stream is: its pace, what it loses and why, and how well its faces can be seen.

import { el } from "./dom.js";
import { percent } from "./emotions.js";
import { FactList } from "./stream-facts.js";
import { dropWords, wordsForPace } from "./words.js";

/** @import {Counters, StreamStatus} from "../src/core/feed.ts" */
/** @import {StreamInfo} from "../src/server/schemas.ts" */
/** @import {Quality} from "./quality-meter.js" */
/** @import {Fact} from "./stream-facts.js" */

/** Side of the crop that the emotion model gets; smaller faces are enlarged for it. */
const cropSide = 48;

/**
 * @typedef {object} QualityInput
 * @property {string} id
 * @property {StreamInfo | undefined} info
 * @property {StreamStatus} status
 * @property {Counters | undefined} counters
 * @property {Quality} quality
 * @property {{ frames: number, previews: number }} viewerDrops left out for this viewer because it read too slowly
 */

/** The panel with figures. */
export class QualityPanel {
  #pace = new FactList();
  #faces = new FactList();
  #frames = new FactList();
  #drops = new FactList();
  #source = new FactList();
  #dropsTitle = el("h4", { text: "Why frames were dropped" });
  element = el(
    "section",
    { class: "panel-box quality" },
    el("h3", { text: "Quality" }),
    el(
      "div",
      { class: "fact-groups" },
      el("div", {}, el("h4", { text: "Pace" }), this.#pace.element),
      el("div", {}, el("h4", { text: "Faces, last minute" }), this.#faces.element),
      el("div", {}, el("h4", { text: "Frames" }), this.#frames.element, this.#dropsTitle, this.#drops.element),
      el("div", {}, el("h4", { text: "Source" }), this.#source.element),
    ),
  );

  /** @param {QualityInput} input */
  show({ id, info, status, counters, quality, viewerDrops }) {
    this.#pace.show([
      ["Analysed", `${round(status.fps)} fps`, status.sourceFps === undefined ? "" : `of ${round(status.sourceFps)}`],
      ["Latency", status.latencyMs === undefined ? "–" : `${Math.round(status.latencyMs)} ms`],
      ...(status.pace === undefined ? [] : /** @type {Fact[]} */ ([["Share of the engine", wordsForPace(status.pace)]])),
    ]);
    this.#faces.show(facesFacts(quality));
    const dropped = Object.entries(counters?.dropped ?? {}).filter(([, n]) => n > 0);
    this.#frames.show(
      counters === undefined
        ? []
        : [
            ["Decoded", count(counters.decoded)],
            ["Analysed", count(counters.analysed), counters.decoded === 0 ? "" : percent(counters.analysed / counters.decoded)],
            ...(status.stillFrames ? /** @type {Fact[]} */ ([["Of these empty and still", count(status.stillFrames)]]) : []),
            ["On their way", count(counters.inFlight)],
            ["Dropped", count(dropped.reduce((sum, [, n]) => sum + n, 0))],
          ],
    );
    /** @type {Fact[]} */
    const reasons = dropped.map(([reason, n]) => [dropWord(reason), count(n)]);
    if (viewerDrops.previews > 0) reasons.push(["This browser was too slow", count(viewerDrops.previews)]);
    this.#drops.show(reasons);
    this.#dropsTitle.hidden = reasons.length === 0;
    this.#source.show([
      ["Id", id],
      ...(info === undefined ? [] : /** @type {Fact[]} */ ([["Address", info.source]])),
      ...(status.width && status.height ? /** @type {Fact[]} */ ([["Picture", `${status.width} × ${status.height}`, status.codec]]) : []),
      ...(info?.persistent === false ? /** @type {Fact[]} */ ([["After a restart", "forgotten"]]) : []),
    ]);
  }
}

/**
 * @param {Quality} quality
 * @returns {Fact[]}
 */
function facesFacts({ frames, faces, uncertainShare, faceSize, sharpness }) {
  if (frames === 0) return [["A frame", "–"]];
  return [
    ["A frame", round(faces)],
    ["Size", faceSize === undefined ? "–" : `${Math.round(faceSize)} px`, faceSize !== undefined && faceSize < cropSide ? `small: below ${cropSide} px faces are enlarged` : ""],
    ["Sharpness", sharpness === undefined ? "–" : sharpness.toFixed(2)],
    ["Uncertain", uncertainShare === undefined ? "–" : percent(uncertainShare)],
  ];
}

/** @param {string} reason */
function dropWord(reason) {
  return Object.hasOwn(dropWords, reason) ? dropWords[/** @type {keyof Counters["dropped"]} */ (reason)] : reason;
}

/** @param {number} n */
function count(n) {
  return n.toLocaleString("en-GB");
}

/** @param {number} n */
function round(n) {
  return String(Math.round(n * 10) / 10);
}
