// One still of each emotion on plain ground, and composites.json, which tells how many people are in each.

import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { emotionNames } from "./data.mjs";
import { headMask, paintPerson } from "./paint.mjs";
import { toByte } from "./warp.mjs";

const side = 256;
/** Who shows what: each expression on the character that it is read best from. */
const shownBy = { anger: 0, disgust: 1, fear: 1, happiness: 3, sadness: 0, surprise: 2, neutral: 2 };
/** Plain ground, linear light. */
const ground = [0.2, 0.23, 0.27];

/** Writes <emotion>.png and composites.json. */
export async function writeStills(faces, { expressions, characters }, dir) {
  const mask = headMask(faces.points);
  const stills = {};
  for (const emotion of emotionNames) {
    const character = shownBy[emotion];
    const target = { data: Float32Array.from({ length: side * side * 3 }, (_, j) => ground[j % 3]), width: side, height: side };
    const { box, landmarks } = paintPerson(target, faces, mask, character, { [emotion]: 1 }, { x: side / 2, y: 0.53 * side, height: 0.42 * side, roll: 0 });
    const picture = sharp(Buffer.from(Uint8Array.from(target.data, toByte)), { raw: { width: side, height: side, channels: 3 } });
    await picture.png({ compressionLevel: 9, palette: false }).toFile(join(dir, `${emotion}.png`));
    stills[emotion] = { file: `${emotion}.png`, character, box: rounded(box), landmarks: landmarks.map((p) => p.map(tenth)) };
  }
  const people = {
    about: "How many people each average is made of, every one with the same weight. A face of the clip or a still is a character with an expression.",
    script: "scripts/demo/make.mjs",
    characters: characters.map(({ people: count }) => ({ people: count, set: "faces-landmarks (portrait)" })),
    expressions: Object.fromEntries(emotionNames.map((emotion) => [emotion, setsOf(emotion, expressions)])),
    stills,
  };
  await writeFile(join(dir, "composites.json"), `${JSON.stringify(people, null, 2)}\n`);
}

function setsOf(emotion, { expressions, sharp: sharpAverages }) {
  const sets = [{ people: expressions[emotion].people, set: "ferplus" }];
  if (sharpAverages[emotion] !== undefined) sets.push({ people: sharpAverages[emotion].people, set: "expressions" });
  return sets;
}

function rounded(box) {
  return Object.fromEntries(Object.entries(box).map(([key, value]) => [key, tenth(value)]));
}

function tenth(value) {
  return Math.round(value * 10) / 10;
}
