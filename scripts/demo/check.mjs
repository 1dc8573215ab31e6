// What Human says of the composites: node scripts/demo/check.mjs. For a person's eyes while working on the faces; the tests ask the engine itself.

import { readFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import sharp from "sharp";
import { loadHuman } from "./human.mjs";

const dir = join(dirname(fileURLToPath(import.meta.url)), "..", "..", "assets", "demo", "faces");
const { stills } = JSON.parse(await readFile(join(dir, "composites.json"), "utf8"));
const find = await loadHuman();
for (const [emotion, { file }] of Object.entries(stills)) {
  const { data, info } = await sharp(join(dir, file)).removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const faces = await find(data, info.width, info.height);
  const told = faces.map(({ score, emotions }) => {
    const best = Object.entries(emotions).toSorted((a, b) => b[1] - a[1]).slice(0, 3).map(([name, share]) => `${name} ${share.toFixed(2)}`);
    return `score ${score.toFixed(2)}: ${best.join(", ")}`;
  });
  console.log(`${emotion.padEnd(10)} ${told.join(" | ") || "no face"}`);
}
