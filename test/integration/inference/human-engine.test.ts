// The Human engine as others use it: through createEngine, on real worker threads, with real pictures.

import { once } from "node:events";
import { join } from "node:path";
import type { Worker } from "node:worker_threads";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { parseConfig } from "../../../src/core/config.js";
import type { DetectedFace, Engine, EngineInput } from "../../../src/core/engine.js";
import { emotionNames } from "../../../src/core/emotions.js";
import type { Picture } from "../../../src/core/frame.js";
import { silentLogger } from "../../../src/core/logger.js";
import { packageRoot } from "../../../src/core/package-info.js";
import { createEngine, type EngineOptions } from "../../../src/inference/index.js";
import { predictPicture } from "../../../src/offline/index.js";
import { requireBuild, sharedPicture, swapRedBlue, videoFrames, videosMissing } from "./support.js";

const open = (options: Partial<EngineOptions> = {}): Promise<Engine> => createEngine({ name: "human", workers: 1, hungAfterMs: 60_000, minScore: 0.5, maxFaces: 20, logger: silentLogger(), ...options });
const analyzeOne = async (engine: Engine, picture: Picture, more: Partial<EngineInput> = {}): Promise<readonly DetectedFace[]> => (await engine.analyze([{ picture, ...more }]))[0]!;

/** Collects the worker threads that start while `work` runs. */
async function withThreads<T>(into: Worker[], work: () => Promise<T>): Promise<T> {
  const collect = (worker: Worker): void => void into.push(worker);
  process.on("worker", collect);
  try {
    return await work();
  } finally {
    process.off("worker", collect);
  }
}

const totalScore = (results: readonly (readonly DetectedFace[])[]): number => results.flat().reduce((sum, { score }) => sum + score, 0);

let engine: Engine;
const threads: Worker[] = [];

beforeAll(async () => {
  requireBuild();
  const firstWords: Promise<unknown>[] = [];
  const listen = (worker: Worker): void => void firstWords.push(once(worker, "message"));
  process.on("worker", listen);
  engine = await withThreads(threads, async () => {
    const opened = await open({ workers: 2 });
    await vi.waitUntil(() => threads.length === 2);
    return opened;
  });
  process.off("worker", listen);
  // A worker's first message says that it is ready.
  await Promise.all(firstWords);
});

afterAll(() => engine?.close());

describe("the Human engine", () => {
  it("tells its version, its models and how much it does at a time", () => {
    expect(engine.concurrency).toBe(2);
    expect(engine.info.name).toBe("human");
    expect(engine.info.version).toMatch(/^\d+\.\d+\.\d+$/);
    expect(engine.info.models.map(({ role }) => role)).toEqual(["detector", "landmarks", "emotion"]);
  });

  it("answers an empty batch", async () => {
    expect(await engine.analyze([])).toEqual([]);
  });

  it.each([[1, 1], [1, 9], [9, 1], [2, 2], [3, 4000]])("finds nothing in a picture of %i by %i", async (width, height) => {
    expect(await analyzeOne(engine, sharedPicture(width, height), { blurSigma: 0.8 })).toEqual([]);
  });

  it("finds nothing in black, white and noise", async () => {
    let state = 1;
    const noise = sharedPicture(320, 180);
    for (let i = 0; i < noise.data.length; i++) noise.data[i] = (state = (state * 48_271) % 2_147_483_647) & 255;
    const black = sharedPicture(320, 180);
    const white = sharedPicture(320, 180, new Uint8Array(320 * 180 * 3).fill(255));
    expect(await engine.analyze([{ picture: black }, { picture: white }, { picture: noise }])).toEqual([[], [], []]);
  });

  it("refuses equalisation, which is for our own emotion model", async () => {
    const file = join(packageRoot, "assets/demo/faces/happiness.png");
    await expect(predictPicture(file, { engine, settings: parseConfig({}).analysis, maxPixels: 1e8, classify: { equalize: true } })).rejects.toMatchObject({ code: "invalid_request" });
  });

  it("refuses a picture whose bytes do not match its size, and goes on", async () => {
    const picture = { ...sharedPicture(64, 64), width: 65 };
    await expect(analyzeOne(engine, picture)).rejects.toMatchObject({ code: "engine_failed", message: "Expected 12480 bytes (65x64, rgb24) for picture.data, received 12288." });
    expect(await analyzeOne(engine, sharedPicture(64, 64))).toEqual([]);
  });
});

