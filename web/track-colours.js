// Colours over pictures. Those that tell tracks apart are light tints which carry dark text and stand out over most pictures. The number is always written beside.

const tints = ["#8fd3ff", "#ffd27a", "#c5b3ff", "#9be7b0", "#ffb3c7", "#7fe3df", "#ffbf9b", "#d9e48a"];

/** Ground of words and bars. */
export const veil = "rgb(12 15 21 / 0.72)";
/** Text on it, and on dark colours. */
export const paleText = "#f3f5f9";

/** Text colour on every tint (contrast above 9 to 1). */
export const trackInk = "#10141b";

/**
 * Colour of a track; neighbouring ids differ.
 * @param {number} trackId from 1
 */
export function trackColour(trackId) {
  return tints[(trackId - 1) % tints.length] ?? "#ffffff";
}
