// Episodes of one stream as they come, newest first: onset, peak and offset with their numbers.

import { el, setText } from "./dom.js";
import { emotionWord, percent } from "./emotions.js";
import { trackColour } from "./track-colours.js";

/** @import {Episode} from "./episode-log.js" */

/** Rows that are on the page; older ones are remembered and not shown. */
export const mostShown = 40;

/** Shows a log. */
export class EpisodePanel {
  #list = el("ol", { class: "episodes", tabindex: 0, "aria-label": "Episodes, newest first" });
  #empty = el("p", { class: "panel-empty", text: "None yet. An episode begins where an emotion stays above its threshold." });
  element = el("section", { class: "panel-box episodes-panel" }, el("h3", { text: "Episodes" }), this.#empty, this.#list);
  /** @type {WeakMap<Episode, { row: HTMLElement, state: HTMLElement, moments: HTMLElement }>} */
  #rows = new WeakMap();

  /** @param {readonly Episode[]} episodes newest first */
  show(episodes) {
    const shown = episodes.slice(0, mostShown);
    const rows = shown.map((episode) => this.#row(episode));
    // Only where the order changed: rows that stay keep their place, and somebody who reads them does not lose it.
    if (rows.some((row, index) => this.#list.children[index] !== row) || rows.length !== this.#list.children.length) this.#list.replaceChildren(...rows);
    this.#empty.hidden = shown.length > 0;
    this.#list.hidden = shown.length === 0;
  }

  /** @param {Episode} episode */
  #row(episode) {
    const { row, state, moments } = this.#rows.get(episode) ?? this.#make(episode);
    const running = episode.offset === undefined && episode.lost !== true;
    row.dataset.running = String(running);
    setText(state, running ? "going on" : episode.offset === undefined ? "end not seen" : seconds(episode.offset.sinceOnsetMs));
    const parts = [
      episode.onset && ["Onset", clock(episode.toldAtMs), percent(episode.onset.smoothed)],
      episode.peak && ["Peak", `+${seconds(episode.peak.sinceOnsetMs)}`, percent(episode.peak.raw)],
      episode.offset && ["Offset", `+${seconds(episode.offset.sinceOnsetMs)}`, percent(episode.offset.smoothed)],
    ].filter((part) => part !== undefined);
    if (moments.children.length !== parts.length) {
      moments.replaceChildren(...parts.map(([name = "", when = "", value = ""]) => el("div", {}, el("dt", { text: name }), el("dd", {}, el("span", { text: when }), el("strong", { text: value })))));
    }
    return row;
  }

  /** @param {Episode} episode */
  #make(episode) {
    const chip = el("span", { class: "track-chip", text: `#${episode.trackId}` });
    chip.style.backgroundColor = trackColour(episode.trackId);
    const state = el("span", { class: "episode-state" });
    const moments = el("dl", { class: "moments" });
    const row = el("li", { class: "episode", "data-emotion": episode.emotion }, el("div", { class: "episode-head" }, chip, el("span", { class: "episode-word", text: emotionWord(episode.emotion) }), state), moments);
    const made = { row, state, moments };
    this.#rows.set(episode, made);
    return made;
  }
}

/** @param {number} ms */
function seconds(ms) {
  return `${(ms / 1000).toFixed(1)}\u00a0s`;
}

/** @param {number} ms since 1970 */
function clock(ms) {
  return new Date(ms).toLocaleTimeString("en-GB");
}
