// The engine that ships on the demo clip: the same bytes with one worker and with two, and stills.

import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { silentLogger } from "../../../src/core/logger.js";
import { packageRoot } from "../../../src/core/package-info.js";
import type { Engine } from "../../../src/core/engine.js";
import { openEngine } from "../../../src/app.js";
import { analyzeFile, drawPicture, predictPicture, resultFormats } from "../../../src/offline/index.js";
import { config, ffmpeg, optionsFor, probedTimes } from "./helpers.js";

const demo = join(packageRoot, "assets/demo/demo.mp4");

let dir: string;
let clip: string;
let engine: Engine;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "emostream-engine-"));
  clip = join(dir, "clip.mp4");
  await ffmpeg("-i", demo, "-frames:v", "12", "-c:v", "libx264", "-preset", "veryfast", "-qp", "16", clip);
  engine = await openEngine(config, silentLogger(), 1);
});

afterAll(async () => {
  await engine.close();
  await rm(dir, { recursive: true, force: true });
});

describe("with the default engine", () => {
  it("gives the same bytes with one worker and with two, in all formats", async () => {
    const one = await analyzeFile(optionsFor(clip, join(dir, "one"), { formats: resultFormats, engine }));
    const two = await openEngine(config, silentLogger(), 2);
    try {
      await analyzeFile(optionsFor(clip, join(dir, "two"), { formats: resultFormats, engine: two }));
    } finally {
      await two.close();
    }
    expect(one.frames).toBe(12);
    expect(one.faces).toBeGreaterThan(12);
    expect(await probedTimes(join(dir, "one", "clip.annotated.mp4"))).toHaveLength(12);
    const names = await readdir(join(dir, "one"));
    expect(names).toHaveLength(resultFormats.length);
    for (const name of names) expect((await readFile(join(dir, "one", name))).equals(await readFile(join(dir, "two", name))), name).toBe(true);
  }, 240_000);

  it("classifies each face so often, with the same bytes for any number of workers, and says so", async () => {
    const settings = { ...config.analysis, emotionsEveryMs: 150 };
    await analyzeFile(optionsFor(clip, join(dir, "seldom-one"), { formats: ["jsonl", "csv"], engine, settings }));
    const two = await openEngine(config, silentLogger(), 2);
    try {
      await analyzeFile(optionsFor(clip, join(dir, "seldom-two"), { formats: ["jsonl", "csv"], engine: two, settings }));
    } finally {
      await two.close();
    }
    for (const name of ["clip.jsonl", "clip.csv"]) expect((await readFile(join(dir, "seldom-one", name))).equals(await readFile(join(dir, "seldom-two", name))), name).toBe(true);
    const read = async (folder: string) => (await readFile(join(dir, folder, "clip.jsonl"), "utf8")).trimEnd().split("\n").map((line) => JSON.parse(line));
    const [head, ...seldom] = await read("seldom-one");
    const [, ...always] = await read("one");
    expect(head.config.analysis.emotionsEveryMs).toBe(150);
    const ages = new Set<number | undefined>();
    for (const [i, { faces }] of seldom.filter(({ type }) => type === "frame").entries()) {
      for (const [k, one] of faces.entries()) {
        const { emotions, ...same } = always.filter(({ type }) => type === "frame")[i].faces[k];
        ages.add(one.carriedMs);
        expect([one.trackId, one.box, one.landmarks]).toEqual([same.trackId, same.box, same.landmarks]);
        // Where it was classified, as ever.
        if (one.carriedMs === undefined) expect(one.emotions).toEqual(emotions);
      }
    }
    // The clip has 20 frames a second.
    expect(ages).toEqual(new Set([undefined, 50, 100]));
  }, 120_000);

  it("finds faces in stills, also turned by EXIF, and nothing in a single pixel", async () => {
    const still = join(dir, "still.png");
    await ffmpeg("-ss", "1.5", "-i", demo, "-frames:v", "1", still);
    const { default: sharp } = await import("sharp");
    const options = { engine, settings: config.analysis, maxPixels: 1e8 };
    const upright = await predictPicture(still, options);
    expect(upright.faces.length).toBeGreaterThan(1);
    // Stored turned by 90 degrees to the left, with the note to turn it back.
    const turned = await sharp(still).rotate(270).withMetadata({ orientation: 6 }).jpeg({ quality: 98 }).toBuffer();
    const again = await predictPicture(turned, options);
    expect([again.width, again.height]).toEqual([upright.width, upright.height]);
    expect(Math.abs((again.faces[0]?.box.x ?? Infinity) - (upright.faces[0]?.box.x ?? 0))).toBeLessThan(12);
    const equalized = await predictPicture(still, { ...options, classify: { equalize: true } });
    expect(equalized.faces.map(({ box }) => box)).toEqual(upright.faces.map(({ box }) => box));
    expect(equalized.faces.map(({ emotions }) => emotions)).not.toEqual(upright.faces.map(({ emotions }) => emotions));
    expect((await drawPicture(turned, again, 1e8)).length).toBeGreaterThan(1000);
    const pixel = await sharp({ create: { width: 1, height: 1, channels: 3, background: "#808080" } }).png().toBuffer();
    expect((await predictPicture(pixel, options)).faces).toEqual([]);
  }, 120_000);
});
