// Makes the demo clip, its truth and the composite stills out of the data folder: node scripts/demo/make.mjs [--fresh] [--out DIR]
// Reads EMOSTREAM_DATA (default ../shared/data). Landmarks and averages are kept in a work folder of the system's temporary
// directory between runs; --fresh makes them anew. --out: where to write, default assets/demo. Only what is averaged from 50 or more people leaves that folder.

import { cp, mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { deserialize, serialize } from "node:v8";
import { renderClip } from "./clip.mjs";
import { makeCharacters, makeExpressions } from "./composites.mjs";
import { listExamples } from "./data.mjs";
import { makeFaces } from "./faces.mjs";
import { findLandmarks } from "./landmarks.mjs";
import { writeStills } from "./stills.mjs";

const root = join(dirname(fileURLToPath(import.meta.url)), "..", "..");
const workDir = process.env.EMOSTREAM_DEMO_WORK || join(tmpdir(), "emostream-demo");
const { values: options } = parseArgs({ options: { fresh: { type: "boolean", default: false }, out: { type: "string", default: join(root, "assets", "demo") } } });
const log = (text) => console.error(text);

if (options.fresh) await rm(workDir, { recursive: true, force: true });
// Finished files replace the old ones at the end: whoever plays the clip meanwhile never meets half of one.
const made = join(workDir, "made");
await mkdir(join(made, "faces"), { recursive: true });
try {
  const { expressions, characters } = await kept("averages", async () => {
    const found = await findLandmarks(await listExamples(workDir), workDir, log);
    const expressionAverages = await makeExpressions(found, log);
    return { expressions: expressionAverages, characters: await makeCharacters(found, expressionAverages.layout, log) };
  });
  const faces = makeFaces(expressions, characters);
  await writeStills(faces, { expressions, characters }, join(made, "faces"));
  await renderClip(faces, made, log);
  await cp(made, options.out, { recursive: true });
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
  const value = await make();
  await writeFile(file, serialize(value));
  return value;
}