describe("createEngine", () => {
  it("rejects with model_invalid when the emotion model it is given is not there, and leaves no thread", async () => {
    const started: Worker[] = [];
    await withThreads(started, async () => {
      await expect(open({ workers: 2, emotionModelDir: "/no/such/model" })).rejects.toMatchObject({ code: "model_invalid" });
    });
    expect(started.map(({ threadId }) => threadId)).toEqual([-1]);
  });
});

describe.skipIf(videosMissing)("the Human engine on people (../shared/video; skipped where it is missing)", () => {
  let group: Picture[];
  let pair: Picture[];

  beforeAll(async () => {
    group = await videoFrames("group.mp4", { width: 640, height: 480, step: 22, count: 4 });
    pair = await videoFrames("two-people.mp4", { width: 480, height: 270, step: 18, count: 3 });
  });

  it("finds the faces, with boxes in the picture, landmarks in their places and emotions that sum to 1", async () => {
    const found = await engine.analyze([...group, ...pair].map((picture) => ({ picture })));
    expect(found.slice(0, 4).every((faces) => faces.length >= 2)).toBe(true);
    expect(found.slice(4).map((faces) => faces.length)).toEqual([2, 2, 2]);
    for (const [i, faces] of found.entries()) {
      const { width, height } = [...group, ...pair][i]!;
      const areas = faces.map(({ box }) => box.width * box.height);
      expect(areas).toEqual(areas.toSorted((a, b) => b - a));
      for (const face of faces) checkFace(face, width, height);
    }
    // One person sits on the left half, one on the right.
    const sides = found[4]!.map(({ box }) => box.x + box.width / 2 < 240);
    expect(sides.toSorted()).toEqual([false, true]);
  });

  it("gives the same for the same picture on every worker, in any order, in any batch", async () => {
    const single = await open();
    const expected = await Promise.all(group.map((picture) => analyzeOne(single, picture)));
    const batched = await single.analyze(group.toReversed().map((picture) => ({ picture })));
    await single.close();
    expect(batched.toReversed()).toEqual(expected);

    const before = threads.map((worker) => worker.performance.eventLoopUtilization());
    for (const order of [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]]) {
      const results = await Promise.all(order.map((i) => analyzeOne(engine, group[i]!)));
      expect(results).toEqual(order.map((i) => expected[i]));
    }
    // Both workers took part.
    for (const [i, worker] of threads.entries()) expect(worker.performance.eventLoopUtilization(before[i]).active).toBeGreaterThan(20);
  });

  it("leaves the pixels as they were, and copies those that are not shared", async () => {
    const picture = pair[0]!;
    const expected = await analyzeOne(engine, picture);
    const before = Buffer.from(picture.data);
    const padded = Buffer.concat([Buffer.alloc(100), picture.data, Buffer.alloc(50)]);
    const view = padded.subarray(100, 100 + picture.data.length);
    expect(await analyzeOne(engine, { ...picture, data: view })).toEqual(expected);
    expect(Buffer.compare(view, before)).toBe(0);
    await analyzeOne(engine, picture, { blurSigma: 2 });
    expect(Buffer.compare(picture.data, before)).toBe(0);
  });

  it("sees red as red: with red and blue exchanged the faces look less like faces", async () => {
    const swapped = await engine.analyze([...group, ...pair].map((picture) => ({ picture: swapRedBlue(picture) })));
    const asTheyAre = await engine.analyze([...group, ...pair].map((picture) => ({ picture })));
    expect(totalScore(asTheyAre)).toBeGreaterThan(totalScore(swapped));
  });

  it("finds the same people through a blur", async () => {
    const [sharp, blurred] = [await analyzeOne(engine, pair[0]!), await analyzeOne(engine, pair[0]!, { blurSigma: 0.8 })];
    expect(blurred).toHaveLength(2);
    expect(blurred).not.toEqual(sharp);
    for (const [i, { box }] of blurred.entries()) expect(Math.abs(box.x - sharp[i]!.box.x)).toBeLessThan(6);
  });

  it("keeps to maxFaces and minScore", async () => {
    const few = await open({ maxFaces: 1 });
    const sure = await open({ minScore: 0.8 });
    const none = await open({ minScore: 1 });
    const all = await open({ minScore: 0 });
    try {
      expect(await analyzeOne(few, group[0]!)).toHaveLength(1);
      const certain = await analyzeOne(sure, group[0]!);
      expect(certain.length).toBeGreaterThan(0);
      expect(Math.min(...certain.map(({ score }) => score))).toBeGreaterThanOrEqual(0.8);
      expect((await analyzeOne(none, group[0]!)).every(({ score }) => score === 1)).toBe(true);
      expect((await analyzeOne(all, group[0]!)).length).toBeGreaterThan(certain.length);
    } finally {
      await Promise.all([few, sure, none, all].map((one) => one.close()));
    }
  });

  it("finds faces in 8K where they are in the small picture", async () => {
    const small = await analyzeOne(engine, pair[0]!);
    const [huge] = await videoFrames("two-people.mp4", { width: 7680, height: 4320, step: 18, count: 1 });
    const faces = await analyzeOne(engine, huge!);
    expect(faces).toHaveLength(2);
    for (const [i, face] of faces.entries()) {
      checkFace(face, 7680, 4320);
      const box = small[i]!.box;
      expect(Math.abs(face.box.x / 16 - box.x)).toBeLessThan(8);
      expect(Math.abs(face.box.width / 16 - box.width)).toBeLessThan(10);
    }
  });

  it("lets another worker answer what one had when it is lost, and replaces it", async () => {
    const started: Worker[] = [];
    await withThreads(started, async () => {
      const fragile = await open();
      const outcomes = [0, 1, 2].map((i) => analyzeOne(fragile, group[i]!));
      await started[0]!.terminate();
      for (const faces of await Promise.all(outcomes)) expect(faces.length).toBeGreaterThan(0);
      expect(await analyzeOne(fragile, pair[0]!)).toHaveLength(2);
      expect(started).toHaveLength(2);
      await fragile.close();
    });
  });

  it("answers what it was given before it closes, and nothing after", async () => {
    const closing = await open();
    const running = analyzeOne(closing, pair[0]!);
    const closed = closing.close();
    expect(await running).toHaveLength(2);
    await expect(analyzeOne(closing, pair[0]!)).rejects.toMatchObject({ code: "shutting_down" });
    await Promise.all([closed, closing.close()]);
  });
});

