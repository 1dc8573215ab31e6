// The popover with everything known of a stream: source, size, frames by fate and why frames were dropped.

import { el } from "./dom.js";
import { dropWords, wordsForPace } from "./words.js";

/** @import {Counters, StreamStatus} from "../src/core/feed.ts" */

/**
 * @typedef {object} Details
 * @property {string} id
 * @property {string | undefined} source
 * @property {StreamStatus | undefined} status
 * @property {Counters | undefined} counters
 * @property {{ frames: number, previews: number }} viewerDrops left out for this viewer because it read too slowly
 */

/**
 * Fills the popover.
 * @param {HTMLElement} target
 * @param {Details} details
 */
export function showDetails(target, { id, source, status, counters, viewerDrops }) {
  /** @type {[string, string][]} */
  const rows = [["Id", id]];
  if (source) rows.push(["Source", source]);
  if (status?.width && status.height) rows.push(["Picture", [`${status.width} × ${status.height}`, status.codec, status.sourceFps && `${round(status.sourceFps)} fps`].filter(Boolean).join(", ")]);
  if (status?.pace) rows.push(["Pace", wordsForPace(status.pace)]);
  if (counters) {
    rows.push(["Frames decoded", count(counters.decoded)], ["Analysed", count(counters.analysed)], ...still(status), ["On their way", count(counters.inFlight)]);
    rows.push(["Dropped", count(Object.values(counters.dropped).reduce((a, b) => a + b, 0))]);
  }
  const drops = Object.entries(counters?.dropped ?? {}).filter(([, n]) => n > 0);
  if (viewerDrops.previews > 0) drops.push(["viewer", viewerDrops.previews]);
  target.replaceChildren(
    el("h3", { text: "Details" }),
    el("dl", { class: "detail-list" }, ...rows.flatMap(([name, value]) => [el("dt", { text: name }), el("dd", { text: value })])),
    ...(drops.length === 0
      ? []
      : [
          el("h3", { text: "Why frames were dropped" }),
          el("dl", { class: "detail-list" }, ...drops.flatMap(([reason, n]) => [el("dt", { text: dropWord(reason) }), el("dd", { text: count(n) })])),
        ]),
  );
}

/**
 * @param {StreamStatus | undefined} status
 * @returns {[string, string][]}
 */
function still(status) {
  return status?.stillFrames ? [["Of these empty and still", count(status.stillFrames)]] : [];
}

/** @param {string} reason */
function dropWord(reason) {
  if (reason === "viewer") return "This browser was too slow";
  return Object.hasOwn(dropWords, reason) ? dropWords[/** @type {keyof Counters["dropped"]} */ (reason)] : reason;
}

/** @param {number} n */
function count(n) {
  return n.toLocaleString("en-GB");
}

/** @param {number} n */
function round(n) {
  return Math.round(n * 100) / 100;
}
