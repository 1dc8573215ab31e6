// The fields of the settings form, out of the JSON Schema that the server checks them with: a setting of a newer server is in the form by itself.
// Only the labels are ours; a test holds one against every setting.

/** @typedef {Record<string, any>} JsonSchema */

/**
 * @typedef {object} Field
 * @property {string} path keys from `analysis` on, joined by dots
 * @property {"number" | "integer" | "boolean" | "choice" | "rows"} kind `rows`: a list of objects of numbers, one a line
 * @property {string} label
 * @property {string} description the schema's own
 * @property {number} [min]
 * @property {number} [max]
 * @property {readonly string[]} [choices]
 * @property {readonly string[]} [columns] of `rows`
 */

/** @typedef {{ readonly key: string, readonly label: string, readonly fields: readonly Field[] }} FieldGroup */

/** @type {Readonly<Record<string, string>>} */
export const settingLabels = {
  "": "Faces",
  maxSide: "Longest side for detection, pixels",
  largeMaxSide: "Longest side for crops and previews, pixels",
  maxFps: "Most frames a second",
  minFaceSize: "Smallest face, pixels",
  regions: "Only in these regions",
  thorough: "Look for faces more closely",
  detection: "Where faces are looked for",
  motionGate: "Skip empty pictures in which nothing moves",
  emotionsEveryMs: "Classify each face every, milliseconds",
  mirror: "See each face in a mirror, too",
  smoothingMs: "Smoothing, milliseconds",
  uncertainBelow: "Uncertain below",
  trackGapMs: "A face may be away for, milliseconds",
  blur: "Blur before detection",
  "blur.enabled": "Blur",
  "blur.sigma": "Strength, pixels",
  episodes: "Episodes",
  "episodes.onsetAt": "Begin at",
  "episodes.offsetBelow": "End below",
  "episodes.minDurationMs": "Shortest, milliseconds",
  "episodes.maxGapMs": "Longest gap, milliseconds",
  baseline: "Resting face",
  "baseline.mode": "Take it from a face’s first seconds",
  "baseline.seconds": "For, seconds",
};

/**
 * Groups of fields: the plain settings first, then one group for each object. What has a kind that no field knows is left out.
 * @param {JsonSchema} schema of an object
 * @returns {FieldGroup[]}
 */
export function settingGroups(schema) {
  const entries = Object.entries(/** @type {Record<string, JsonSchema>} */ (schema["properties"] ?? {})).map(([key, node]) => /** @type {const} */ ([key, unwrapped(node)]));
  const plain = entries.flatMap(([key, node]) => fieldOf(key, node) ?? []);
  const objects = entries.filter(([, node]) => node["type"] === "object");
  return [
    { key: "", label: labelOf(""), fields: plain },
    ...objects.map(([key, node]) => ({ key, label: labelOf(key), fields: settingGroups(node)[0]?.fields.map((field) => ({ ...field, path: `${key}.${field.path}`, label: labelOf(`${key}.${field.path}`) })) ?? [] })),
  ];
}

/**
 * @param {string} path
 * @param {JsonSchema} node
 * @returns {Field | undefined}
 */
function fieldOf(path, node) {
  const about = { path, label: labelOf(path), description: node["description"] ?? "", min: node["minimum"], max: node["maximum"] };
  const { type } = node;
  if (type === "number" || type === "integer" || type === "boolean") return { ...about, kind: type };
  if (Array.isArray(node["enum"])) return { ...about, kind: "choice", choices: node["enum"] };
  const columns = Object.keys(node["items"]?.properties ?? {});
  return type === "array" && columns.length > 0 ? { ...about, kind: "rows", columns } : undefined;
}

/**
 * The schema of what may also be null.
 * @param {JsonSchema} node
 * @returns {JsonSchema}
 */
function unwrapped(node) {
  const inner = /** @type {JsonSchema[] | undefined} */ (node["anyOf"])?.find((option) => option["type"] !== "null");
  return inner === undefined ? node : { ...inner, description: inner["description"] ?? node["description"] };
}

/** @param {string} path */
function labelOf(path) {
  const key = path.split(".").at(-1) ?? path;
  return settingLabels[path] ?? key.charAt(0).toUpperCase() + key.slice(1).replaceAll(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);
}

/**
 * The text that stands for a value in its field; empty: unset.
 * @param {Field} field
 * @param {unknown} value
 */
export function textOfValue(field, value) {
  if (value === undefined || value === null) return "";
  if (field.kind !== "rows" || !Array.isArray(value)) return String(value);
  return value.map((row) => field.columns?.map((column) => row[column]).join(" ")).join("\n");
}

/**
 * The value of a field's text; null: unset. What is no number goes to the server as it is, which says what it expected.
 * @param {Field} field
 * @param {string} text
 * @returns {unknown}
 */
export function valueOfText(field, text) {
  const trimmed = text.trim();
  if (trimmed === "") return null;
  if (field.kind === "boolean") return trimmed === "true";
  if (field.kind === "number" || field.kind === "integer") return numberOf(trimmed);
  if (field.kind !== "rows") return trimmed;
  const rows = trimmed.split(/\n+/).map((line) => line.trim().split(/[\s,;]+/));
  return rows.map((cells) => Object.fromEntries((field.columns ?? []).map((column, index) => [column, numberOf(cells[index] ?? "")])));
}

/** @param {string} text */
function numberOf(text) {
  const number = Number(text);
  return text === "" || Number.isNaN(number) ? text : number;
}

/**
 * The value at a path of a settings object.
 * @param {Record<string, unknown>} settings
 * @param {string} path
 */
export function valueAt(settings, path) {
  return path.split(".").reduce((/** @type {any} */ at, key) => at?.[key], settings);
}

/**
 * A merge patch of the fields whose text has changed.
 * @param {readonly { field: Field, before: string, now: string }[]} entries
 * @returns {Record<string, unknown>}
 */
export function patchOf(entries) {
  /** @type {Record<string, any>} */
  const patch = {};
  for (const { field, before, now } of entries) {
    if (now.trim() === before.trim()) continue;
    const [key = "", inner] = field.path.split(".");
    const value = valueOfText(field, now);
    if (inner === undefined) patch[key] = value;
    else patch[key] = { ...patch[key], [inner]: value };
  }
  return patch;
}
