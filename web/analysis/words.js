// Times, sizes and the names of formats as a person reads them.

import { emotionWord } from "../emotions.js";
import { wordsForCode } from "../words.js";

/** @import {AnalysisInfo} from "../../src/server/services.ts" */

/**
 * Playing time: `1:02.5`, with hours where there are any.
 * @param {number} ms
 * @param {0 | 1} [digits] of the seconds
 */
export function clock(ms, digits = 0) {
  const tenths = Math.max(0, digits === 1 ? Math.round(ms / 100) : Math.floor(ms / 1000) * 10);
  const seconds = tenths / 10;
  const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
  const rest = (seconds % 60).toFixed(digits).padStart(digits === 1 ? 4 : 2, "0");
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${rest}` : `${minutes}:${rest}`;
}

/**
 * How long something takes or took: `about 2 min`, `40 s`.
 * @param {number} ms
 */
export function duration(ms) {
  const seconds = Math.round(ms / 1000);
  if (seconds < 60) return `${Math.max(1, seconds)}\u00a0s`;
  if (seconds < 3600) return `${Math.round(seconds / 60)}\u00a0min`;
  return `${Math.floor(seconds / 3600)}\u00a0h ${Math.round((seconds % 3600) / 60)}\u00a0min`;
}

/**
 * A size: `3.4 MB`.
 * @param {number} bytes
 */
export function size(bytes) {
  if (bytes < 1000) return `${bytes}\u00a0bytes`;
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 10 ? value.toFixed(1) : Math.round(value)}\u00a0${units[unit]}`;
}

/**
 * A number and its noun.
 * @param {number} number
 * @param {string} one
 */
export function count(number, one) {
  return `${number.toLocaleString("en")}\u00a0${one}${number === 1 ? "" : "s"}`;
}

/**
 * What a file of results is good for. Known by the ending: names are the server's.
 * @type {readonly { ending: string, what: string, use: string }[]}
 */
export const resultWords = [
  { ending: ".annotated.mp4", what: "Video", use: "with boxes, names of tracks and bars drawn in" },
  { ending: ".timeline.png", what: "Picture", use: "of the emotions over time" },
  { ending: ".csv", what: "Table", use: "a row for each face of each frame, for spreadsheets and R" },
  { ending: ".parquet", what: "Table with types", use: "the same for pandas, R and DuckDB" },
  { ending: ".jsonl", what: "Messages", use: "all that is known of each frame, for programs" },
  { ending: ".episodes.vtt", what: "Episodes", use: "as subtitles" },
  { ending: ".vtt", what: "Labels", use: "as subtitles" },
  { ending: ".eaf", what: "Annotations", use: "for ELAN" },
];

/**
 * @param {string} file
 * @returns {{ what: string, use: string }}
 */
export function wordsForResult(file) {
  return resultWords.find(({ ending }) => file.endsWith(ending)) ?? { what: "File", use: "" };
}

/**
 * Why there is no film to see.
 * @param {string | undefined} code of the server's refusal; undefined: the film is there
 */
export function filmWords(code) {
  const rest = "Boxes, curves and downloads are complete all the same, and play without it.";
  if (code === "no_pictures") return `No film: in strict privacy the server deletes it after the analysis and gives no pictures. ${rest}`;
  if (code === "not_found" || code === "outside_media_root") return `The film is no longer on the server. ${rest}`;
  return code === undefined ? `This browser cannot play this video. ${rest}` : `The film could not be fetched: ${wordsForCode(code, code).what}.`;
}

/**
 * A state in a sentence.
 * @param {AnalysisInfo} info
 */
export function stateSentence(info) {
  if (info.state === "queued") return info.position === undefined || info.position === 1 ? "Waiting: next" : `Waiting: number ${info.position} in the queue`;
  if (info.state === "running") {
    const percent = `${Math.floor(info.progress * 100)}\u00a0%`;
    return info.etaMs === undefined ? `Analysing: ${percent}` : `Analysing: ${percent}, about ${duration(info.etaMs)} left`;
  }
  if (info.state === "done") return `Done: ${count(info.frames, "frame")}`;
  return info.state === "cancelled" ? "Cancelled" : "Failed";
}

/** A name where room is short. @param {string} name */
export function shortName(name) {
  const letters = [...name];
  return letters.length > 24 ? `${letters.slice(0, 23).join("")}…` : name;
}

/**
 * Words for an episode.
 * @param {{ emotion: import("../emotions.js").Emotion, startMs: number, endMs: number }} episode
 */
export function episodeWords({ emotion, startMs, endMs }) {
  return `${emotionWord(emotion)} for ${((endMs - startMs) / 1000).toFixed(1)}\u00a0s`;
}
