// The motion gate before the engine that ships: a person comes in from the side, in a noisy picture, and is found as soon as without it.

import { readdir } from "node:fs/promises";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, it } from "vitest";
import { openEngine } from "../../../src/app.js";
import { parseConfig } from "../../../src/core/config.js";
import type { Engine } from "../../../src/core/engine.js";
import type { Frame } from "../../../src/core/frame.js";
import { silentLogger } from "../../../src/core/logger.js";
import { packageRoot } from "../../../src/core/package-info.js";
import { createFindFaces } from "../../../src/pipeline/find-faces.js";
import { StillPictures } from "../../../src/pipeline/still-pictures.js";
import { seeded } from "../../unit/pipeline/live-simulation.js";
import { requireBuild } from "../inference/support.js";

const [width, height] = [640, 360];
const config = parseConfig({});
const faces = join(packageRoot, "assets/demo/faces");
/** Frames of 15 a second: so many of an empty room, then the face comes in. */
const [empty, entering] = [45, 30];

let engine: Engine;
let face: Buffer;
beforeAll(async () => {
  requireBuild();
  engine = await openEngine(config, silentLogger(), 1);
  const [first] = (await readdir(faces)).filter((name) => name.endsWith(".png")).toSorted();
  face = await sharp(join(faces, first!)).removeAlpha().resize(90, 90).raw().toBuffer();
});
afterAll(() => engine.close());

/** The room with the face's left edge at `x`, and noise that is another in each picture. */
function frameOf(seq: number, x: number, random: () => number): Frame {
  const data = new Uint8Array(width * height * 3);
  for (let at = 0; at < data.length; at += 3) {
    const [px, py] = [(at / 3) % width, Math.floor(at / 3 / width)];
    const noise = 12 * (random() + random() - 1);
    const wall = 110 + (px > 300 && px < 330 ? 50 : 0) - 30 * (py / height) + noise;
    const [u, v] = [px - x, py - 120];
    const inFace = u >= 0 && u < 90 && v >= 0 && v < 90;
    for (let c = 0; c < 3; c++) data[at + c] = inFace ? face[3 * (v * 90 + u) + c]! + noise : wall;
  }
  return { seq, ptsMs: (seq * 1000) / 15, epoch: 0, receivedAtMs: 0, sourceWidth: width, sourceHeight: height, picture: { width, height, pixelFormat: "rgb24", data }, release: () => undefined };
}

it.each([
  ["from the left", (step: number) => -90 + 6 * step],
  ["from the right", (step: number) => width - 6 * step],
])("a face that comes in %s is found in the same frame as without the gate", async (_where, place) => {
  const stills: number[] = [];
  const pictures = new StillPictures(config.analysis.trackGapMs, ({ seq }) => stills.push(seq));
  const gated = createFindFaces(engine, config.analysis, { stills: pictures });
  const every = createFindFaces(engine, config.analysis);
  const random = seeded(11);
  const found = { gated: [] as number[], every: [] as number[] };
  for (let seq = 0; seq < empty + entering; seq++) {
    const one = frameOf(seq, seq < empty ? -1000 : place(seq - empty), random);
    pictures.isStill(one);
    if ((await gated(one, () => true)).length > 0) found.gated.push(seq);
    if ((await every(one, () => true)).length > 0) found.every.push(seq);
  }
  expect(found.every.length).toBeGreaterThan(5);
  expect(found.gated).toEqual(found.every);
  // A second is always looked at, and some more while the noise is learnt.
  expect(stills.filter((seq) => seq < empty).length).toBeGreaterThan(10);
});
