// Makes the demo clip, its truth and the composite stills out of the data folder: node scripts/demo/make.mjs [--fresh]
// Reads EMOSTREAM_DATA (default ../shared/data). Landmarks and averages are kept in a work folder of the system's temporary
// directory between runs; --fresh makes them anew. Only what is averaged from 50 or more people leaves that folder.

import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { deserialize, serialize } from "node:v8";
import { renderClip } from "./clip.mjs";
import { makeCharacters, makeExpressions } from "./composites.mjs";
import { listExamples } from "./data.mjs";
import { makeFaces } from "./faces.mjs";
import { findLandmarks } from "./landmarks.mjs";
import { writeStills } from "./stills.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const workDir = process.env.EMOSTREAM_DEMO_WORK || join(tmpdir(), "emostream-demo");
const target = join(root, "assets", "demo");
const log = (text) => console.error(text);

if (process.argv.includes("--fresh")) await rm(workDir, { recursive: true, force: true });
await mkdir(workDir, { recursive: true });
await mkdir(join(target, "faces"), { recursive: true });
try {
  const { expressions, characters } = await kept("averages", async () => {
    const found = await findLandmarks(await listExamples(workDir), workDir, log);
    const made = await makeExpressions(found, log);
    return { expressions: made, characters: await makeCharacters(found, made.layout, log) };
  });
  const faces = makeFaces(expressions, characters);
  await writeStills(faces, { expressions, characters }, join(target, "faces"));
  await renderClip(faces, target, log);
} catch (error) {
  log(`Failed: ${error.message}`);
  process.exitCode = 1;
}

async function kept(name, make) {
  const file = join(workDir, `${name}.v8`);
  try {
    return deserialize(await readFile(file));
  } catch (error) {
    if (error.code !== "ENOENT") throw error;
  }
  const made = await make();
  await writeFile(file, serialize(made));
  return made;
}
