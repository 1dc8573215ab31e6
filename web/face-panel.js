// The list of faces beside or below a picture. A face that leaves stays, faded, for a moment, so that the list does not jump.

import { el, setText } from "./dom.js";
import { emotionColours } from "./emotions.js";
import { FaceRow } from "./face-row.js";
import { RunningEpisodes } from "./running-episodes.js";

/** @import {EpisodeMessage, FrameMessage} from "../src/core/feed.ts" */

const lingerMs = 1500;
const timelineMs = 200;

/** Rows of the faces of one stream. */
export class FacePanel {
  #list = el("ul", { class: "face-list" });
  #empty = el("p", { class: "faces-empty", text: "No face in the picture" });
  /** @type {Map<number, FaceRow>} */
  #rows = new Map();
  #episodes = new RunningEpisodes();
  #paintedAtMs = -Infinity;

  /** @param {string} streamId */
  constructor(streamId) {
    this.element = el("section", { class: "faces", "aria-label": `Faces in ${streamId}`, tabindex: 0 }, this.#empty, this.#list);
  }

  /** Words shown while there is no face. @param {string} text */
  setEmptyText(text) {
    setText(this.#empty, text);
  }

  /**
   * Shows the faces of the frame that was just drawn.
   * @param {FrameMessage} result
   * @param {number} nowMs
   */
  show(result, nowMs) {
    const { epoch = 0, ptsMs } = result;
    for (const face of result.faces) this.#row(face.trackId).show(face, epoch, ptsMs, nowMs, this.#episodes.durationMs(face.trackId, face.label, epoch, ptsMs));
    for (const [trackId, row] of this.#rows) {
      if (nowMs - row.seenAtMs > lingerMs) {
        row.element.remove();
        this.#rows.delete(trackId);
      } else if (row.seenAtMs !== nowMs) row.fade();
    }
    this.#empty.hidden = this.#rows.size > 0;
    if (nowMs - this.#paintedAtMs >= timelineMs) this.repaint(nowMs);
  }

  /** @param {EpisodeMessage} message */
  tellEpisode(message) {
    this.#episodes.tell(message);
  }

  /** The connection is new: ends of episodes may have been missed. */
  forgetEpisodes() {
    this.#episodes.clear();
  }

  /**
   * Draws every timeline anew, also after the colours changed.
   * @param {number} nowMs
   */
  repaint(nowMs) {
    this.#paintedAtMs = nowMs;
    const colours = emotionColours(this.element);
    const textColour = getComputedStyle(this.element).color;
    for (const row of this.#rows.values()) row.paintTimeline(colours, textColour);
  }

  /** Forgets every face. */
  clear() {
    this.#rows.clear();
    this.#list.replaceChildren();
    this.#empty.hidden = false;
  }

  /** @param {number} trackId */
  #row(trackId) {
    const known = this.#rows.get(trackId);
    if (known) return known;
    const row = new FaceRow(trackId);
    const after = [...this.#rows].filter(([id]) => id > trackId).toSorted((a, b) => a[0] - b[0])[0];
    this.#list.insertBefore(row.element, after ? after[1].element : null);
    this.#rows.set(trackId, row);
    return row;
  }
}
