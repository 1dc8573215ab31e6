// Lossless runs over real files: every frame once, in order, at every speed of the engine; nothing is left behind.

import { copyFile, mkdtemp, rm, stat, truncate } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { lastValueFrom, take, tap, toArray } from "rxjs";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { silentLogger } from "../../../src/core/logger.js";
import { isConserved, runFile, type FileRun, type FileRunOptions, type FrameResult } from "../../../src/pipeline/index.js";
import { analysis, expectNoDecoder, ffmpeg, makeClip, recordedSource, SlowEngine } from "./rig.js";

const frames = 120;
let dir: string;
let clip: string;

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "emostream-pipeline-"));
  clip = join(dir, "clip.mp4");
  await makeClip(clip, frames / 30, 30);
});
afterAll(async () => {
  await rm(dir, { recursive: true, force: true });
});

function start(url: string, delayMs: number, concurrency: number, over: Partial<FileRunOptions> = {}) {
  const source = recordedSource();
  const broken: string[] = [];
  // In the middle of things: whenever the engine is asked and whenever a result leaves.
  const check = (run: FileRun | undefined): void => {
    if (run !== undefined && !isConserved(run.counters)) broken.push(JSON.stringify(run.counters));
  };
  const started: { run?: FileRun } = {};
  const engine = new SlowEngine(delayMs, concurrency, () => check(started.run));
  const run = runFile({ url, analysis, openTimeoutMs: 10_000, ...over }, { openSource: source.openSource, engine, logger: silentLogger() });
  started.run = run;
  return { run, engine, source, broken, result$: run.result$.pipe(tap(() => check(run))) };
}

async function expectNothingLeft({ run, source, broken, engine }: ReturnType<typeof start>): Promise<void> {
  await run.closed;
  expect(broken).toEqual([]);
  expect(engine.torn).toBe(0);
  expect(run.counters.inFlight).toBe(0);
  for (const { pool } of source.runs) expect(pool.free).toBe(pool.size);
  await expectNoDecoder();
}

describe("every frame, in order", () => {
  test.each([
    { delayMs: 0, concurrency: 1 },
    { delayMs: 0, concurrency: 4 },
    { delayMs: 15, concurrency: 1 },
    { delayMs: 25, concurrency: 3 },
  ])("with an engine of %o", async ({ delayMs, concurrency }) => {
    const rig = start(clip, delayMs, concurrency);
    const results = await lastValueFrom(rig.result$.pipe(toArray()));
    expect(results.map((r) => r.seq)).toEqual(Array.from({ length: frames }, (_, i) => i));
    for (const [i, r] of results.entries()) expect(Math.abs(r.ptsMs - results[0]!.ptsMs - (i * 1000) / 30)).toBeLessThan(1);
    expect(results[0]).toMatchObject({ width: 320, height: 180, epoch: 0 });
    expect(await rig.run.info).toMatchObject({ width: 320, height: 180, live: false, codec: "h264" });
    expect(await rig.run.closed).not.toHaveProperty("error");
    expect(rig.run.counters).toMatchObject({ decoded: frames, analysed: frames });
    await expectNothingLeft(rig);
  });

  test("with the smallest pool", async () => {
    const rig = start(clip, 2, 4, { poolFrames: 2 });
    const results = await lastValueFrom(rig.result$.pipe(toArray()));
    expect(results).toHaveLength(frames);
    await expectNothingLeft(rig);
  });
});

test("a file that breaks off gives its results and then the error", async () => {
  const whole = join(dir, "whole.mkv");
  await ffmpeg("-i", clip, "-c", "copy", whole);
  const cut = join(dir, "cut.mkv");
  await copyFile(whole, cut);
  await truncate(cut, Math.floor((await stat(cut)).size / 2));
  const rig = start(cut, 5, 2);
  const results: FrameResult[] = [];
  await expect(lastValueFrom(rig.result$.pipe(tap((r) => results.push(r))))).rejects.toMatchObject({ code: "corrupt" });
  expect(results.length).toBeGreaterThan(frames / 4);
  expect(results.length).toBeLessThan(frames);
  expect(rig.run.counters).toMatchObject({ decoded: results.length, analysed: results.length });
  expect((await rig.run.closed).error).toMatchObject({ code: "corrupt" });
  await expectNothingLeft(rig);
});

test("a file that is not there", async () => {
  const rig = start(join(dir, "nothing.mp4"), 0, 1);
  await expect(lastValueFrom(rig.result$)).rejects.toMatchObject({ code: "not_found" });
  await expect(rig.run.info).rejects.toMatchObject({ code: "not_found" });
  await expectNothingLeft(rig);
});

describe("stopping in the middle", () => {
  test("by an unsubscribe", async () => {
    const rig = start(clip, 10, 2);
    const results = await lastValueFrom(rig.result$.pipe(take(10), toArray()));
    expect(results).toHaveLength(10);
    await expectNothingLeft(rig);
    expect(rig.run.counters.analysed).toBe(10);
    expect(rig.run.counters.decoded).toBeLessThan(frames);
  });

  test("by an abort", async () => {
    const abort = new AbortController();
    const rig = start(clip, 10, 2, { signal: abort.signal });
    const stopAt = tap((r: FrameResult) => {
      if (r.seq === 5) abort.abort();
    });
    await expect(lastValueFrom(rig.result$.pipe(stopAt))).rejects.toMatchObject({ code: "cancelled" });
    await expectNothingLeft(rig);
  });

  test("before anybody subscribed", async () => {
    const abort = new AbortController();
    const rig = start(clip, 0, 1, { signal: abort.signal });
    await rig.run.info;
    abort.abort();
    await expectNothingLeft(rig);
    expect((await rig.run.closed).error).toMatchObject({ code: "cancelled" });
  });
});
