// The pictures that the composites are averaged from: lists of (picture, person, emotion) out of the data folder. Nothing of it is ever written into the repository.

import { execFile } from "node:child_process";
import { access, mkdir, readFile, readdir } from "node:fs/promises";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const run = promisify(execFile);
const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");

/** The seven emotions, in the order of the feed (src/core/emotions.ts). */
export const emotionNames = ["anger", "disgust", "fear", "happiness", "sadness", "surprise", "neutral"];

const ferColumns = ["neutral", "happiness", "surprise", "sadness", "anger", "disgust", "fear", "contempt", "unknown", "NF"];
/** Share of the votes that the majority needs, and how many pictures of an emotion are looked at. Disgust and fear are rare. */
const ferRules = { disgust: [0.5, 400], fear: [0.6, 400], anger: [0.9, 300], sadness: [0.9, 300], surprise: [0.9, 300], happiness: [0.99, 300], neutral: [0.99, 400] };

/**
 * Unpacks the sets into `workDir` (once) and lists the pictures worth looking at.
 * @throws Error that names the missing file and the variable to set
 * @typedef {{set: "portraits" | "expressions" | "ferplus", file: string, person: string, emotion?: string, near?: number[]}} Example
 *   `near`: where the face meant is, pixels of the picture
 */
export async function listExamples(workDir) {
  const dataDir = resolve(process.env.EMOSTREAM_DATA || join(root, "..", "shared", "data"));
  await unpack(dataDir, "expressions.tar.gz", join(workDir, "expressions"));
  await unpack(dataDir, "ferplus.tar.gz", join(workDir, "ferplus"));
  await unpack(dataDir, "faces-landmarks.tar.gz", join(workDir, "portraits"));
  return [...(await listPortraits(dataDir, join(workDir, "portraits"))), ...(await listExpressions(join(workDir, "expressions"))), ...(await listFerplus(join(workDir, "ferplus")))];
}

async function unpack(dataDir, name, target) {
  const archive = join(dataDir, name);
  try {
    await access(archive);
  } catch (cause) {
    throw new Error(`Expected the data set ${archive}, which is not there. Set EMOSTREAM_DATA to the folder that holds it (docs/data.md tells where it is published).`, { cause });
  }
  const done = join(target, ".unpacked");
  if (await access(done).then(() => true, () => false)) return;
  await mkdir(target, { recursive: true });
  await run("tar", ["xzf", archive, "-C", target]);
  await mkdir(done);
}

/** Portraits show whole heads in colour, without a label. */
async function listPortraits(dataDir, dir) {
  const lines = (await readFile(join(dataDir, "faces.csv"), "utf8")).split("\n").filter((line) => line.startsWith("portrait,"));
  return lines.map((line) => {
    const cells = line.trim().split(",");
    return { set: "portraits", file: join(dir, cells[1]), person: cells[1], near: [Number(cells[13]), Number(cells[14])] };
  });
}

/** One picture of each person, the first `perEmotion` people: they make smiles and calm faces sharper than FER+'s 48 pixels can. */
async function listExpressions(dir, perEmotion = 300) {
  const examples = [];
  for (const emotion of ["neutral", "happiness"]) {
    const people = new Map();
    for (const name of (await readdir(join(dir, "train", emotion))).toSorted()) {
      const person = name.split("_")[0];
      if (!people.has(person)) people.set(person, { set: "expressions", file: join(dir, "train", emotion, name), person, emotion });
    }
    examples.push(...[...people.values()].slice(0, perEmotion));
  }
  return examples;
}

/** FER+ names no people: each picture counts as one, near-duplicates are taken out later by their pixels. */
async function listFerplus(dir) {
  const examples = [];
  for (const split of ["FER2013Train", "FER2013Valid"]) {
    const text = await readFile(join(dir, "data", split, "label.csv"), "utf8");
    for (const line of text.split("\n")) {
      const match = /^(fer\w+\.png),"[^"]*",(.+)$/.exec(line.trim());
      if (match === null) continue;
      const votes = match[2].split(",").map((v) => (Number(v) > 1 ? Number(v) : 0));
      const best = votes.indexOf(Math.max(...votes));
      const emotion = ferColumns[best];
      const share = votes[best] / votes.reduce((a, b) => a + b, 0);
      if (ferRules[emotion] !== undefined && share >= ferRules[emotion][0]) {
        examples.push({ set: "ferplus", file: join(dir, "data", split, match[1]), person: match[1].replace(".png", ""), emotion, share });
      }
    }
  }
  const taken = [];
  for (const [emotion, [, limit]] of Object.entries(ferRules)) {
    const clearest = examples.filter((e) => e.emotion === emotion).toSorted((a, b) => b.share - a.share || (a.file < b.file ? -1 : 1));
    taken.push(...clearest.slice(0, limit).map(({ share: _share, ...example }) => example));
  }
  return taken;
}
