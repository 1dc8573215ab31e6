// One colour an emotion, the same in the viewer, in annotated videos and in pictures. Based on the palette of Okabe and Ito
// ("Color Universal Design", 2008), which stays apart under the common kinds of colour blindness; shapes, order and words
// carry the meaning as well, never colour alone.

import type { Emotion } from "./emotions.js";

/** Fill colours as `#rrggbb`; legible as lines and bars on light and on dark ground. */
export const emotionColors: Readonly<Record<Emotion, string>> = {
  anger: "#d55e00",
  disgust: "#009e73",
  fear: "#cc79a7",
  happiness: "#e69f00",
  sadness: "#0072b2",
  surprise: "#56b4e9",
  neutral: "#8c8c8c",
};

/** Black or white, whichever is read better on that emotion's colour. */
export const emotionTextColors: Readonly<Record<Emotion, string>> = {
  anger: "#ffffff",
  disgust: "#000000",
  fear: "#000000",
  happiness: "#000000",
  sadness: "#ffffff",
  surprise: "#000000",
  neutral: "#000000",
};
