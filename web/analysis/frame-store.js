// The faces around the play head, in tiles of four seconds: the one it is in, and the next.

import { TileCache } from "./tile-cache.js";

/** @import {AnalysisFrames} from "../../src/server/analysis-views.ts" */
/** @typedef {AnalysisFrames["frames"][number]} ShownFrame */

const tileMs = 4000;
const mostTiles = 12;
/** Players and containers round times: a frame counts as shown from this much before its time. Milliseconds. */
const slackMs = 1.5;
/** A result older than this does not describe the picture any more. Milliseconds. */
const longestMs = 500;

/** Fetches and keeps frames. */
export class FrameStore {
  #fetch;
  /** @type {TileCache<AnalysisFrames>} */
  #cache;

  /**
   * @param {(fromMs: number, toMs: number) => Promise<AnalysisFrames>} fetch
   * @param {() => void} onLoaded
   */
  constructor(fetch, onLoaded) {
    this.#fetch = fetch;
    this.#cache = new TileCache(mostTiles, onLoaded);
  }

  /** Asks for what lies around a time. @param {number} timeMs */
  want(timeMs) {
    const tile = Math.floor(Math.max(0, timeMs) / tileMs);
    const before = timeMs - tile * tileMs < longestMs && tile > 0 ? [tile - 1] : [];
    this.#cache.want([tile, tile + 1, ...before].map((number) => ({ key: String(number), load: () => this.#fetch(number * tileMs, (number + 1) * tileMs) })));
  }

  /**
   * The frame that is on screen at a time.
   * @param {number} timeMs
   * @returns {ShownFrame | undefined} undefined while it is not known, or where there is none
   */
  at(timeMs) {
    const frame = this.#upTo(timeMs + slackMs).at(-1);
    return frame !== undefined && timeMs - frame.timeMs <= longestMs ? frame : undefined;
  }

  /**
   * Time of the next frame, or the one before.
   * @param {number} timeMs
   * @param {1 | -1} step
   */
  neighbour(timeMs, step) {
    const tile = Math.floor(Math.max(0, timeMs) / tileMs);
    const frames = [tile - 1, tile, tile + 1].flatMap((t) => this.#cache.peek(String(t))?.frames ?? []);
    return step === 1 ? frames.find((f) => f.timeMs > timeMs + slackMs)?.timeMs : frames.findLast((f) => f.timeMs < (this.at(timeMs)?.timeMs ?? timeMs) - slackMs)?.timeMs;
  }

  /** @param {number} timeMs */
  #upTo(timeMs) {
    const tile = Math.floor(Math.max(0, timeMs) / tileMs);
    const here = this.#cache.peek(String(tile))?.frames.filter((f) => f.timeMs <= timeMs) ?? [];
    return here.length > 0 ? here : (this.#cache.peek(String(tile - 1))?.frames ?? []);
  }
}
