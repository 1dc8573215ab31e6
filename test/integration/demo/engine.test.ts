// The engine that ships on the demo clip and the stills: what the truth shows, it finds.

import { readFile } from "node:fs/promises";
import { join } from "node:path";
import sharp, { type Sharp } from "sharp";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/core/config.js";
import type { DetectedFace, Engine } from "../../../src/core/engine.js";
import { emotionNames, topEmotion } from "../../../src/core/emotions.js";
import { iou, type Box } from "../../../src/core/geometry.js";
import { faceQuality } from "../../../src/core/face-quality.js";
import type { Pose } from "../../../src/core/pose.js";
import { silentLogger } from "../../../src/core/logger.js";
import { openEngine } from "../../../src/app.js";
import { decodeClip, demoDir, readComposites, readTruth } from "./support.js";

/** Every so many frames are looked at. */
const step = 2;
/** Smaller faces, and faces that another head hides or the border cuts, are not asked for. */
const minHeight = 60;
const minVisible = 0.95;

describe("the default engine on the demo", () => {
  const config = parseConfig({});
  let engine: Engine;
  beforeAll(async () => {
    engine = await openEngine(config, silentLogger(), 1);
  });
  afterAll(() => engine.close());

  it("finds every whole face in every frame", { timeout: 180_000 }, async () => {
    const truth = await readTruth();
    const pictures = await decodeClip(truth.width, truth.height, step);
    const tally = new Map<number, { asked: number; found: number }>();
    for (const [i, data] of pictures.entries()) {
      const found = (await engine.analyze([{ picture: { data, width: truth.width, height: truth.height, pixelFormat: "rgb24" }, blurSigma: config.analysis.blur.sigma }]))[0] ?? [];
      for (const { id, box, visible } of truth.frames[i * step]?.faces ?? []) {
        if (box.height < minHeight || visible < minVisible) continue;
        const entry = tally.get(id) ?? { asked: 0, found: 0 };
        tally.set(id, { asked: entry.asked + 1, found: entry.found + (found.some((face) => matches(face, box)) ? 1 : 0) });
      }
    }
    expect([...tally.keys()].toSorted()).toEqual([1, 2, 3, 4]);
    for (const [id, { asked, found }] of tally) {
      expect(asked, `frames with face ${id}`).toBeGreaterThan(20);
      expect(found, `face ${id}`).toBe(asked);
    }
  });

  it("finds the one face of every still where it is", async () => {
    const { stills } = await readComposites();
    for (const name of emotionNames) {
      const { data, info } = await sharp(await readFile(join(demoDir, "faces", stills[name].file))).removeAlpha().raw().toBuffer({ resolveWithObject: true });
      const faces = (await engine.analyze([{ picture: { data, width: info.width, height: info.height, pixelFormat: "rgb24" } }]))[0] ?? [];
      expect(faces.length, name).toBe(1);
      expect(faces.some((face) => matches(face, stills[name].box)), name).toBe(true);
    }
  });

  it.each([-30, 0, 30])("names the expression of every still, rolled by %i degrees", async (degrees) => {
    const { stills } = await readComposites();
    const named: Record<string, string> = {};
    for (const name of emotionNames) {
      const { data, info } = await sharp(await readFile(join(demoDir, "faces", stills[name].file))).removeAlpha().rotate(degrees, { background: "#808080" }).raw().toBuffer({ resolveWithObject: true });
      const [face] = (await engine.analyze([{ picture: { data, width: info.width, height: info.height, pixelFormat: "rgb24" } }]))[0] ?? [];
      named[name] = face?.emotions === undefined ? "no face" : topEmotion(face.emotions).label;
    }
    expect(named).toEqual(Object.fromEntries(emotionNames.map((name) => [name, name])));
  });

  it("says of every still that it looks here, how it was rolled, and that it was blurred", async () => {
    const { stills } = await readComposites();
    for (const name of emotionNames) {
      const file = join(demoDir, "faces", stills[name].file);
      const upright = await quality(engine, sharp(file));
      const rolled = await quality(engine, sharp(file).rotate(30, { background: "#808080" }));
      expect(Math.abs(upright.yaw), name).toBeLessThan(10);
      // An open mouth lies lower, as if the face were lifted.
      expect(Math.abs(upright.pitch), name).toBeLessThan(25);
      expect(Math.abs(rolled.roll - upright.roll - 30), name).toBeLessThan(5);
      expect(Math.abs(rolled.yaw - upright.yaw), name).toBeLessThan(8);
      const blurred = await quality(engine, sharp(file).blur(3));
      expect(blurred.sharpness, name).toBeLessThan(0.6 * upright.sharpness);
      expect(blurred.sharpness, name).toBeGreaterThan(0);
    }
  });
});

async function quality(engine: Engine, picture: Sharp): Promise<Pose & { readonly sharpness: number }> {
  const { data, info } = await picture.removeAlpha().raw().toBuffer({ resolveWithObject: true });
  const [face] = (await engine.analyze([{ picture: { data, width: info.width, height: info.height, pixelFormat: "rgb24" } }]))[0] ?? [];
  const { pose, sharpness } = faceQuality(face!);
  return { ...pose!, sharpness: sharpness! };
}

/** Boxes of different conventions: the same face when they overlap by a good part. */
function matches(face: DetectedFace, box: Box): boolean {
  return iou(face.box, box) > 0.4;
}
