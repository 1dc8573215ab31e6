// The form that changes a stream while it runs: its name and its analysis settings. The fields are made of the server's own schema.

import { ApiError } from "./api.js";
import { el, setText } from "./dom.js";
import { patchOf, settingGroups, textOfValue, valueAt } from "./settings-fields.js";
import { wordsForCode } from "./words.js";

/** @import {StreamInfo} from "../src/server/schemas.ts" */
/** @import {Field, JsonSchema} from "./settings-fields.js" */

/**
 * @typedef {object} SettingsSource
 * @property {() => Promise<JsonSchema>} schema
 * @property {() => Promise<StreamInfo>} info
 * @property {(patch: { name?: string | null, analysis?: object | null }) => Promise<StreamInfo>} change
 */

/** @typedef {{ field: Field, before: string, input: HTMLInputElement | HTMLSelectElement | HTMLTextAreaElement, error: HTMLElement }} Entry */

/** The settings of one stream, folded until somebody opens them. */
export class SettingsForm {
  #id;
  #source;
  #onChanged;
  #body = el("div", { class: "settings-body" });
  #status = el("p", { class: "panel-note", role: "status" });
  #error = el("p", { class: "form-error", role: "alert", hidden: true });
  #name = el("input", { type: "text", maxlength: 200, autocomplete: "off" });
  #save = el("button", { class: "button primary", type: "submit", text: "Save" });
  #reset = el("button", { class: "button", type: "button", text: "Use the server’s settings" });
  #form = el("form", { class: "settings-form", novalidate: true });
  #details = el("details", { class: "panel-box settings", "data-admin": true });
  /** @type {Entry[]} */
  #entries = [];
  #nameBefore = "";

