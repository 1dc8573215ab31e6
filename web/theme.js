// Dark, light, or as the system has it. The choice is stored; the style sheet only ever sees `data-theme="dark"` or `"light"`.

import { setIconButton } from "./icon-button.js";
import { readStored, store } from "./storage.js";

/** @import {IconName} from "./icons.js" */
/** @typedef {"auto" | "light" | "dark"} ThemeChoice */

const storageKey = "emostream.theme";

/** @type {Record<ThemeChoice, { next: ThemeChoice, icon: IconName, word: string }>} */
const choices = {
  auto: { next: "light", icon: "auto", word: "as the system" },
  light: { next: "dark", icon: "sun", word: "light" },
  dark: { next: "auto", icon: "moon", word: "dark" },
};

/**
 * Applies the stored choice and lets a button go through the choices.
 * @param {HTMLButtonElement} button
 * @param {() => void} onChange called after the colours changed
 */
export function startTheme(button, onChange) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  let choice = stored();

  const apply = () => {
    const dark = choice === "dark" || (choice === "auto" && system.matches);
    document.documentElement.dataset.theme = dark ? "dark" : "light";
    setIconButton(button, choices[choice].icon, `Colours: ${choices[choice].word}. Change to ${choices[choices[choice].next].word}`);
    onChange();
  };

  button.addEventListener("click", () => {
    choice = choices[choice].next;
    store(storageKey, choice);
    apply();
  });
  system.addEventListener("change", apply);
  apply();
}

/** @returns {ThemeChoice} */
function stored() {
  const value = readStored(storageKey);
  return value === "light" || value === "dark" ? value : "auto";
}