function checkFace({ box, score, landmarks, emotions }: DetectedFace, width: number, height: number): void {
  expect(box.x).toBeGreaterThanOrEqual(0);
  expect(box.y).toBeGreaterThanOrEqual(0);
  expect(box.x + box.width).toBeLessThanOrEqual(width);
  expect(box.y + box.height).toBeLessThanOrEqual(height);
  expect(box.width).toBeGreaterThan(width * 0.02);
  expect(score).toBeGreaterThanOrEqual(0.5);
  expect(score).toBeLessThanOrEqual(1);

  const [left, right, nose, mouthLeft, mouthRight] = landmarks;
  expect(left[0]).toBeLessThan(right[0]);
  expect(mouthLeft[0]).toBeLessThan(mouthRight[0]);
  expect(Math.max(left[1], right[1])).toBeLessThan(Math.min(mouthLeft[1], mouthRight[1]));
  expect(nose[1]).toBeGreaterThan(Math.min(left[1], right[1]));
  for (const [x, y] of landmarks) {
    expect(x).toBeGreaterThan(box.x - 2);
    expect(x).toBeLessThan(box.x + box.width + 2);
    expect(y).toBeGreaterThan(box.y - 2);
    expect(y).toBeLessThan(box.y + box.height + 2);
  }

  const values = emotionNames.map((name) => emotions![name]);
  expect(values.every((value) => value >= 0 && value <= 1)).toBe(true);
  expect(values.reduce((sum, value) => sum + value, 0)).toBeCloseTo(1, 9);
}
