// One analysis: the film with its faces, curves, people, episodes and downloads.

import { ApiError } from "../api.js";
import { el } from "../dom.js";
import { icon } from "../icons.js";
import { wordsForCode } from "../words.js";
import { CurveChart } from "./curve-chart.js";
import { EpisodeList } from "./episode-list.js";
import { PeoplePanel } from "./people-panel.js";
import { merge, peopleOf, rename, split } from "./people.js";
import { Player } from "./player.js";
import { clock, count, filmWords, size, wordsForResult } from "./words.js";

/** @import {AnalysisInfo} from "../../src/server/services.ts" */
/** @import {AnalysisSummary, Subject} from "../../src/server/analysis-views.ts" */
/** @import {AnalysisApi} from "./analysis-api.js" */
/** @import {Person} from "./people.js" */

/** Shows one analysis in an element until it is closed. */
export class ResultsView {
  #api;
  #info;
  /** Those that the server gives. */
  #results;
  #summary;
  #tell;
  #player;
  #chart;
  #episodes;
  #people;
  /** Of each track. @type {Map<number, Person>} */
  #personOf = new Map();

  /**
   * @param {HTMLElement} element is filled
   * @param {AnalysisApi} api
   * @param {{ info: AnalysisInfo, summary: AnalysisSummary, pictures: boolean }} analysis `pictures`: whether the server gives any
   * @param {(words: string) => void} tell says what went wrong
   */
  constructor(element, api, { info, summary, pictures }, tell) {
    this.#api = api;
    this.#info = info;
    this.#results = info.results.filter(({ contentType }) => pictures || !/^(?:image|video)\//.test(contentType));
    this.#summary = summary;
    this.#tell = tell;
    const nameOf = (/** @type {number} */ trackId) => {
      const person = this.#personOf.get(trackId);
      return person?.name === undefined ? { name: `#${trackId}`, colourId: trackId } : { name: person.name, colourId: person.trackIds[0] ?? trackId };
    };
    const drawn = this.#results.find(({ contentType }) => contentType === "video/mp4");
    this.#chart = new CurveChart({
      durationMs: summary.durationMs,
      fetchCurves: (range) => api.curves(info.id, range),
      onSeek: (timeMs) => this.#player.seek(timeMs),
      onToggle: () => void this.#player.toggle(),
    });
    this.#player = new Player({
      address: pictures ? api.address(info.id, "source") : undefined,
      whyNoFilm: async () => filmWords(pictures ? (await api.filmProblem(info.id))?.code : "no_pictures"),
      name: info.name,
      drawnAddress: drawn && api.address(info.id, `results/${drawn.file}`),
      durationMs: summary.durationMs,
      width: summary.width,
      height: summary.height,
      fetchFrames: (from, to) => api.frames(info.id, from, to),
      nameOf,
      // Called while the player is being made, too, when there is none to ask yet.
      onTime: (timeMs) => this.#chart.setTime(timeMs, this.#player?.playing === true),
    });
    const jump = (/** @type {number} */ timeMs) => {
      this.#player.seek(timeMs);
      this.#chart.setTime(timeMs, true);
    };
    this.#episodes = new EpisodeList((page) => api.episodes(info.id, page), (trackId) => ({ name: nameOf(trackId).name }), jump);
    this.#people = new PeoplePanel({
      seek: jump,
      merge: (people) => void this.#save(merge(this.#summary.subjects, people)),
      rename: (person, name) => {
        const subjects = rename(this.#summary.subjects, person, name);
        if (subjects) void this.#save(subjects);
        else {
          this.#tell(`Somebody else is called ${name.trim()}. To make both one person, tick and merge them.`);
          this.#showPeople();
        }
      },
      split: (person) => void this.#save(split(this.#summary.subjects, person)),
    });
    element.replaceChildren(
      this.#head(),
      el("div", { class: "results-grid" }, el("div", { class: "results-main" }, this.#player.element, this.#chart.element), el("div", { class: "results-side" }, this.#people.element, this.#episodes.element, this.#downloads())),
    );
    this.#showPeople();
  }

  /** Colours have changed. */
  recolour() {
    this.#chart.recolour();
    this.#player.repaint();
  }

  close() {
    this.#player.close();
    this.#chart.close();
  }

  #head() {
    const { durationMs, frames, trackCount, episodeCount } = this.#summary;
    const { reason, expiresAt } = this.#info;
    const facts = [clock(durationMs), count(frames, "frame"), count(trackCount, "face"), count(episodeCount, "episode")];
    if (expiresAt !== undefined) facts.push(`kept until ${new Date(expiresAt).toLocaleDateString("en", { day: "numeric", month: "long", year: "numeric" })}`);
    return el(
      "div",
      { class: "results-head" },
      el("a", { class: "back", href: "#" }, icon("back"), "All files"),
      el("h2", { id: "results-title", tabindex: -1, text: this.#info.name }),
      el("p", { class: "results-facts", text: facts.join(" · ") }),
      ...(reason ? [el("p", { class: "form-error", text: `${wordsForCode(reason.code, reason.message).what}. The results reach up to the break.` })] : []),
    );
  }

  #downloads() {
    const rows = this.#results.map(({ file, bytes }) => this.#download(`results/${file}`, file, wordsForResult(file), size(bytes)));
    const csv = this.#results.find(({ file }) => file.endsWith(".csv"));
    if (csv) {
      const words = { what: "Table with people", use: "the same with a column of the names given here" };
      rows.splice(rows.length > 1 ? 2 : 1, 0, this.#download("subjects.csv", csv.file.replace(/\.csv$/, ".subjects.csv"), words, "CSV"));
    }
    return el("section", { class: "side-panel", "aria-labelledby": "downloads-title" }, el("div", { class: "side-head" }, el("h3", { id: "downloads-title", text: "Downloads" })), el("ul", { class: "downloads" }, ...rows));
  }

  /** @param {string} path @param {string} file @param {{ what: string, use: string }} words @param {string} note */
  #download(path, file, { what, use }, note) {
    const link = el("a", { class: "download", href: this.#api.address(this.#info.id, path), download: file }, icon("download"), el("span", { class: "download-words" }, el("strong", { text: what }), el("span", { text: use })), el("span", { class: "download-size", text: note }));
    return el("li", {}, link);
  }

  #showPeople() {
    const { tracks, trackCount, subjects } = this.#summary;
    const people = peopleOf(tracks, subjects);
    this.#personOf = new Map(people.flatMap((person) => person.trackIds.map((id) => /** @type {const} */ ([id, person]))));
    this.#people.setPeople(people, trackCount - tracks.length);
    this.#chart.setPeople(people);
    this.#episodes.refresh();
    this.#player.repaint();
  }

  /** Shows the change only when the server has it. @param {Subject[]} subjects */
  async #save(subjects) {
    try {
      await this.#api.setSubjects(this.#info.id, subjects);
      this.#summary = { ...this.#summary, subjects };
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      const { what, hint } = wordsForCode(error.code, error.message);
      this.#tell([`Not saved: ${what}`, hint].filter(Boolean).join(". "));
    }
    this.#showPeople();
  }
}

