// Lossless runs with a source and an engine driven by hand.

import { describe, expect, test } from "vitest";
import type { EmotionScores } from "../../../src/core/emotions.js";
import { AppError } from "../../../src/core/errors.js";
import { silentLogger } from "../../../src/core/logger.js";
import { runFile, type FileRunOptions, type FrameResult } from "../../../src/pipeline/index.js";
import { analysis, face, FakeEngine, FakeSources, settle } from "./fakes.js";

function setUp(concurrency = 1, over: Partial<FileRunOptions> = {}, follows = false) {
  const sources = new FakeSources();
  const engine = new FakeEngine(concurrency, follows);
  const run = runFile({ url: "/media/a.mp4", analysis, openTimeoutMs: 1000, ...over }, { openSource: sources.open, engine, logger: silentLogger() });
  return { sources, source: sources.last, engine, run };
}

function collect(run: ReturnType<typeof runFile>) {
  const got: { readonly results: FrameResult[]; error?: unknown; done: boolean } = { results: [], done: false };
  const subscription = run.result$.subscribe({
    next: (result) => got.results.push(result),
    error: (error: unknown) => (got.error = error),
    complete: () => (got.done = true),
  });
  return { got, subscription };
}

test("opens the file for speed and makes the decoder wait", () => {
  const { source } = setUp(2, { hwaccel: "vaapi" });
  expect(source.options).toMatchObject({ url: "/media/a.mp4", realtime: false, loop: false, backpressure: "wait", poolFrames: 8, hwaccel: "vaapi", firstSeq: 0, epoch: 0 });
});

test("asks for planes where they save the engine time", () => {
  const asked = [true, false].map((planar) => {
    const sources = new FakeSources();
    const engine = new FakeEngine();
    runFile({ url: "/media/a.mp4", analysis, openTimeoutMs: 1000 }, { openSource: sources.open, engine: Object.assign(engine, { info: { ...engine.info, planar } }), logger: silentLogger() });
    return sources.last.options.pixelFormat;
  });
  expect(asked).toEqual(["yuv420p", undefined]);
});

test("keeps a few pictures more in the engine than it works at at a time", async () => {
  const { source, engine, run } = setUp(2);
  collect(run);
  for (let i = 0; i < 8; i++) source.frame();
  expect(engine.calls).toHaveLength(6);
  expect(engine.calls[0]!.input.hints).toBeUndefined();
  expect(source.pool.free).toBe(0);
  engine.calls[2]!.answer();
  await settle();
  // The third frame's place is taken until the first two are out.
  expect(engine.calls).toHaveLength(6);
  engine.calls[0]!.answer();
  await settle();
  expect(engine.calls).toHaveLength(7);
});

test("results come in order, then the end; everything is given back", async () => {
  const { source, engine, run } = setUp(2);
  const { got } = collect(run);
  source.info({ live: false, durationMs: 120 });
  for (let i = 0; i < 3; i++) source.frame();
  source.finish("ended");
  for (const i of [2, 0, 1]) engine.calls[i]!.answer();
  await settle();
  expect(got).toMatchObject({ done: true });
  expect(got.results.map((r) => r.seq)).toEqual([0, 1, 2]);
  expect(await run.info).toMatchObject({ durationMs: 120 });
  expect(await run.closed).toEqual({ warnings: [] });
  expect(source.pool.free).toBe(source.pool.size);
  expect(run.counters).toMatchObject({ decoded: 3, analysed: 3, inFlight: 0 });
});

test("frames that come before the subscriber are kept", async () => {
  const { source, engine, run } = setUp();
  source.frame();
  source.frame();
  source.finish("ended");
  await settle();
  expect(engine.calls).toHaveLength(0);
  const { got } = collect(run);
  engine.calls[0]!.answer();
  engine.calls[1]!.answer();
  await settle();
  expect(got).toMatchObject({ done: true });
  expect(got.results).toHaveLength(2);
});

test("a second subscriber is refused", () => {
  const { run } = setUp();
  collect(run);
  expect(collect(run).got.error).toMatchObject({ code: "internal" });
});

