// Asks before something is removed.

import { byId, setText } from "./dom.js";

/**
 * Shows the question; resolves to true when it is confirmed, false when it is left any other way.
 * @param {string} question
 * @returns {Promise<boolean>}
 */
export function confirmRemoval(question) {
  const dialog = byId("confirm-dialog", HTMLDialogElement);
  setText(byId("confirm-text", HTMLElement), question);
  dialog.returnValue = "";
  dialog.showModal();
  return new Promise((resolve) => {
    dialog.addEventListener("close", () => resolve(dialog.returnValue === "yes"), { once: true });
  });
}
