// Keys that work on the whole page, and the link that skips the header.

import { byId } from "./dom.js";
import { readStored, store } from "./storage.js";

const storageKey = "emostream.letterKeys";

/**
 * Listens for `f` (the wall) and Escape (back to all streams). Neither while somebody types or answers a dialog; and no letter where
 * somebody has switched that off, since speech input and unsteady hands press letters unasked (WCAG 2.1.4).
 * @param {{ onWall: () => void, onEscape: () => void }} handlers
 */
export function startShortcuts({ onWall, onEscape }) {
  const lettersOn = startLetterSwitch();
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.repeat || event.isComposing || document.querySelector("dialog[open]")) return;
    if (event.key === "Escape") onEscape();
    if (event.key !== "f" || !lettersOn() || event.ctrlKey || event.metaKey || event.altKey || types(event.target)) return;
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

/** The box at the foot of the page that switches letters off; remembered by this browser. */
function startLetterSwitch() {
  const box = byId("letter-keys", HTMLInputElement);
  const button = byId("wall", HTMLButtonElement);
  const apply = () => {
    const name = button.getAttribute("aria-label") ?? "";
    button.title = box.checked ? `${name} (f)` : name;
    if (box.checked) button.setAttribute("aria-keyshortcuts", "f");
    else button.removeAttribute("aria-keyshortcuts");
  };
  box.checked = readStored(storageKey) !== "off";
  box.addEventListener("change", () => {
    store(storageKey, box.checked ? "on" : "off");
    apply();
  });
  apply();
  return () => box.checked;
}

/** @param {EventTarget | null} target */
function types(target) {
  return target instanceof HTMLElement && target.closest("input:not([type=checkbox], [type=radio]), select, textarea, [contenteditable]") !== null;
}
