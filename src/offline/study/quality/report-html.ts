// The quality report for people: one page that needs no server, no network and no other file, and runs only its own script.

import { createHash } from "node:crypto";
import { emotionNames } from "../../../core/emotions.js";
import { emotionColors } from "../../../core/palette.js";
import { printable } from "../../../core/printable.js";
import { escapeXml } from "../../xml.js";
import { studyColumns } from "../item.js";
import type { StudyOutcome } from "../outcome.js";
import { checks, flagsOf, percent } from "./checks.js";
import type { Quality } from "./measures.js";
import { flagsOfOutcome, stateOf, type ReportedStudy } from "./report-data.js";
import { reportScript } from "./report-script.js";
import { reportStyle } from "./report-style.js";
import { emotionSpark, faceSpark, shareBar } from "./spark-svg.js";

/** One column of the main table. */
interface Column {
  readonly head: string;
  readonly type: "text" | "number";
  readonly wide?: boolean;
  /** What it is sorted by; undefined: no value. */
  value(quality: Quality): number | undefined;
  /** HTML of the cell. */
  cell(quality: Quality): string;
  /** Which check marks it. */
  readonly check?: string;
}

const columns: readonly Column[] = [
  { head: "Length", type: "number", value: (q) => q.durationMs, cell: (q) => duration(q.durationMs) },
  { head: "Frames", type: "number", value: (q) => q.frames, cell: (q) => String(q.frames) },
  { head: "Analysed", type: "number", check: "not_analysed", value: (q) => q.frames / Math.max(1, q.frames + q.missing), cell: (q) => percent(q.frames / Math.max(1, q.frames + q.missing)) },
  { head: "With a face", type: "number", wide: true, check: "few_faces", value: (q) => q.withFace / Math.max(1, q.frames), cell: (q) => `${percent(q.withFace / Math.max(1, q.frames))}${faceSpark(q)}<small>${q.faces} faces</small>` },
  { head: "Longest gap", type: "number", check: "long_gap", value: (q) => q.longestGapMs, cell: (q) => `${(q.longestGapMs / 1000).toFixed(1)} s` },
  { head: "Several faces", type: "number", check: "several_faces", value: (q) => q.withSeveral / Math.max(1, q.frames), cell: (q) => percent(q.withSeveral / Math.max(1, q.frames)) },
  { head: "Tracks", type: "number", check: "many_tracks", value: (q) => q.tracks, cell: (q) => String(q.tracks) },
  { head: "Face size", type: "number", check: "small_faces", value: (q) => q.facePx?.median, cell: (q) => `${q.facePx?.median ?? 0} px` },
  { head: "Sharpness", type: "number", check: "blurred", value: (q) => q.sharpness?.median, cell: (q) => (q.sharpness?.median ?? 0).toFixed(3) },
  { head: "Turned away", type: "number", check: "turned", value: (q) => q.turned, cell: (q) => percent(q.turned ?? 0) },
  { head: "Uncertain", type: "number", check: "uncertain", value: (q) => q.uncertain, cell: (q) => percent(q.uncertain ?? 0) },
  { head: "Emotions", type: "number", wide: true, value: (q) => (q.emotions === undefined ? undefined : emotionNames.indexOf(emotionNames[topOf(q.emotions)]!)), cell: (q) => `${emotionSpark(q)}<small>${mostly(q.emotions ?? [])}</small>` },
];

/** quality.html, in pieces. */
export function* qualityHtml(study: ReportedStudy): Generator<string> {
  const { outcomes, version } = study;
  const known = studyColumns.filter((name) => outcomes.some((o) => valueOf(o, study, name) !== ""));
  yield `<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src ${hashOf(reportStyle)}; script-src ${hashOf(reportScript)}; base-uri 'none'; form-action 'none'"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="color-scheme" content="light dark"><title>Quality of the recordings</title><style>${reportStyle}</style></head>\n<body><main><h1>Quality of the recordings</h1><p class="muted">Made by emostream ${escapeXml(version)}. Marked rows are worth a look before their numbers are used; limits and columns are explained below.</p>\n`;
  yield sums(outcomes);
  yield `<div class="tools"><label><input type="checkbox" id="only">Only rows worth a look</label>${sorter("files")}</div>\n<div class="frame"><table id="files"><thead><tr>${heads([["File", "text"], ...known.map((name): [string, "text"] => [capital(name), "text"]), ["Flags", "number"], ...columns.map((c): [string, "text" | "number"] => [c.head, c.type])])}</tr></thead><tbody>\n`;
  for (const outcome of outcomes) yield row(outcome, study, known);
  yield `</tbody></table></div>\n<ul class="legend">${emotionNames.map((name) => `<li>${swatch(emotionColors[name])}${name}</li>`).join("")}</ul>\n`;
  yield `<h2>Means of the emotions</h2><p class="muted">Over all faces of a file, whoever's they are. What faces look like to the model, not what people feel.</p><div class="tools">${sorter("means")}</div>\n<div class="frame"><table id="means"><thead><tr>${heads([["File", "text"], ...emotionNames.map((name): [string, "number"] => [capital(name), "number"])])}</tr></thead><tbody>\n`;
  for (const outcome of outcomes) yield meansRow(outcome);
  yield `</tbody></table></div>\n${explanation()}</main><script>${reportScript}</script></body></html>\n`;
}

