// Finds the mesh of the face in every example picture. Slow (minutes), so its result is kept in the work folder, never in the repository.

import { readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { loadHuman } from "./human.mjs";

/** Points of MediaPipe's face mesh; Human appends ten for the irises. */
export const meshPoints = 468;
/** FER+ faces fill their 48x48: enlarged and given a border, so that the detector sees them in context. */
const ferScale = 5;
const ferBorder = 60;

/**
 * Reads a picture as full-range RGB.
 * @returns {Promise<{data: Uint8Array, width: number, height: number}>} rows top to bottom, without padding
 */
export async function readPicture(example) {
  let picture = sharp(example.file).toColourspace("srgb").removeAlpha();
  if (example.set === "ferplus") {
    picture = picture.resize(48 * ferScale, 48 * ferScale, { kernel: "cubic" }).extend({ top: ferBorder, bottom: ferBorder, left: ferBorder, right: ferBorder, extendWith: "copy" });
  }
  const { data, info } = await picture.raw().toBuffer({ resolveWithObject: true });
  return { data, width: info.width, height: info.height };
}

/**
 * Every example with a face: its mesh, the detector's score and Human's opinion of the emotion.
 * @typedef {import("./data.mjs").Example & {score: number, points: number[], opinion: Record<string, number>}} Aligned `points`: x0, y0, x1, y1, ... of 468 points, pixels
 */
export async function findLandmarks(examples, workDir, log) {
  const cache = join(workDir, "landmarks.json");
  try {
    const kept = JSON.parse(await readFile(cache, "utf8"));
    if (kept.examples === examples.length) return kept.found;
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  const find = await loadHuman({ maxDetected: 3 });
  const found = [];
  for (const [i, example] of examples.entries()) {
    if (i % 250 === 0) log(`landmarks ${i}/${examples.length}`);
    const picture = await readPicture(example);
    const face = choose(await find(picture.data, picture.width, picture.height), example.near);
    if (face === undefined) continue;
    const points = face.mesh.slice(0, meshPoints).flatMap(([x, y]) => [Math.round(x * 100) / 100, Math.round(y * 100) / 100]);
    found.push({ ...example, score: face.score, points, opinion: face.emotions });
  }
  await writeFile(cache, JSON.stringify({ examples: examples.length, found }));
  return found;
}

/** The face whose nose is nearest to the one meant, else the largest. */
function choose(faces, near) {
  const rank = ({ box, mesh }) => (near === undefined ? box[2] * box[3] : -Math.hypot(mesh[4][0] - near[0], mesh[4][1] - near[1]) / box[2]);
  const best = faces.filter((face) => face.mesh.length >= meshPoints).toSorted((a, b) => rank(b) - rank(a))[0];
  return best !== undefined && (near === undefined || rank(best) > -0.2) ? best : undefined;
}
