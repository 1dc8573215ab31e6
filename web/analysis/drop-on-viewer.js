// On the viewer's page: videos that are dropped there are sent from there, with their progress in a dialog, and the page of files follows.
// A file cannot be handed from one page to the next.

import { el } from "../dom.js";
import { AnalysisApi } from "./analysis-api.js";
import { acceptDrops } from "./drop-target.js";
import { UploadQueue } from "./upload-queue.js";
import { size } from "./words.js";

const veil = el("div", { class: "drop-veil", hidden: true }, el("p", { text: "Drop to analyse" }));
const list = el("ul", { class: "upload-list", "aria-live": "polite" });
const leave = el("button", { class: "button", type: "button" });
const dialog = el("dialog", { class: "small upload-dialog", "aria-labelledby": "upload-title" }, el("div", { class: "dialog-form" }, el("h2", { id: "upload-title", text: "Sending to the server" }), list, el("div", { class: "dialog-actions" }, leave)));
document.body.append(veil, dialog);

let sent = 0;
const uploads = new UploadQueue(new AnalysisApi(document.baseURI), { onChange: show, onDone: () => (sent += 1) });
acceptDrops(veil, (files) => {
  uploads.add(files, true);
  if (!dialog.open) dialog.showModal();
});
leave.addEventListener("click", stop);
// Escape, too, must not leave an upload behind that nobody sees.
dialog.addEventListener("cancel", stop);

function stop() {
  for (const { number } of uploads.uploads) uploads.drop(number);
  dialog.close();
}

function show() {
  const all = uploads.uploads;
  list.replaceChildren(
    ...all.map(({ file, state, sentBytes, failure }) =>
      el("li", {}, el("p", { text: file.name }), state === "failed" ? el("p", { class: "failed", text: failure ?? "Failed" }) : el("progress", { max: Math.max(1, file.size), value: sentBytes, "aria-label": `${file.name}: ${size(sentBytes)} of ${size(file.size)}` })),
    ),
  );
  leave.textContent = uploads.busy ? "Stop" : "Close";
  // `onDone` comes just after the last one has left the list.
  if (all.length === 0) queueMicrotask(() => sent > 0 && location.assign("./analysis.html"));
}
