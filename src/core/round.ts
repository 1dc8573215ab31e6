// How exact the numbers of the feed are. More digits would be noise that costs bytes; fewer would show.

import { emotionNames, type EmotionScores } from "./emotions.js";
import type { Box, Landmarks, Point } from "./geometry.js";
import type { Pose } from "./pose.js";

const digits = { probability: 4, sharpness: 4, degrees: 1, pixels: 1, ptsMs: 3, latencyMs: 1, fps: 1 } as const;

function round(value: number, places: number): number {
  const factor = 10 ** places;
  // + 0 turns -0 into 0, which JSON writes alike and equality does not.
  return Math.round(value * factor) / factor + 0;
}

/** To 4 decimals. */
export const roundProbability = (value: number): number => round(value, digits.probability);
/** To 4 decimals. */
export const roundSharpness = (value: number): number => round(value, digits.sharpness);
/** To 3 decimals: pts come in ticks of up to 90 kHz. */
export const roundPtsMs = (value: number): number => round(value, digits.ptsMs);
/** To 1 decimal. */
export const roundLatencyMs = (value: number): number => round(value, digits.latencyMs);
/** To 1 decimal. */
export const roundFps = (value: number): number => round(value, digits.fps);

/** Each score to 4 decimals; the sum may be off by as much as seven half units. */
export function roundScores(scores: EmotionScores): Record<keyof EmotionScores, number> {
  return Object.fromEntries(emotionNames.map((name) => [name, roundProbability(scores[name])])) as Record<keyof EmotionScores, number>;
}

/** Degrees to 1 decimal. */
export function roundPose({ yaw, pitch, roll }: Pose): { yaw: number; pitch: number; roll: number } {
  return { yaw: round(yaw, digits.degrees), pitch: round(pitch, digits.degrees), roll: round(roll, digits.degrees) };
}

/** Pixels to 1 decimal. */
export function roundBox(box: Box): Box {
  return { x: round(box.x, digits.pixels), y: round(box.y, digits.pixels), width: round(box.width, digits.pixels), height: round(box.height, digits.pixels) };
}

/** Pixels to 1 decimal. */
export function roundLandmarks(landmarks: Landmarks): [MutablePoint, MutablePoint, MutablePoint, MutablePoint, MutablePoint] {
  const [a, b, c, d, e] = landmarks;
  return [roundPoint(a), roundPoint(b), roundPoint(c), roundPoint(d), roundPoint(e)];
}

type MutablePoint = [number, number];

function roundPoint([x, y]: Point): MutablePoint {
  return [round(x, digits.pixels), round(y, digits.pixels)];
}
