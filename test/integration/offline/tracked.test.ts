// Detection `tracked` on the demo clip, with the published weights: the same people as in every frame, for a fraction of the full passes, and
// the same bytes with any number of workers.

import { existsSync } from "node:fs";
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { openEngine } from "../../../src/app.js";
import { parseConfig, type Detection } from "../../../src/core/config.js";
import type { Engine } from "../../../src/core/engine.js";
import { frameMessageSchema, type FrameMessage } from "../../../src/core/feed.js";
import { iou } from "../../../src/core/geometry.js";
import { silentLogger } from "../../../src/core/logger.js";
import { packageRoot } from "../../../src/core/package-info.js";
import { analyzeFile } from "../../../src/offline/index.js";
import { importMtcnn } from "../../../src/training/detector/import-mtcnn.js";
import { clipFile, readTruth, type Truth } from "../demo/support.js";
import { requireBuild } from "../inference/support.js";
import { openSource } from "./helpers.js";

const published = join(packageRoot, "../shared/data/mtcnn-reference");
if (!existsSync(published)) console.warn(`skipped: detection tracked on the demo, as ${published} is not there`);

/** The clip has 20 frames a second: what the frame after a key frame is the first to show is found 200 ms later in every fifth. */
const keyEvery = 5;

interface Analysis {
  readonly text: string;
  readonly frames: readonly FrameMessage[];
  /** Questions of each kind that the engine was asked, and how often it lost a face that it followed. */
  readonly asked: { everywhere: number; follow: number; lost: number };
}

describe.skipIf(!existsSync(published))("detection tracked on the demo", () => {
  let dir: string;
  let truth: Truth;
  let every: Analysis;
  let tracked: Analysis;
  let trackedByTwo: Analysis;

  beforeAll(async () => {
    requireBuild();
    dir = await mkdtemp(join(tmpdir(), "emostream-tracked-"));
    truth = await readTruth();
    await importMtcnn(published, join(dir, "mtcnn"));
    const config = parseConfig({ engine: { name: "emostream", detector: join(dir, "mtcnn") } });
    await using one = await opened(config, 1);
    every = await analysed(one.engine, "every-frame");
    tracked = await analysed(one.engine, "tracked");
    await using two = await opened(config, 2);
    trackedByTwo = await analysed(two.engine, "tracked");
  }, 600_000);
  afterAll(() => rm(dir, { recursive: true, force: true }));

  it("says in the header how faces were looked for", () => {
    const heads = [every, tracked].map(({ text }): unknown => JSON.parse(text.slice(0, text.indexOf("\n"))));
    expect(heads).toMatchObject([{ config: { analysis: { detection: "every-frame" } } }, { config: { analysis: { detection: "tracked" } } }]);
  });

  it("finds each person in as many frames as every-frame does, within 1 %", () => {
    for (const id of [1, 2, 3, 4]) {
      const [asked, inEvery, inTracked] = [truth.frames.filter(({ faces }) => faces.some((face) => face.id === id)).length, framesWith(every, id), framesWith(tracked, id)];
      expect(inEvery, `person ${id} of ${asked} frames`).toBeGreaterThan(0.8 * asked);
      expect(inTracked, `person ${id}, every-frame ${inEvery}`).toBeGreaterThanOrEqual(0.99 * inEvery);
    }
  });

  it("invents nobody: as many faces as every-frame, within 1 %", () => {
    const [inEvery, inTracked] = [every, tracked].map(({ frames }) => frames.reduce((sum, { faces }) => sum + faces.length, 0)) as [number, number];
    expect(Math.abs(inTracked - inEvery)).toBeLessThan(0.01 * inEvery);
  });

  it("looks everywhere in every fourth frame and where a face was lost, and nowhere else", () => {
    const count = truth.frames.length;
    expect(every.asked).toEqual({ everywhere: count, follow: 0, lost: 0 });
    expect(tracked.asked.everywhere).toBe(count / keyEvery + tracked.asked.lost);
    expect(tracked.asked.follow).toBe(count - count / keyEvery);
    expect(tracked.asked.lost).toBeLessThan(0.05 * count);
  });

  it("has in key frames exactly the faces of every-frame", () => {
    // All but what hangs on earlier frames: track id and smoothing.
    const [inEvery, inTracked] = [every, tracked].map(({ frames }) =>
      frames.filter(({ seq }) => seq % keyEvery === 0).map(({ faces }) => faces.map(({ box, score, landmarks, emotions }) => ({ box, score, landmarks, emotions }))),
    );
    expect(inTracked).toEqual(inEvery);
  });

  it("gives the same bytes with two workers", () => {
    expect(trackedByTwo.asked).toEqual(tracked.asked);
    expect(trackedByTwo.text === tracked.text).toBe(true);
  });

  /** Frames in which the truth shows a person and a face was found there. */
  function framesWith({ frames }: Analysis, id: number): number {
    return frames.filter(({ faces }, i) => {
      const person = truth.frames[i]!.faces.find((face) => face.id === id);
      return person !== undefined && faces.some(({ box }) => iou(box, person.box) > 0.4);
    }).length;
  }

  async function analysed(engine: Engine, detection: Detection): Promise<Analysis> {
    const asked = { everywhere: 0, follow: 0, lost: 0 };
    const counted: Engine = {
      ...engine,
      analyze: async (batch) => {
        const found = await engine.analyze(batch);
        for (const [i, { hints }] of batch.entries()) {
          asked[hints === undefined ? "everywhere" : "follow"] += 1;
          if (hints !== undefined && found[i]!.length < hints.length) asked.lost += 1;
        }
        return found;
      },
    };
    // The people of the demo are larger; the search for the smallest faces takes most of the time.
    const { analysis, ingest, privacy } = parseConfig({ analysis: { detection, minFaceSize: 40 } });
    const { files } = await analyzeFile({ input: clipFile, outDir: join(dir, detection), formats: ["jsonl"], settings: analysis, ingest, privacy, engine: counted, openSource, logger: silentLogger(), version: "0" });
    const text = await readFile(files[0]!.path, "utf8");
    const frames = text.trimEnd().split("\n").filter((line) => line.startsWith('{"type":"frame"')).map((line) => frameMessageSchema.parse(JSON.parse(line)));
    return { text, frames, asked };
  }
});

async function opened(config: Parameters<typeof openEngine>[0], workers: number): Promise<AsyncDisposable & { readonly engine: Engine }> {
  const engine = await openEngine(config, silentLogger(), workers);
  return { engine, [Symbol.asyncDispose]: () => engine.close() };
}
