// The dialog that adds a stream. Field errors come from the server, which alone knows what fits.

import { ApiError } from "./api.js";
import { byId, setText } from "./dom.js";
import { wordsForCode } from "./words.js";

/** @import {StreamInfo, StreamRequest} from "../src/server/schemas.ts" */

/** Field names of the form for the paths of the request. */
const fieldOfPath = new Map([
  ["source", "source"],
  ["name", "name"],
  ["id", "id"],
  ["transport", "transport"],
  ["analysis.maxFps", "maxFps"],
  ["analysis.maxSide", "maxSide"],
  ["analysis.blur.sigma", "sigma"],
]);

/**
 * Makes the dialog work.
 * @param {(request: StreamRequest) => Promise<StreamInfo>} add
 * @param {(added: StreamInfo) => void} onAdded
 * @returns {() => void} opens the dialog
 */
export function startAddStreamForm(add, onAdded) {
  const dialog = byId("add-dialog", HTMLDialogElement);
  const form = byId("add-form", HTMLFormElement);
  const submit = byId("add-submit", HTMLButtonElement);

  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearErrors(form);
    submit.disabled = true;
    try {
      const added = await add(readForm(new FormData(form)));
      dialog.close();
      form.reset();
      onAdded(added);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      showErrors(form, error);
    } finally {
      submit.disabled = false;
    }
  });
  const closeButton = byId("add-cancel", HTMLButtonElement);
  closeButton.addEventListener("click", () => dialog.close());
  const sigma = field(form, "sigma");
  field(form, "blur")?.addEventListener("change", (event) => {
    if (sigma) sigma.disabled = event.target instanceof HTMLInputElement && !event.target.checked;
  });
  return () => {
    clearErrors(form);
    dialog.showModal();
    field(form, "source")?.focus();
  };
}

/**
 * The request a filled form stands for; empty fields are left to the server's defaults.
 * @param {FormData} data
 * @returns {StreamRequest}
 */
export function readForm(data) {
  const text = (/** @type {string} */ name) => String(data.get(name) ?? "").trim();
  const number = (/** @type {string} */ name) => (text(name) === "" ? undefined : Number(text(name)));
  const blurred = data.has("blur");
  const blur = blurred ? { enabled: true, ...optional("sigma", number("sigma")) } : undefined;
  const analysis = {
    ...optional("maxFps", number("maxFps")),
    ...optional("maxSide", number("maxSide")),
    ...optional("blur", blur),
  };
  return {
    source: text("source"),
    ...optional("name", text("name") || undefined),
    ...optional("id", text("id") || undefined),
    ...(text("transport") === "udp" ? { transport: /** @type {const} */ ("udp") } : {}),
    ...(data.has("loop") ? { loop: true } : {}),
    ...(Object.keys(analysis).length > 0 ? { analysis } : {}),
  };
}

/**
 * @template {string} Name
 * @template Value
 * @param {Name} name
 * @param {Value | undefined} value
 * @returns {{ [key in Name]?: Value }}
 */
function optional(name, value) {
  return value === undefined ? {} : /** @type {{ [key in Name]?: Value }} */ ({ [name]: value });
}

/**
 * @param {HTMLFormElement} form
 * @param {ApiError} error
 */
function showErrors(form, error) {
  /** @type {string[]} */
  const general = [];
  for (const { path, message } of error.issues) {
    const input = field(form, fieldOfPath.get(path) ?? "");
    if (input) markField(input, path === "source" && input.value.trim() === "" ? "Type the address of a camera, or the name of a video file" : message);
    else general.push(path === "" ? message : `${path}: ${message}`);
  }
  if (error.code === "stream_exists") markField(field(form, "id"), wordsForCode(error.code, error.message).what);
  else if (error.issues.length === 0) {
    const { what, hint } = wordsForCode(error.code, error.message);
    general.push(error.code === "invalid_request" ? error.message : [what, hint].filter(Boolean).join(". "));
  }
  const summary = byId("add-error", HTMLElement);
  setText(summary, general.join(" "));
  summary.hidden = general.length === 0;
  const first = form.querySelector("[aria-invalid=true]");
  const folded = first?.closest("details");
  if (folded) folded.open = true;
  if (first instanceof HTMLElement) first.focus();
}

/**
 * @param {HTMLInputElement | undefined} input
 * @param {string} message
 */
function markField(input, message) {
  if (!input) return;
  input.setAttribute("aria-invalid", "true");
  const note = byId(`add-${input.name}-error`, HTMLElement);
  setText(note, message.charAt(0).toUpperCase() + message.slice(1));
  note.hidden = false;
}

/** @param {HTMLFormElement} form */
function clearErrors(form) {
  for (const input of form.querySelectorAll("[aria-invalid]")) input.removeAttribute("aria-invalid");
  for (const note of form.querySelectorAll(".field-error")) {
    if (note instanceof HTMLElement) note.hidden = true;
    setText(note, "");
  }
}

/**
 * @param {HTMLFormElement} form
 * @param {string} name
 */
function field(form, name) {
  const found = name === "" ? null : form.elements.namedItem(name);
  return found instanceof HTMLInputElement ? found : undefined;
}
