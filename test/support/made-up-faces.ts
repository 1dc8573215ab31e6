// FER2013's CSV with faces that are nothing but waves.

import { emotionNames } from "../../src/core/emotions.js";
import { facePixels, faceSize } from "../../src/training/data/face-set.js";
import { randomFor } from "../../src/training/random.js";

/** 40 training and 10 report faces of each emotion, all different. */
export function madeUpCsv(seed = 0, reportSeed = seed): string {
  const lines = ["emotion,pixels,Usage"];
  for (const label of emotionNames.keys()) {
    for (let face = 0; face < 50; face++) {
      const random = randomFor(face < 40 ? seed : reportSeed, label, face);
      const waves = Array.from({ length: 6 }, () => [random.between(-0.6, 0.6), random.between(-0.6, 0.6), random.between(0, 6)] as const);
      const pixels = Array.from({ length: facePixels }, (_, i) => Math.round(128 + waves.reduce((s, [u, v, p]) => s + 15 * Math.sin(u * (i % faceSize) + v * Math.floor(i / faceSize) + p), 0) + label));
      lines.push(`${label},${pixels.join(" ")},${face < 40 ? "Training" : "PublicTest"}`);
    }
  }
  return `${lines.join("\n")}\n`;
}
