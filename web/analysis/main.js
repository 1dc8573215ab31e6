// The page of files: what is on its way, what the server has, and, under `#<id>`, the results of one.

import { ApiError } from "../api.js";
import { confirmRemoval } from "../confirm-dialog.js";
import { byId, setText } from "../dom.js";
import { givesPictures, showPrivacy } from "../privacy-note.js";
import { startTheme } from "../theme.js";
import { wordsForCode } from "../words.js";
import { AnalysisApi } from "./analysis-api.js";
import { acceptDrops } from "./drop-target.js";
import { JobList } from "./job-list.js";
import { ResultsView } from "./results-view.js";
import { UploadQueue } from "./upload-queue.js";
import { count } from "./words.js";

/** @import {PrivacyDeclaration} from "../../src/core/privacy.ts" */
/** @import {AnalysisInfo} from "../../src/server/services.ts" */

/** How often the list is asked for while something runs, and while nothing does. Milliseconds. */
const pollMs = { busy: 1000, idle: 15_000 };

const api = new AnalysisApi(document.baseURI);
const filesView = byId("files-view", HTMLElement);
const resultsView = byId("results-view", HTMLElement);
const withVideo = byId("with-video", HTMLInputElement);
const fileInput = byId("file-input", HTMLInputElement);
const alertLine = byId("page-alert", HTMLElement);
const uploads = new UploadQueue(api, { onChange: show, onDone: (info) => void uploaded(info) });
const jobs = new JobList(byId("jobs", HTMLUListElement), {
  dropUpload: (number) => uploads.drop(number),
  cancel: (info) => void attempt(() => api.cancel(info.id)),
  remove: (info) => void remove(info),
});

/** @type {readonly AnalysisInfo[]} */
let analyses = [];
/** @type {PrivacyDeclaration | undefined} */
let privacy;
let listed = false;
let reachable = true;
/** @type {{ id: string, view: ResultsView } | undefined} */
let opened;
/** @type {number | undefined} */
let timer;

startTheme(byId("theme", HTMLButtonElement), () => opened?.view.recolour());
acceptDrops(byId("drop-veil", HTMLElement), add);
for (const button of document.querySelectorAll("[data-choose]")) button.addEventListener("click", () => fileInput.click());
fileInput.addEventListener("change", () => {
  add([...(fileInput.files ?? [])]);
  // The same file may be chosen again.
  fileInput.value = "";
});
// Its address would be taken for an analysis.
document.querySelector("[data-skip]")?.addEventListener("click", (event) => {
  event.preventDefault();
  byId("content", HTMLElement).focus();
});
window.addEventListener("hashchange", () => void route());
document.addEventListener("visibilitychange", () => document.hidden || void refresh());
await refresh();
await route();

/** @param {File[]} files */
function add(files) {
  if (files.length === 0) return;
  tell("");
  if (location.hash.length > 1) location.hash = "";
  uploads.add(files, withVideo.checked);
}

/** @param {AnalysisInfo} info */
async function uploaded(info) {
  announce(`${info.name} is uploaded`);
  await refresh();
}

/** Asks for the list, shows it, and asks again when it may have changed. */
async function refresh() {
  clearTimeout(timer);
  try {
    const before = new Map(analyses.map(({ id, state }) => [id, state]));
    if (!listed || !reachable) showPrivacy((privacy = await api.privacy()));
    analyses = await api.list();
    listed = true;
    if (!reachable) tell("");
    reachable = true;
    for (const { id, name, state } of analyses) if (state !== before.get(id) && before.has(id) && (state === "done" || state === "failed")) announce(`${name}: ${state}`);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    reachable = false;
    tell(error.code === "unauthenticated" ? "This server asks for a token. Open the address that it printed when it started: it ends in ?token=…" : error.message);
  }
  show();
  clearTimeout(timer);
  const busy = analyses.some(({ state }) => state === "queued" || state === "running");
  if (!document.hidden) timer = setTimeout(() => void refresh(), busy || !reachable ? pollMs.busy : pollMs.idle);
}

function show() {
  jobs.show(uploads.uploads, analyses);
  const any = uploads.uploads.length + analyses.length > 0;
  document.body.classList.toggle("has-jobs", any);
  byId("jobs-title", HTMLElement).hidden = !any;
  const pictures = givesPictures(privacy);
  byId("with-video-field", HTMLElement).hidden = !pictures;
  byId("without-video", HTMLElement).hidden = pictures;
  const expiring = analyses.find(({ expiresAt, finishedAt }) => expiresAt !== undefined && finishedAt !== undefined);
  const days = expiring ? (Date.parse(expiring.expiresAt ?? "") - Date.parse(expiring.finishedAt ?? "")) / 86_400_000 : 0;
  setText(byId("jobs-note", HTMLElement), days >= 1 ? `Kept for ${count(Math.round(days), "day")}, then removed${pictures ? " with their videos" : "; videos are removed as soon as they are analysed"}.` : "");
  filesView.hidden = !listed || opened !== undefined;
}

/** Shows what the address names. */
async function route() {
  const id = decodeURIComponent(location.hash.slice(1));
  opened?.view.close();
  opened = undefined;
  resultsView.hidden = true;
  resultsView.replaceChildren();
  document.title = "Files · Emostream";
  show();
  if (id === "") return;
  try {
    const [info, summary] = await Promise.all([api.get(id), api.summary(id)]);
    if (decodeURIComponent(location.hash.slice(1)) !== id) return;
    tell("");
    resultsView.hidden = false;
    opened = { id, view: new ResultsView(resultsView, api, { info, summary, pictures: givesPictures(privacy) }, tell) };
    document.title = `${info.name} · Emostream`;
    show();
    byId("results-title", HTMLElement).focus({ preventScroll: true });
    window.scrollTo(0, 0);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    tell(error.code === "result_not_ready" ? error.message : wordsForCode(error.code, error.message).what);
    show();
  }
}

/** @param {AnalysisInfo} info */
async function remove(info) {
  const pending = info.state === "queued" || info.state === "running";
  const what = pending ? "the analysis is stopped, and the uploaded video is" : givesPictures(privacy) ? "its results and the uploaded video are" : "its results are";
  if (!(await confirmRemoval(`${info.name}: ${what} removed from the server.`))) return;
  await attempt(() => api.remove(info.id));
}

/** @param {() => Promise<void>} action */
async function attempt(action) {
  try {
    await action();
    tell("");
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { what, hint } = wordsForCode(error.code, error.message);
    tell([what, hint].filter(Boolean).join(". "));
  }
  await refresh();
}

/** Says what went wrong, at the top of the page; nothing takes it away. @param {string} words */
function tell(words) {
  setText(alertLine, words);
  alertLine.hidden = words === "";
}

/** For screen readers. @param {string} words */
function announce(words) {
  setText(byId("announce", HTMLElement), words);
}
