// @ts-check
// An hour of results as an analysis writes them: six people, one of them always, an episode every four seconds.

/** @import {createViewWriter} from "../../src/offline/views/view-files.js" */
/** @import {EmotionScores} from "../../src/core/emotions.js" */
/** @import {Face} from "../../src/core/feed.js" */

const people = 6;
const seconds = 3600;
const emotions = /** @type {const} */ (["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"]);

/**
 * Writes the files that a results page reads.
 * @param {ReturnType<typeof createViewWriter>} files
 * @param {number} fps of the film
 * @returns {Promise<number>} frames
 */
export async function writeHour({ writer, outputs }, fps) {
  for (let seq = 0; seq < seconds * fps; seq += 1) {
    const timeMs = (seq * 1000) / fps;
    const second = Math.floor(seq / fps);
    if (seq % (4 * fps) === 0) for (const event of /** @type {const} */ (["onset", "peak", "offset"])) await writer.episode?.({ event, episodeId: second + 1, trackId: 1 + (second % people), emotion: emotions[(second / 4) % 7] ?? "neutral", seq, epoch: 0, ptsMs: timeMs, raw: 0.9, smoothed: 0.8, sinceOnsetMs: 0, timeMs: timeMs + { onset: 0, peak: 500, offset: 2000 }[event] });
    const faces = Array.from({ length: people }, (_, i) => i + 1).filter((track) => track === 1 || (second + track) % 3 > 0).map((track) => faceOf(track, seq));
    await writer.frame({ seq, epoch: 0, ptsMs: timeMs, timeMs, width: 640, height: 360, faces });
  }
  await writer.finish();
  for (const output of outputs) {
    await output.complete();
    await output.publish();
  }
  return seconds * fps;
}

/**
 * @param {number} trackId
 * @param {number} seq
 * @returns {Face}
 */
function faceOf(trackId, seq) {
  const wave = 0.5 + 0.45 * Math.sin(seq / 40 + trackId);
  /** @type {EmotionScores} */
  const smoothed = { anger: 0, disgust: 0, fear: 0, happiness: wave, sadness: 0, surprise: 0, neutral: 1 - wave };
  return { trackId, box: { x: trackId * 90, y: 80 + 20 * wave, width: 70, height: 70 }, score: 0.9, landmarks: [[0, 0], [0, 0], [0, 0], [0, 0], [0, 0]], emotions: smoothed, smoothed, label: wave > 0.5 ? "happiness" : "neutral", uncertain: false };
}