  /**
   * @param {string} id
   * @param {SettingsSource} source
   * @param {(info: StreamInfo) => void} onChanged
   */
  constructor(id, source, onChanged) {
    this.#id = id;
    this.#source = source;
    this.#onChanged = onChanged;
    this.#name.id = this.#fieldId("name");
    this.#form.append(this.#error, el("div", { class: "field" }, el("label", { for: this.#name.id, text: "Name" }), this.#name), this.#body, el("div", { class: "panel-buttons" }, this.#save, this.#reset), this.#status);
    this.#details.append(el("summary", {}, el("h3", { text: "Settings" })), this.#form);
    this.#details.addEventListener("toggle", () => {
      if (this.#details.open) void this.#load();
    });
    this.#form.addEventListener("submit", (event) => {
      event.preventDefault();
      void this.#submit();
    });
    this.#reset.addEventListener("click", () => void this.#send({ analysis: null }));
  }

  get element() {
    return this.#details;
  }

  async #load() {
    this.#clear();
    try {
      const [schema, info] = await Promise.all([this.#source.schema(), this.#source.info()]);
      if (this.#entries.length === 0) this.#build(schema);
      this.#fill(info);
    } catch (error) {
      this.#fail(error);
    }
  }

  /** @param {JsonSchema} schema */
  #build(schema) {
    for (const { label, fields } of settingGroups(schema)) {
      const group = el("fieldset", { class: "settings-group" }, el("legend", { text: label }));
      for (const field of fields) {
        const entry = this.#entry(field);
        this.#entries.push(entry);
        group.append(this.#row(entry));
      }
      this.#body.append(group);
    }
  }

  /**
   * @param {Field} field
   * @returns {Entry}
   */
  #entry(field) {
    const input = inputOf(field);
    input.id = this.#fieldId(field.path);
    input.name = field.path;
    input.setAttribute("aria-describedby", `${input.id}-hint ${input.id}-error`);
    const error = el("p", { class: "field-error", id: `${input.id}-error`, hidden: true });
    return { field, before: "", input, error };
  }

  /** @param {Entry} entry */
  #row({ field, input, error }) {
    const label = el("label", { for: input.id, text: field.label });
    const hint = el("p", { class: "hint", id: `${input.id}-hint`, text: field.description });
    if (field.kind !== "boolean") return el("div", { class: field.kind === "rows" ? "field wide" : "field" }, label, input, hint, error);
    return el("div", { class: "field" }, el("div", { class: "check" }, input, label), hint, error);
  }

  /** @param {StreamInfo} info */
  #fill(info) {
    this.#nameBefore = info.name ?? "";
    this.#name.value = this.#nameBefore;
    for (const entry of this.#entries) {
      entry.before = textOfValue(entry.field, valueAt(info.settings.analysis, entry.field.path));
      setValue(entry.input, entry.before);
    }
  }

  async #submit() {
    const name = this.#name.value.trim();
    const analysis = patchOf(this.#entries.map(({ field, before, input }) => ({ field, before, now: valueOf(input) })));
    const patch = { ...(name === this.#nameBefore ? {} : { name: name === "" ? null : name }), ...(Object.keys(analysis).length === 0 ? {} : { analysis }) };
    if (Object.keys(patch).length === 0) {
      this.#clear();
      setText(this.#status, "Nothing was changed.");
    } else await this.#send(patch);
  }

  /** @param {{ name?: string | null, analysis?: object | null }} patch */
  async #send(patch) {
    this.#clear();
    this.#save.disabled = true;
    this.#reset.disabled = true;
    try {
      const info = await this.#source.change(patch);
      this.#fill(info);
      this.#onChanged(info);
      setText(this.#status, "Saved.");
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#save.disabled = false;
      this.#reset.disabled = false;
    }
  }

  /** @param {unknown} error */
  #fail(error) {
    if (!(error instanceof ApiError)) throw error;
    /** @type {string[]} */
    const general = [];
    for (const { path, message } of error.issues) {
      const inner = path.replace(/^analysis\.?/, "");
      const entry = this.#entries.find(({ field }) => inner === field.path || inner.startsWith(`${field.path}.`));
      if (entry) mark(entry, message);
      else general.push(path === "" ? message : `${path}: ${message}`);
    }
    if (error.issues.length === 0) {
      const { what, hint } = wordsForCode(error.code, error.message);
      general.push([what, hint].filter(Boolean).join(". "));
    }
    setText(this.#error, general.join(" "));
    this.#error.hidden = general.length === 0;
    this.#entries.find(({ error: note }) => !note.hidden)?.input.focus();
  }

  #clear() {
    setText(this.#status, "");
    this.#error.hidden = true;
    for (const { input, error } of this.#entries) {
      input.removeAttribute("aria-invalid");
      error.hidden = true;
      setText(error, "");
    }
  }

  /** @param {string} path */
  #fieldId(path) {
    return `setting-${this.#id}-${path.replaceAll(".", "-")}`;
  }
}

/** @param {Field} field */
function inputOf(field) {
  if (field.kind === "choice") return el("select", {}, ...(field.choices ?? []).map((choice) => el("option", { value: choice, text: choice })));
  if (field.kind === "boolean") return el("input", { type: "checkbox" });
  if (field.kind === "rows") return el("textarea", { rows: 3, spellcheck: false, autocomplete: "off", placeholder: `${field.columns?.join(" ")}, shares from 0 to 1, one region a line` });
  return el("input", { type: "number", min: field.min, max: field.max, step: field.kind === "integer" ? 1 : "any", placeholder: "as the server" });
}

/** @param {Entry["input"]} input */
function valueOf(input) {
  return input instanceof HTMLInputElement && input.type === "checkbox" ? String(input.checked) : input.value;
}

/**
 * @param {Entry["input"]} input
 * @param {string} text
 */
function setValue(input, text) {
  if (input instanceof HTMLInputElement && input.type === "checkbox") input.checked = text === "true";
  else input.value = text;
}

/**
 * @param {Entry} entry
 * @param {string} message
 */
function mark({ input, error }, message) {
  input.setAttribute("aria-invalid", "true");
  setText(error, message.charAt(0).toUpperCase() + message.slice(1));
  error.hidden = false;
}