function row(outcome: StudyOutcome, study: ReportedStudy, known: readonly (typeof studyColumns)[number][]): string {
  const flags = flagsOfOutcome(outcome);
  const quality = outcome.record?.quality;
  const marked = new Set(quality === undefined ? [] : flagsOf(quality).map(({ check }) => check));
  const cells = columns.map((column) => {
    const value = quality === undefined ? undefined : column.value(quality);
    const classes = [column.wide === true ? "wide" : "", column.check !== undefined && marked.has(column.check) ? "poor" : ""].filter((c) => c !== "").join(" ");
    return cell(column.head, value ?? "", value === undefined || quality === undefined ? none : column.cell(quality), classes);
  });
  const texts = known.map((name) => cell(capital(name), valueOf(outcome, study, name), shown(valueOf(outcome, study, name)), "text"));
  return `<tr${flags.length === 0 ? ' class="fine"' : ""}>${nameCell(outcome, flagList(outcome))}${texts.join("")}${cell("Flags", flags.length, String(flags.length))}${cells.join("")}</tr>\n`;
}

function meansRow(outcome: StudyOutcome): string {
  const means = outcome.record?.quality.emotions;
  if (means === undefined) return "";
  const cells = emotionNames.map((name, i) => {
    const mean = means[i] ?? 0;
    return cell(capital(name), mean, `${mean.toFixed(3)}${shareBar(mean, emotionColors[name])}`);
  });
  return `<tr${flagsOfOutcome(outcome).length === 0 ? ' class="fine"' : ""}>${nameCell(outcome)}${cells.join("")}</tr>\n`;
}

const none = '<span class="none">–</span>';

/** A text that somebody else wrote, in a direction of its own and with nothing hidden in it. */
function shown(text: string): string {
  return text === "" ? none : `<bdi>${escapeXml(printable(text))}</bdi>`;
}

function cell(label: string, value: string | number, html: string, classes = ""): string {
  const all = [classes, value === "" ? "empty" : ""].filter((c) => c !== "").join(" ");
  return `<td data-l="${escapeXml(label)}" data-v="${escapeXml(String(value))}"${all === "" ? "" : ` class="${all}"`}>${html}</td>`;
}

function nameCell({ entry, folder }: StudyOutcome, more = ""): string {
  const rowText = entry.row === undefined ? "" : `row ${entry.row}`;
  const place = folder === undefined ? "" : `results in ${folder}`;
  const small = [rowText, place].filter((t) => t !== "").join(", ");
  return `<th scope="row" class="name" data-v="${escapeXml(entry.file)}">${shown(entry.file)}${small === "" ? "" : `<small>${shown(small)}</small>`}${more}</th>`;
}

function flagList(outcome: StudyOutcome): string {
  const flags = flagsOfOutcome(outcome);
  if (flags.length === 0) return "";
  return `<ul class="flags">${flags.map(({ check, text }) => `<li${check === "failed" || check === "broken" ? ' class="bad"' : ""}>${shown(text)}</li>`).join("")}</ul>`;
}

function sums(outcomes: readonly StudyOutcome[]): string {
  const count = (state: string) => outcomes.filter((o) => stateOf(o) === state).length;
  const look = outcomes.filter((o) => flagsOfOutcome(o).length > 0).length;
  const totalMs = outcomes.reduce((ms, { record }) => ms + (record?.quality.durationMs ?? 0), 0);
  return `<dl class="sums">${sum("Files", outcomes.length)}${sum("Worth a look", look, "warn")}${sum("Break off", count("broken"), "bad")}${sum("Failed", count("failed"), "bad")}${sum("Film", duration(totalMs))}${sum("Frames", outcomes.reduce((n, { record }) => n + (record?.quality.frames ?? 0), 0))}</dl>\n`;
}

function sum(label: string, value: string | number, bad: "" | "warn" | "bad" = ""): string {
  return `<div${bad === "" || value === 0 ? "" : ` class="${bad}"`}><dt>${label}</dt><dd>${value}</dd></div>`;
}

function heads(list: readonly (readonly [string, "text" | "number"])[]): string {
  return list.map(([head, type], i) => `<th scope="col" data-t="${type}"${i === 0 ? ' class="name"' : type === "text" ? ' class="text"' : ""}><button type="button">${head}</button></th>`).join("");
}

function sorter(table: string): string {
  return `<label class="narrow">Sort by <select data-for="${table}"><option value="">order of the study</option></select></label>`;
}

function explanation(): string {
  const list = checks.map(({ name, limit, meaning }) => `<li><b>${name}</b> (${limit}): ${escapeXml(meaning)}</li>`).join("");
  return `<h2>What is marked</h2><p>The limits are starting points, not measured ones: what a study can bear is its own question. The same numbers are in quality.csv and quality.json.</p><ul class="checks">${list}</ul><p class="muted">Sparklines run from the start to the end of each film. Face size and sharpness are medians: the shorter side of the box in pixels of the film, and fine detail as the emotion model sees it.</p>`;
}

function valueOf({ entry }: StudyOutcome, { columns: names }: ReportedStudy, name: string): string {
  return entry.values[names.indexOf(name)] ?? "";
}

function topOf(means: readonly number[]): number {
  return means.indexOf(Math.max(...means));
}

function mostly(means: readonly number[]): string {
  const top = topOf(means);
  return `${emotionNames[top] ?? ""} ${percent(means[top] ?? 0)}`;
}

function duration(ms: number): string {
  const seconds = Math.round(ms / 1000);
  const [h, m, s] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60, String(seconds % 60).padStart(2, "0")];
  return h > 0 ? `${h}:${String(m).padStart(2, "0")}:${s}` : `${m}:${s}`;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function swatch(color: string): string {
  return `<svg viewBox="0 0 10 10" aria-hidden="true"><rect width="10" height="10" rx="2" fill="${color}"/></svg>`;
}

function hashOf(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