describe("failures", () => {
  test("the source's error comes after the last good result", async () => {
    const { source, engine, run } = setUp();
    const { got } = collect(run);
    source.frame();
    source.frame();
    const corrupt = new AppError("corrupt", "Breaks off.");
    source.finish("failed", corrupt);
    await settle();
    expect(got.error).toBeUndefined();
    engine.calls[0]!.answer();
    engine.calls[1]!.answer();
    await settle();
    expect(got.results).toHaveLength(2);
    expect(got.error).toBe(corrupt);
    expect((await run.closed).error).toBe(corrupt);
  });

  test("a source that never opens fails everywhere", async () => {
    const { source, run } = setUp();
    const missing = new AppError("not_found", "No such file.");
    const { got } = collect(run);
    source.finish("failed", missing);
    await expect(run.info).rejects.toBe(missing);
    expect(got.error).toBe(missing);
    expect((await run.closed).error).toBe(missing);
  });

  test("the engine gets a second chance with the same frame", async () => {
    const { source, engine, run } = setUp();
    const { got } = collect(run);
    source.frame();
    source.finish("ended");
    engine.calls[0]!.fail(new AppError("engine_failed", "Worker died."));
    await settle();
    engine.calls.at(-1)!.answer();
    await settle();
    expect(got).toMatchObject({ done: true });
    expect(run.counters).toMatchObject({ analysed: 1 });
  });

  test.each(["poisonous", "worker_hung"] as const)("but not with one that is %s", async (code) => {
    const { source, engine, run } = setUp();
    const { got } = collect(run);
    source.frame();
    engine.calls[0]!.fail(new AppError(code, "Gone."));
    await settle();
    expect(engine.calls.length).toBe(1);
    expect(got.error).toMatchObject({ code });
    await run.closed;
    expect(run.counters).toMatchObject({ decoded: 1, inFlight: 0, dropped: { [code]: 1 } });
  });

  test("and no third: the run ends after the results before, the rest is given back", async () => {
    const { source, engine, run } = setUp(2);
    const { got } = collect(run);
    for (let i = 0; i < 5; i++) source.frame();
    const broken = new AppError("engine_failed", "Model broken.");
    engine.calls[1]!.fail(broken);
    await settle();
    engine.calls[5]!.fail(broken);
    await settle();
    expect(got.error).toBeUndefined();
    engine.calls[0]!.answer();
    await settle();
    expect(got.results.map((r) => r.seq)).toEqual([0]);
    expect(got.error).toBe(broken);
    for (const at of [2, 3, 4]) engine.calls[at]!.answer();
    expect((await run.closed).error).toBe(broken);
    expect(source.pool.free).toBe(source.pool.size);
    expect(run.counters).toMatchObject({ decoded: 5, analysed: 1, inFlight: 0, dropped: { engine_failed: 1, stopped: 3 } });
  });
});

describe("stopping", () => {
  test("an unsubscribe stops the decoder and waits for the engine", async () => {
    const { source, engine, run } = setUp();
    const { got, subscription } = collect(run);
    for (let i = 0; i < 3; i++) source.frame();
    subscription.unsubscribe();
    expect(source.closeCalls).toBe(1);
    let closed = false;
    const done = run.closed.then((end) => {
      closed = true;
      return end;
    });
    await settle();
    expect(closed).toBe(false);
    for (const call of engine.calls) call.answer();
    expect(await done).toEqual({ warnings: [] });
    expect(source.pool.free).toBe(source.pool.size);
    expect(run.counters).toMatchObject({ decoded: 3, analysed: 0, dropped: { stopped: 3 } });
    expect(got.results).toEqual([]);
  });

  test("an abort is told as cancelled", async () => {
    const abort = new AbortController();
    const { source, engine, run } = setUp(1, { signal: abort.signal });
    const { got } = collect(run);
    source.frame();
    abort.abort();
    expect(got.error).toMatchObject({ code: "cancelled" });
    engine.calls[0]!.answer();
    expect((await run.closed).error?.code).toBe("cancelled");
    await expect(run.info).rejects.toMatchObject({ code: "cancelled" });
    expect(source.pool.free).toBe(source.pool.size);
  });

  test("an abort before anybody subscribed gives back the frames that came", async () => {
    const abort = new AbortController();
    const { source, run } = setUp(1, { signal: abort.signal });
    source.frame();
    source.frame();
    abort.abort();
    expect((await run.closed).error?.code).toBe("cancelled");
    expect(source.pool.free).toBe(source.pool.size);
    expect(run.counters).toMatchObject({ decoded: 2, inFlight: 0, dropped: { stopped: 2 } });
    expect(collect(run).got.error).toMatchObject({ code: "cancelled" });
  });

  test("an abort before the start opens nothing", async () => {
    const { sources, run } = setUp(1, { signal: AbortSignal.abort() });
    expect(sources.runs).toHaveLength(0);
    expect(collect(run).got.error).toMatchObject({ code: "cancelled" });
    expect((await run.closed).error?.code).toBe("cancelled");
    await expect(run.info).rejects.toMatchObject({ code: "cancelled" });
  });
});

/** Left edges of the hints of each call. */
function hintsOf({ calls }: FakeEngine): (number[] | undefined)[] {
  return calls.map(({ input }) => input.hints?.map(({ x }) => x));
}

