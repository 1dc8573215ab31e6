// Which colour a face has on the overlay, and which text can be read on it.

import { paleText, trackColour, trackInk } from "../track-colours.js";

/** @import {Emotion, Face} from "../emotions.js" */

/** Relative luminance (WCAG 2) at which dark and pale text are about as easy to read. */
const middle = 0.18;

/**
 * The colours that the parameter `color` asks for.
 * @param {string} color "track", "emotion" or `#rgb`, `#rrggbb`
 * @param {Record<Emotion, string>} emotions colours over pictures
 * @returns {(face: Face) => { paint: string, ink: string }}
 */
export function colourChooser(color, emotions) {
  if (color === "track") return (face) => ({ paint: trackColour(face.trackId), ink: trackInk });
  if (color === "emotion") return (face) => ({ paint: emotions[face.label], ink: trackInk });
  const chosen = { paint: color, ink: luminance(color) > middle ? trackInk : paleText };
  return () => chosen;
}

/** @param {string} hex */
function luminance(hex) {
  const digits = hex.slice(1);
  const pairs = digits.length === 3 ? [...digits].map((d) => d + d) : (digits.match(/../g) ?? []);
  const [r = 0, g = 0, b = 0] = pairs.map((pair) => {
    const c = Number.parseInt(pair, 16) / 255;
    return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}
