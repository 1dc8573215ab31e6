// Made-up frames for the fake server: a JPEG with its seq painted in as a bar code, and faces that wander and change expression.

import sharp from "sharp";
import type { Face, FrameMessage } from "../../../src/core/feed.js";
import { emotionNames, topEmotion, type EmotionScores } from "../../../src/core/emotions.js";
import { paintBarCode } from "./bar-code.js";

export const sceneWidth = 640;
export const sceneHeight = 360;
export const frameIntervalMs = 40;

/** The picture of a frame: grey with a slow change of tone, and its bar code. */
export async function scenePicture(seq: number): Promise<Uint8Array> {
  const rgb = new Uint8Array(sceneWidth * sceneHeight * 3).fill(96 + (seq % 64));
  paintBarCode(rgb, sceneWidth, sceneHeight, seq & 0xffff);
  return sharp(rgb, { raw: { width: sceneWidth, height: sceneHeight, channels: 3 } }).jpeg({ quality: 75 }).toBuffer();
}

/** The result of a frame with so many faces below the bar code. */
export function sceneResult(streamId: string, seq: number, faceCount: number): FrameMessage {
  const faces = Array.from({ length: faceCount }, (_, index) => sceneFace(index, seq));
  return { type: "frame", v: 1, streamId, seq, ptsMs: seq * frameIntervalMs, latencyMs: 28 + (seq % 7), width: sceneWidth, height: sceneHeight, faces };
}

/** One face, `index` from 0; scores follow slow waves, so that each emotion leads at times. */
export function sceneFace(index: number, seq: number): Face {
  const t = (seq * frameIntervalMs) / 1000 + index * 3.7;
  const scores = sceneScores(t);
  const { label, probability } = topEmotion(scores);
  const box = { x: 60 + index * 190 + 25 * Math.sin(t / 2), y: 150 + 20 * Math.cos(t / 3), width: 90, height: 90 };
  const at = (dx: number, dy: number): [number, number] => [box.x + dx * box.width, box.y + dy * box.height];
  return {
    trackId: index + 1,
    box,
    score: 0.99,
    landmarks: [at(0.3, 0.4), at(0.7, 0.4), at(0.5, 0.6), at(0.35, 0.8), at(0.65, 0.8)],
    emotions: scores,
    smoothed: scores,
    label,
    uncertain: probability < 0.4,
  };
}

function sceneScores(t: number): EmotionScores {
  const weights = emotionNames.map((_, i) => Math.exp(4.2 * Math.cos(t / 3.1 + (i * 2 * Math.PI) / emotionNames.length)));
  const sum = weights.reduce((a, b) => a + b, 0);
  return Object.fromEntries(emotionNames.map((name, i) => [name, (weights[i] ?? 0) / sum])) as EmotionScores;
}
