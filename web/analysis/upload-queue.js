// Files on their way to the server, one after another. What failed or was stopped stays in the list until it is dismissed.

import { ApiError } from "../api.js";
import { givesPictures } from "../privacy-note.js";
import { wordsForCode } from "../words.js";

/** @import {AnalysisInfo} from "../../src/server/services.ts" */
/** @import {AnalysisApi} from "./analysis-api.js" */

/**
 * @typedef {object} Upload
 * @property {number} number for this visit
 * @property {File} file
 * @property {boolean} withVideo whether a copy with the faces drawn in is wanted
 * @property {"waiting" | "sending" | "failed"} state
 * @property {number} sentBytes
 * @property {string} [failure] in words
 */

/** Sends files in the order in which they were added. */
export class UploadQueue {
  /** @type {AnalysisApi} */
  #api;
  /** @type {{ onChange: () => void, onDone: (info: AnalysisInfo) => void }} */
  #events;
  /** @type {Upload[]} */
  #uploads = [];
  /** @type {AbortController | undefined} */
  #sending;
  #number = 0;

  /**
   * @param {AnalysisApi} api
   * @param {{ onChange: () => void, onDone: (info: AnalysisInfo) => void }} events
   */
  constructor(api, events) {
    this.#api = api;
    this.#events = events;
    window.addEventListener("beforeunload", (event) => {
      // The browser asks whether to leave: what is on its way would be lost.
      if (this.busy) event.preventDefault();
    });
  }

  /** @returns {readonly Upload[]} */
  get uploads() {
    return this.#uploads;
  }

  /** Whether something waits or is on its way. */
  get busy() {
    return this.#uploads.some(({ state }) => state !== "failed");
  }

  /**
   * @param {Iterable<File>} files
   * @param {boolean} withVideo
   */
  add(files, withVideo) {
    for (const file of files) this.#uploads.push({ number: ++this.#number, file, withVideo, state: "waiting", sentBytes: 0 });
    this.#events.onChange();
    void this.#pump();
  }

  /** Stops an upload, or takes a failed one off the list. @param {number} number */
  drop(number) {
    const upload = this.#uploads.find((u) => u.number === number);
    if (upload?.state === "sending") this.#sending?.abort();
    this.#forget(number);
  }

  /** @param {number} number */
  #forget(number) {
    this.#uploads = this.#uploads.filter((u) => u.number !== number);
    this.#events.onChange();
  }

  async #pump() {
    if (this.#sending) return;
    for (let next = this.#next(); next; next = this.#next()) {
      this.#sending = new AbortController();
      await this.#send(next, this.#sending.signal);
    }
    this.#sending = undefined;
  }

  #next() {
    return this.#uploads.find(({ state }) => state === "waiting");
  }

  /**
   * @param {Upload} upload
   * @param {AbortSignal} signal
   */
  async #send(upload, signal) {
    upload.state = "sending";
    this.#events.onChange();
    try {
      // Asked anew for each: the server may have been started in another mode while this page was open.
      const formats = wantedFormats(upload.withVideo, givesPictures(await this.#api.privacy()));
      if (signal.aborted) return;
      const info = await this.#api.upload(upload.file, formats, {
        signal,
        onProgress: (bytes) => {
          upload.sentBytes = Math.min(bytes, upload.file.size);
          this.#events.onChange();
        },
      });
      this.#forget(upload.number);
      this.#events.onDone(info);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      if (error.code === "cancelled") return;
      const { what, hint } = wordsForCode(error.code, error.message);
      upload.state = "failed";
      upload.failure = [what, hint].filter(Boolean).join(". ");
      this.#events.onChange();
    }
  }
}

/**
 * What is asked for: everything that the server gives, the drawn video only where it is wanted (it takes longer).
 * @param {boolean} withVideo
 * @param {boolean} pictures whether the server gives any
 */
export function wantedFormats(withVideo, pictures) {
  return ["jsonl", "csv", "parquet", "vtt", "episodes", "eaf", ...(pictures ? ["png", ...(withVideo ? ["mp4"] : [])] : [])];
}
