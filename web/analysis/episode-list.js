// Episodes in the order of the film. Only rows in sight are in the page, and only their pages are fetched, however many there are.

import { el, setText } from "../dom.js";
import { emotionNames, emotionWord, percent } from "../emotions.js";
import { TileCache } from "./tile-cache.js";
import { clock, count, episodeWords } from "./words.js";

/** @import {AnalysisEpisodes} from "../../src/server/analysis-views.ts" */
/** @typedef {AnalysisEpisodes["episodes"][number]} Episode */

const rowHeight = 46;
const pageRows = 100;
const mostPages = 20;

/** A scrolling list of episodes. */
export class EpisodeList {
  element;
  #scroller = el("div", { class: "episodes", role: "list", "aria-labelledby": "episodes-title" });
  #spacer = el("div", { class: "episodes-spacer", "aria-hidden": "true" });
  #note = el("p", { class: "panel-note" });
  #filter;
  #fetch;
  #nameOf;
  #onJump;
  /** @type {TileCache<AnalysisEpisodes>} */
  #cache;
  #total = 0;
  #emotion = "";
  /** @type {Map<number, HTMLButtonElement>} */
  #rows = new Map();

  /**
   * @param {(page: { offset: number, limit: number, emotion?: string }) => Promise<AnalysisEpisodes>} fetch
   * @param {(trackId: number) => { name: string }} nameOf
   * @param {(timeMs: number) => void} onJump
   */
  constructor(fetch, nameOf, onJump) {
    this.#fetch = fetch;
    this.#nameOf = nameOf;
    this.#onJump = onJump;
    this.#cache = new TileCache(mostPages, () => this.#show());
    this.#filter = el("select", { class: "episodes-filter", "aria-label": "Emotion" }, el("option", { value: "", text: "All emotions" }), ...emotionNames.map((name) => el("option", { value: name, text: emotionWord(name) })));
    this.#filter.addEventListener("change", () => {
      this.#emotion = this.#filter.value;
      this.#scroller.scrollTop = 0;
      this.#total = 0;
      this.#show();
    });
    this.#scroller.append(this.#spacer);
    // Its height is known only when it is in the page.
    new ResizeObserver(() => this.#show()).observe(this.#scroller);
    this.#scroller.addEventListener("scroll", () => this.#show(), { passive: true });
    this.element = el("section", { class: "side-panel", "aria-labelledby": "episodes-title" }, el("div", { class: "side-head" }, el("h3", { id: "episodes-title", text: "Episodes" }), this.#filter), this.#note, this.#scroller);
  }

  /** Asks for what is in sight and shows what is there; also after names have changed. */
  refresh() {
    for (const row of this.#rows.values()) row.remove();
    this.#rows.clear();
    this.#show();
  }

  #show() {
    const first = Math.max(0, Math.floor(this.#scroller.scrollTop / rowHeight) - 2);
    const end = first + Math.ceil(Math.max(rowHeight, this.#scroller.clientHeight) / rowHeight) + 4;
    const pages = [Math.floor(first / pageRows), Math.floor((end - 1) / pageRows)].filter((page, i, all) => all.indexOf(page) === i && (page === 0 || page * pageRows < this.#total));
    const emotion = this.#emotion;
    this.#cache.want(pages.map((page) => ({ key: `${emotion}:${page}`, load: () => this.#fetch({ offset: page * pageRows, limit: pageRows, ...(emotion && { emotion }) }) })));
    const known = pages.map((page) => this.#cache.peek(`${emotion}:${page}`)).filter((page) => page !== undefined);
    this.#total = known[0]?.total ?? this.#total;
    this.#spacer.style.height = `${this.#total * rowHeight}px`;
    if (known[0]) setText(this.#note, this.#total === 0 ? "None. An episode is an emotion that clearly shows for half a second or longer." : count(this.#total, "episode"));
    this.#scroller.hidden = this.#total === 0;
    const wanted = new Map(known.flatMap((page) => page.episodes.map((episode, i) => /** @type {const} */ ([page.offset + i, episode]))).filter(([number]) => number >= first && number < end));
    for (const [number, row] of this.#rows) {
      if (wanted.get(number)?.episodeId === Number(row.dataset.episode)) continue;
      row.remove();
      this.#rows.delete(number);
    }
    for (const [number, episode] of wanted) if (!this.#rows.has(number)) this.#add(number, episode);
  }

  /** @param {number} number @param {Episode} episode */
  #add(number, episode) {
    const { name } = this.#nameOf(episode.trackId);
    const row = el(
      "button",
      { class: "episode", type: "button", "data-episode": episode.episodeId, "data-emotion": episode.emotion },
      el("span", { class: "episode-time", text: clock(episode.startMs, 1) }),
      el("i"),
      el("span", { class: "episode-words" }, el("strong", { text: episodeWords(episode) }), el("span", { text: `${name}, peak ${percent(episode.peak)}` })),
    );
    row.style.top = `${number * rowHeight}px`;
    row.addEventListener("click", () => this.#onJump(episode.startMs));
    this.#rows.set(number, row);
    // In the order of time, so that Tab follows it.
    const after = [...this.#rows].filter(([other]) => other > number).toSorted((a, b) => a[0] - b[0])[0]?.[1];
    this.#scroller.insertBefore(row, after ?? null);
  }
}
