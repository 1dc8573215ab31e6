// Keys that work on the whole page, and the link that skips the header.

import { byId } from "./dom.js";

/**
 * Listens for `f` (the wall) and Escape (back to all streams). Neither while somebody types or answers a dialog.
 * @param {{ onWall: () => void, onEscape: () => void }} handlers
 */
export function startShortcuts({ onWall, onEscape }) {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.repeat || event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") onEscape();
    if (event.key !== "f" || event.ctrlKey || event.metaKey || event.altKey || types(event.target)) return;
    event.preventDefault();
    onWall();
  });
  const skip = document.querySelector(".skip-link");
  skip?.addEventListener("click", (event) => {
    // Following it would change the part of the address that says which view is on.
    event.preventDefault();
    byId("streams", HTMLElement).focus();
  });
}

/** @param {EventTarget | null} target */
function types(target) {
  return target instanceof HTMLElement && target.closest("input, select, textarea, [contenteditable]") !== null;
}
