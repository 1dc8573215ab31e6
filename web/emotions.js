// The seven emotions: names in the feed's order, the words shown, and their colours out of the style sheet.
// Colour never stands alone: every bar and every stretch of a timeline carries the name beside it.

/** @import {Face as FeedFace} from "../src/core/feed.ts" */
/** A face as far as pages draw it, of the feed or of a results page. @typedef {Pick<FeedFace, "trackId" | "smoothed" | "label" | "uncertain">} Face */
/** @typedef {Face["label"]} Emotion */
/** @typedef {Face["smoothed"]} EmotionScores */

/**
 * Names as the feed writes them, in its order (a test compares them with the server's).
 * @type {readonly Emotion[]}
 */
export const emotionNames = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"];

/**
 * The word a person reads.
 * @param {Emotion} emotion
 */
export function emotionWord(emotion) {
  return emotion.charAt(0).toUpperCase() + emotion.slice(1);
}

/**
 * The word for what a face shows, with a question mark where the model is not sure.
 * @param {Face} face
 */
export function faceWord({ label, uncertain }) {
  return uncertain ? `${emotionWord(label)}?` : emotionWord(label);
}

/**
 * A probability as a whole percentage, with a no-break space.
 * @param {number} probability 0 to 1
 */
export function percent(probability) {
  return `${Math.round(probability * 100)}\u00a0%`;
}

/**
 * Colours that hold at this element (they differ between dark and light and over pictures), as CSS colour strings.
 * @param {Element} element
 * @returns {Record<Emotion, string>}
 */
export function emotionColours(element) {
  const style = getComputedStyle(element);
  return /** @type {Record<Emotion, string>} */ (Object.fromEntries(emotionNames.map((name) => [name, style.getPropertyValue(`--emotion-${name}`).trim()])));
}
