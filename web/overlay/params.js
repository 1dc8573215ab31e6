// What the address of the overlay says: one table of parameters, each with its default, its reader and what it expects. Pure.

import { parts } from "../overlay.js";

/** @import {Part} from "../overlay.js" */

/**
 * @typedef {object} OverlayParams
 * @property {string | undefined} stream
 * @property {ReadonlySet<Part>} show
 * @property {string} color "track", "emotion", or a colour as CSS writes it
 * @property {string | undefined} font
 * @property {number} size
 * @property {boolean} mirror
 * @property {number} smooth ms
 * @property {number} fade ms
 * @property {"contain" | "cover"} fit
 */

/** @typedef {{ name: string, value: string, expected: string }} Problem */

/**
 * @template T
 * @typedef {{ fallback: T, expected: string, read: (text: string) => T | undefined }} Parameter
 */

/** @type {{ [K in keyof OverlayParams]: Parameter<OverlayParams[K]> }} */
const parameters = {
  stream: {
    fallback: undefined,
    expected: "the id of a stream",
    read: (text) => (/^[a-z0-9][a-z0-9_-]{0,63}$/.test(text) ? text : undefined),
  },
  show: {
    fallback: new Set(/** @type {Part[]} */ (["box", "label", "bars"])),
    expected: `some of ${parts.join(", ")}, separated by commas`,
    read: (text) => {
      const words = text.split(",").map((word) => word.trim());
      return words.every(isPart) ? new Set(words) : undefined;
    },
  },
  color: {
    fallback: "track",
    expected: "track, emotion, or a colour such as ff8800",
    read: (text) => {
      if (text === "track" || text === "emotion") return text;
      return /^#?(?:[0-9a-f]{3}|[0-9a-f]{6})$/i.test(text) ? `#${text.replace("#", "")}` : undefined;
    },
  },
  font: {
    fallback: undefined,
    expected: "the name of a font on this machine: letters, digits, spaces and -",
    read: (text) => (/^[\p{L}\p{N}][\p{L}\p{N} -]{0,63}$/u.test(text) ? text : undefined),
  },
  size: { fallback: 1, expected: "a number from 0.25 to 4", read: (text) => number(text, 0.25, 4) },
  mirror: { fallback: false, expected: "1 or 0", read: (text) => (text === "1" || text === "true" ? true : text === "0" || text === "false" ? false : undefined) },
  smooth: { fallback: 80, expected: "milliseconds from 0 to 2000", read: (text) => number(text, 0, 2000) },
  fade: { fallback: 250, expected: "milliseconds from 0 to 5000", read: (text) => number(text, 0, 5000) },
  fit: { fallback: "contain", expected: "contain or cover", read: (text) => (text === "contain" || text === "cover" ? text : undefined) },
};

/**
 * Reads a query. What does not fit is named and its default used.
 * @param {URLSearchParams} query
 * @returns {{ params: OverlayParams, problems: Problem[] }}
 */
export function readParams(query) {
  /** @type {Problem[]} */
  const problems = [];
  const entries = Object.entries(parameters).map(([name, { fallback, expected, read }]) => {
    const text = query.get(name);
    const value = text === null ? undefined : read(text);
    if (text !== null && value === undefined) problems.push({ name, value: text, expected });
    return [name, value ?? fallback];
  });
  for (const name of new Set(query.keys())) {
    // The server takes the token out of the address; a page that still has one keeps it to itself.
    if (Object.hasOwn(parameters, name) || name === "token") continue;
    problems.push({ name, value: query.get(name) ?? "", expected: `one of the parameters ${Object.keys(parameters).join(", ")}` });
  }
  return { params: /** @type {OverlayParams} */ (Object.fromEntries(entries)), problems };
}

/**
 * A problem as a sentence.
 * @param {Problem} problem
 */
export function problemText({ name, value, expected }) {
  return `${name.slice(0, 40)}: expected ${expected}, received ${JSON.stringify(value.slice(0, 80))}`;
}

/**
 * @param {string} text
 * @returns {text is Part}
 */
function isPart(text) {
  return /** @type {readonly string[]} */ (parts).includes(text);
}

/**
 * @param {string} text
 * @param {number} min
 * @param {number} max
 */
function number(text, min, max) {
  const value = Number(text);
  return text.trim() !== "" && value >= min && value <= max ? value : undefined;
}
