// Results of files are rounded before they are written: enough digits for any use, and the same bytes from every run.

import { emotionNames, type EmotionScores } from "../core/emotions.js";
import type { Face } from "../core/feed.js";
import type { Box, Landmarks } from "../core/geometry.js";

/** A number with at most so many decimals, and never a negative zero. */
export function roundTo(value: number, decimals: number): number {
  const scale = 10 ** decimals;
  return Math.round(value * scale) / scale + 0;
}

/** Pixels: tenths, as in the feed. */
export function roundBox(box: Box): Box {
  return { x: roundTo(box.x, 1), y: roundTo(box.y, 1), width: roundTo(box.width, 1), height: roundTo(box.height, 1) };
}

/** Points in tenths of a pixel. */
export function roundLandmarks(landmarks: Landmarks): [[number, number], [number, number], [number, number], [number, number], [number, number]] {
  const point = (i: 0 | 1 | 2 | 3 | 4): [number, number] => [roundTo(landmarks[i][0], 1), roundTo(landmarks[i][1], 1)];
  return [point(0), point(1), point(2), point(3), point(4)];
}

/** Probabilities in ten-thousandths, in the order of the feed. */
export function roundScores(scores: EmotionScores): Record<(typeof emotionNames)[number], number> {
  return Object.fromEntries(emotionNames.map((n) => [n, roundTo(scores[n], 4)])) as Record<(typeof emotionNames)[number], number>;
}

/** A face as it stands in files, keys in the order of the feed. */
export function roundFace(face: Face): Face {
  return {
    trackId: face.trackId,
    box: roundBox(face.box),
    score: roundTo(face.score, 4),
    landmarks: roundLandmarks(face.landmarks),
    emotions: roundScores(face.emotions),
    smoothed: roundScores(face.smoothed),
    label: face.label,
    uncertain: face.uncertain,
  };
}
