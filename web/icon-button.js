// Buttons that are an icon: their name is read out, and shown when the pointer rests.

import { el } from "./dom.js";
import { icon } from "./icons.js";

/** @import {IconName} from "./icons.js" */

/**
 * @param {IconName} name
 * @param {string} label
 * @param {{ onClick?: () => void, admin?: boolean }} [options] `admin`: it changes something, so it is not for those who may only look
 */
export function iconButton(name, label, { onClick, admin = false } = {}) {
  const button = el("button", { class: "icon-button", type: "button", "data-admin": admin });
  setIconButton(button, name, label);
  if (onClick) button.addEventListener("click", onClick);
  return button;
}

/**
 * What the button does has changed.
 * @param {HTMLButtonElement} button
 * @param {IconName} name
 * @param {string} label
 */
export function setIconButton(button, name, label) {
  button.replaceChildren(icon(name));
  button.setAttribute("aria-label", label);
  button.title = label;
}