describe("tracked", () => {
  const tracked = { analysis: { ...analysis, detection: "tracked" } } as const;
  const box = { x: 10, y: 10, width: 15, height: 15 };

  test("a file falls into runs at key frames, and each worker gets one, with one more to turn to", async () => {
    const { source, engine, run } = setUp(2, tracked, true);
    const { got } = collect(run);
    expect(source.options.poolFrames).toBe(24);
    // 25 frames a second: every sixth is a key frame.
    for (let i = 0; i < 12; i++) source.frame();
    source.finish("ended");
    await settle();
    expect(hintsOf(engine)).toEqual([undefined, undefined]);
    // The second run is ahead: its results wait for the first.
    for (const at of [1, 2, 3, 4, 5, 6]) {
      engine.calls[at]!.answer([face({ ...box, x: 50 + at })]);
      await settle();
    }
    expect(got.results).toEqual([]);
    for (const at of [0, 7, 8, 9, 10, 11]) {
      engine.calls[at]!.answer([face({ ...box, x: 10 + at })]);
      await settle();
    }
    expect(hintsOf(engine)).toEqual([undefined, undefined, [51], [52], [53], [54], [55], [10], [17], [18], [19], [20]]);
    expect(got.results.map(({ faces }) => faces[0]!.box.x / 2)).toEqual([10, 17, 18, 19, 20, 21, 51, 52, 53, 54, 55, 56]);
    expect(got.done).toBe(true);
    expect(source.pool.free).toBe(source.pool.size);
  });

  test("a failing engine gets its second chance before the next frame is asked about; after that the run ends and gives back what waits", async () => {
    const { source, engine, run } = setUp(1, tracked, true);
    const { got } = collect(run);
    for (let i = 0; i < 4; i++) source.frame();
    await settle();
    const broken = new AppError("engine_failed", "Model broken.");
    engine.calls[0]!.fail(broken);
    await settle();
    engine.calls[1]!.answer([face(box)]);
    await settle();
    expect(hintsOf(engine)).toEqual([undefined, undefined, [10]]);
    engine.calls[2]!.fail(broken);
    await settle();
    engine.calls[3]!.fail(broken);
    await settle();
    expect(got.results).toHaveLength(1);
    expect(got.error).toBe(broken);
    // What was asked about the next frame before the run had ended is still waited for.
    engine.calls[4]!.answer();
    expect((await run.closed).error).toBe(broken);
    expect(engine.calls).toHaveLength(5);
    expect(source.pool.free).toBe(source.pool.size);
    expect(run.counters).toMatchObject({ decoded: 4, analysed: 1, inFlight: 0, dropped: { engine_failed: 1, stopped: 2 } });
  });

  test("an unsubscribe waits for the one frame that the engine has, and asks about no other", async () => {
    const { source, engine, run } = setUp(1, tracked, true);
    const { subscription } = collect(run);
    for (let i = 0; i < 4; i++) source.frame();
    await settle();
    subscription.unsubscribe();
    await settle();
    engine.calls[0]!.answer([face(box)]);
    await run.closed;
    expect(engine.calls).toHaveLength(1);
    expect(source.pool.free).toBe(source.pool.size);
    expect(run.counters).toMatchObject({ decoded: 4, analysed: 0, dropped: { stopped: 4 } });
  });
});

const emotions = (i: number): EmotionScores => ({ anger: i % 2, disgust: 0, fear: 0, happiness: (i + 1) % 2, sadness: 0, surprise: 0, neutral: 0.5 });

/** Two faces that cross. */
const facesOf = (i: number) => [face({ x: 10 + i, y: 10, width: 15, height: 15 }, emotions(i)), face({ x: 60 - i, y: 12, width: 14, height: 14 }, emotions(i + 1))];

async function analysedWith(concurrency: number, backwards: boolean): Promise<unknown> {
  const { source, engine, run } = setUp(concurrency);
  const { got } = collect(run);
  let answered = 0;
  for (let i = 0; i < 40; i++) {
    source.frame({ epoch: i < 30 ? 0 : 1 });
    await settle();
    if (source.pool.free > 0) continue;
    const due = engine.calls.slice(answered).map((call, k) => ({ call, i: answered + k }));
    answered = engine.calls.length;
    for (const { call, i: n } of backwards ? due.toReversed() : due) call.answer(facesOf(n));
    await settle();
  }
  source.finish("ended");
  while (answered < engine.calls.length) {
    const n = answered++;
    engine.calls[n]!.answer(facesOf(n));
    await settle();
  }
  expect(got.done).toBe(true);
  return got.results.map(({ receivedAtMs: _r, latencyMs: _l, ...rest }) => rest);
}

test("the faces are the same for any number of workers and any order of answers", async () => {
  const one = await analysedWith(1, false);
  expect(one).toHaveLength(40);
  expect(await analysedWith(2, true)).toEqual(one);
  expect(await analysedWith(4, true)).toEqual(one);
});
