// The supervised stream with a source and an engine driven by hand.

import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AppError } from "../../../src/core/errors.js";
import type { StreamState, StreamStatus } from "../../../src/core/feed.js";
import { silentLogger } from "../../../src/core/logger.js";
import { createStream, isConserved, PaceController, type FrameResult, type Preview, type Stream, type StreamDeps, type StreamSpec } from "../../../src/pipeline/index.js";
import { analysis, encoder, face, FakeEngine, FakeSources, type FakeRun, settle, spec } from "./fakes.js";
import type { DetectedFace } from "../../../src/core/engine.js";

function setUp(over: Partial<StreamSpec> = {}, deps: Partial<StreamDeps> = {}) {
  const sources = new FakeSources();
  const engine = new FakeEngine();
  const stream = createStream(spec(over), {
    openSource: sources.open,
    engine,
    encodePreview: () => Promise.resolve(new Uint8Array([1])),
    logger: silentLogger(),
    random: () => 0,
    ...deps,
  });
  const statuses: StreamStatus[] = [];
  const results: FrameResult[] = [];
  stream.status$.subscribe((status) => statuses.push(status));
  stream.result$.subscribe((result) => results.push(result));
  const states = (): StreamState[] => statuses.map((s) => s.state);
  return { sources, engine, stream, statuses, states, results };
}

/** A started stream whose frames carry numbers of their own, and what became of each. */
function withFates(over: Partial<StreamSpec>) {
  const parts = setUp({ live: false, source: "", ...over });
  const fates: string[] = [];
  parts.stream.result$.subscribe(({ seq, frameId, capturedAtMs }) => fates.push(`${seq}:${frameId}@${capturedAtMs} analysed`));
  parts.stream.drop$.subscribe(({ seq, frameId, reason }) => fates.push(`${seq}:${frameId} ${reason}`));
  parts.stream.start();
  const frames = (count: number) => {
    for (let n = 0; n < count; n++) parts.sources.last.frame({ frameId: 100 + parts.sources.last.nextSeq, capturedAtMs: 5000 });
  };
  return { ...parts, fates, frames };
}

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

describe("episodes", () => {
  const happy = { anger: 0, disgust: 0, fear: 0, happiness: 1, sadness: 0, surprise: 0, neutral: 0 };
  const box = { x: 10, y: 10, width: 20, height: 20 };

  test.each([
    ["pause", "paused", (source: FakeRun, stream: Stream) => (stream.pause(), source)],
    ["stop", "stopped", (source: FakeRun, stream: Stream) => (void stream.stop(), source)],
    ["the camera's end", "reconnecting", (source: FakeRun) => source.finish("failed", new AppError("source_lost", "Gone."))],
  ])("end with %s, before the state is told", async (_what, state, end) => {
    const { sources, engine, stream } = setUp({ analysis: { ...analysis, episodes: { ...analysis.episodes, minDurationMs: 50 } } });
    const told: string[] = [];
    stream.episode$.subscribe({ next: (e) => told.push(`${e.event} ${e.seq}`), complete: () => told.push("over") });
    stream.result$.subscribe(({ seq }) => told.push(`result ${seq}`));
    stream.status$.subscribe((status) => told.push(status.state));
    stream.start();
    for (let seq = 0; seq < 3; seq++) {
      sources.last.frame();
      engine.calls[seq]!.answer([face(box, happy)]);
      await settle();
    }
    // 40 ms a frame: with the third it is long enough.
    expect(told).toEqual(["live", "result 0", "result 1", "onset 0", "result 2"]);
    told.length = 0;
    end(sources.last, stream);
    await settle();
    expect(told).toEqual(["peak 0", "offset 2", state, ...(state === "stopped" ? ["over"] : [])]);
    await stream.stop();
  });
});

describe("other settings", () => {
  const scores = { anger: 0.2, disgust: 0, fear: 0, happiness: 0.6, sadness: 0, surprise: 0, neutral: 0.2 };
  const seen = [face({ x: 10, y: 10, width: 20, height: 20 }, scores)];
  const show = async ({ sources, engine }: ReturnType<typeof setUp>, over = {}) => {
    sources.last.frame(over);
    engine.calls.at(-1)!.answer(seen);
    await settle();
  };

  test("count from the next frame on; the source stays open, tracks go on", async () => {
    const parts = setUp();
    const { stream, engine, results, sources } = parts;
    stream.start();
    await show(parts);
    stream.configure({ ...analysis, minFaceSize: 33, uncertainBelow: 0.9, blur: { enabled: true, sigma: 2 } });
    await show(parts);
    expect(sources.runs).toHaveLength(1);
    expect(engine.calls.map(({ input }) => [input.detect?.minFaceSize, input.blurSigma])).toEqual([[undefined, 0], [33, 2]]);
    expect(results.map(({ faces }) => [faces[0]!.trackId, faces[0]!.uncertain])).toEqual([[1, false], [1, true]]);
    expect(stream.spec.analysis.minFaceSize).toBe(33);
    await stream.stop();
  });

  test.each([{ maxFps: 5 }, { maxSide: 320 }, { largeMaxSide: 0 }])("%j opens the source anew, one at a time; numbers go on, books agree", async (change) => {
    const parts = setUp();
    const { stream, sources, states } = parts;
    stream.start();
    await show(parts);
    sources.last.frame();
    sources.last.endsOnClose = false;
    stream.configure({ ...analysis, ...change });
    expect(stream.status.state).toBe("connecting");
    await settle();
    expect(sources.runs).toHaveLength(1);
    sources.last.finish("closed");
    await settle();
    expect(sources.runs).toHaveLength(2);
    expect(sources.last.options).toMatchObject({ ...change, firstSeq: 2, epoch: 1 });
    sources.last.frame();
    expect(states()).toEqual(["live", "connecting", "live"]);
    parts.engine.calls.at(-1)!.answer();
    parts.engine.calls.at(-2)!.answer();
    await settle();
    expect(isConserved(stream.counters)).toBe(true);
    await stream.stop();
    expect(sources.runs.map((run) => run.pool.free)).toEqual([6, 6]);
  });

  test("wait where nothing is open: a paused stream stays paused, one that waits to reconnect tries at once", async () => {
    const { stream, sources } = setUp();
    stream.start();
    stream.pause();
    await settle();
    stream.configure({ ...analysis, maxFps: 5 });
    await settle();
    expect([stream.status.state, sources.runs.length]).toEqual(["paused", 1]);
    stream.resume();
    await settle();
    expect(sources.last.options.maxFps).toBe(5);
    sources.last.finish("failed", new AppError("refused", "No."));
    await settle();
    expect(stream.status.state).toBe("reconnecting");
    stream.configure({ ...analysis, maxFps: 6 });
    await settle();
    expect([stream.status.state, sources.runs.length, sources.last.options.maxFps]).toEqual(["connecting", 3, 6]);
    await vi.advanceTimersByTimeAsync(5000);
    expect(sources.runs).toHaveLength(3);
    await stream.stop();
  });

  test("a baseline begins with the faces in view, and nobody's where nobody is", async () => {
    const parts = setUp();
    const { stream, results, sources } = parts;
    stream.configure({ ...analysis, smoothingMs: 0, baseline: { mode: "off", seconds: 0.5 } });
    expect(stream.restartBaseline()).toEqual([]);
    stream.start();
    await show(parts, { ptsMs: 0 });
    expect([stream.restartBaseline(7), stream.restartBaseline()]).toEqual([[], [1]]);
    await show(parts, { ptsMs: 400 });
    await show(parts, { ptsMs: 800 });
    expect(results.map(({ faces }) => faces[0]!.corrected?.happiness)).toEqual([undefined, undefined, 0]);
    sources.last.finish("failed", new AppError("source_lost", "Gone."));
    await settle();
    expect(stream.restartBaseline()).toEqual([]);
    await stream.stop();
  });
});

describe("states", () => {
  test("does nothing before start", () => {
    const { sources, stream } = setUp();
    expect(sources.runs).toHaveLength(0);
    expect(stream.status).toEqual({ state: "connecting", attempt: 0, fps: 0 });
    expect(stream.lastSeq).toBe(-1);
  });

  test("is live with the first frame, stalled in silence, live again", async () => {
    const { sources, engine, stream, states, statuses } = setUp();
    stream.start();
    sources.last.info();
    expect(stream.status.state).toBe("connecting");
    sources.last.frame();
    expect(stream.status).toMatchObject({ state: "live", width: 200, height: 100, codec: "h264", sourceFps: 25 });
    engine.calls[0]!.answer();
    await settle();
    sources.last.stalled(true);
    expect(stream.status.reason?.code).toBe("stalled");
    sources.last.stalled(false);
    expect(stream.status.reason).toBeUndefined();
    expect(states()).toEqual(["connecting", "live", "stalled", "live"]);
    expect(statuses[0]).toMatchObject({ width: 200 });
  });

  test("reconnects with growing waiting times, and seq and epoch go on", async () => {
    const { sources, engine, stream, states } = setUp();
    stream.start();
    sources.last.frame();
    sources.last.frame();
    engine.calls[0]!.answer();
    await settle();
    engine.calls[1]!.answer();
    sources.last.finish("failed", new AppError("source_lost", "Gone."));
    await settle();
    expect(stream.status).toMatchObject({ state: "reconnecting", reason: { code: "source_lost", message: "Gone." }, attempt: 1 });
    expect(Date.parse(stream.status.nextTryAt!) - Date.now()).toBe(100);
    await vi.advanceTimersByTimeAsync(99);
    expect(sources.runs).toHaveLength(1);
    await vi.advanceTimersByTimeAsync(1);
    expect(sources.runs).toHaveLength(2);
    expect(sources.last.options).toMatchObject({ firstSeq: 2, epoch: 1 });
    expect(stream.status).toMatchObject({ state: "connecting", reason: { code: "source_lost" } });
    expect(stream.status.nextTryAt).toBeUndefined();
    for (const delayMs of [200, 400, 800, 1000, 1000]) {
      sources.last.finish("failed", new AppError("refused", "Nobody there."));
      await settle();
      const { nextTryAt } = stream.status;
      expect(Date.parse(nextTryAt!) - Date.now()).toBe(delayMs);
      await vi.advanceTimersByTimeAsync(delayMs);
    }
    // Nothing came from the failed attempts, so there is no break of time in between.
    expect(sources.last.options).toMatchObject({ firstSeq: 2, epoch: 1 });
    expect(stream.status.attempt).toBe(6);
    sources.last.frame();
    expect(stream.status).toMatchObject({ state: "live", attempt: 0 });
    expect(stream.status.reason).toBeUndefined();
    expect(states().slice(0, 5)).toEqual(["live", "reconnecting", "connecting", "reconnecting", "connecting"]);
  });

  test("forgets old failures only after a steady time", async () => {
    const { sources, engine, stream } = setUp();
    stream.start();
    const lose = async (): Promise<number> => {
      engine.calls.at(-1)?.answer();
      sources.last.finish("failed", new AppError("source_lost", "Gone."));
      await settle();
      const delayMs = Date.parse(stream.status.nextTryAt!) - Date.now();
      await vi.advanceTimersByTimeAsync(delayMs);
      return delayMs;
    };
    sources.last.frame();
    expect(await lose()).toBe(100);
    sources.last.frame();
    expect(await lose()).toBe(200);
    sources.last.frame();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(await lose()).toBe(100);
    expect(await lose()).toBe(100);
    expect(await lose()).toBe(200);
  });

  test("jitter takes its share off the waiting time", async () => {
    const { sources, stream } = setUp({ reconnect: { minDelayMs: 100, maxDelayMs: 1000, factor: 2, jitter: 0.5 } }, { random: () => 0.5 });
    stream.start();
    sources.last.finish("failed", new AppError("refused", "No."));
    await settle();
    expect(Date.parse(stream.status.nextTryAt!) - Date.now()).toBe(75);
  });

  test("a wrong password is tried again slowly, a scheme that FFmpeg lacks not at all", async () => {
    const slow = setUp();
    slow.stream.start();
    slow.sources.last.finish("failed", new AppError("unauthorized", "No."));
    await settle();
    expect(slow.stream.status.state).toBe("reconnecting");
    expect(Date.parse(slow.stream.status.nextTryAt!) - Date.now()).toBe(1000);

    const never = setUp();
    never.stream.start();
    never.sources.last.finish("failed", new AppError("unsupported_protocol", "No gopher."));
    await settle();
    expect(never.stream.status).toMatchObject({ state: "failed", reason: { code: "unsupported_protocol", message: "No gopher." } });
    await vi.advanceTimersByTimeAsync(100_000);
    expect(never.sources.runs).toHaveLength(1);
  });

  test("a camera that ends its stream is reconnected, with source_lost", async () => {
    const { sources, stream } = setUp();
    stream.start();
    sources.last.finish("ended");
    await settle();
    expect(stream.status).toMatchObject({ state: "reconnecting", reason: { code: "source_lost" } });
  });

  test("an OpenSource that throws counts as a failed attempt", async () => {
    const { stream } = setUp(
      {},
      {
        openSource: () => {
          throw new AppError("ffmpeg_missing", "No ffmpeg.");
        },
      },
    );
    stream.start();
    await settle();
    expect(stream.status).toMatchObject({ state: "failed", reason: { code: "ffmpeg_missing" } });
    await stream.stop();
  });
});

describe("the fate of each frame", () => {
  test("is told once: result or reason, with the client's own number", async () => {
    const { engine, sources, stream, fates, frames } = withFates({});
    frames(3);
    expect(fates).toEqual(["1:101 superseded"]);
    engine.calls[0]!.answer();
    await settle();
    engine.calls[1]!.fail(new Error("no"));
    await settle();
    frames(1);
    stream.pause();
    engine.calls[2]!.answer();
    await settle();
    expect(fates).toEqual(["1:101 superseded", "0:100@5000 analysed", "2:102 engine_failed", "3:103 paused"]);
    expect(isConserved(stream.counters)).toBe(true);
    expect(sources.last.pool.free).toBe(6);
  });

  test("lossless: nothing is superseded, the source is to wait, one frame is in the engine at a time", async () => {
    const { engine, sources, stream, fates, frames } = withFates({ lossless: true });
    expect(sources.last.options.backpressure).toBe("wait");
    frames(5);
    for (let n = 0; n < 5; n++) {
      expect(engine.calls).toHaveLength(n + 1);
      engine.calls[n]!.answer();
      await settle();
    }
    expect(fates).toEqual([0, 1, 2, 3, 4].map((seq) => `${seq}:${100 + seq}@5000 analysed`));
    frames(3);
    const stopped = stream.stop();
    engine.calls[5]!.answer();
    await stopped;
    expect(fates.slice(5).toSorted()).toEqual(["5:105 stopped", "6:106 stopped", "7:107 stopped"]);
    expect(sources.last.pool.free).toBe(6);
  });
});

describe("files", () => {
  const file = { live: false, source: "/media/a.mp4" };

  test("play in real time and end after their last result", async () => {
    const { sources, engine, stream, states, results } = setUp(file);
    stream.start();
    expect(sources.last.options).toMatchObject({ realtime: true, loop: false, backpressure: "drop" });
    sources.last.frame();
    sources.last.finish("ended");
    await settle();
    expect(stream.status.state).toBe("live");
    engine.calls[0]!.answer();
    await settle();
    expect(results).toHaveLength(1);
    expect(states()).toEqual(["live", "ended"]);
    await vi.advanceTimersByTimeAsync(100_000);
    expect(sources.runs).toHaveLength(1);
  });

  test("fail with the error after the frames before it", async () => {
    const { sources, engine, stream, results } = setUp(file);
    stream.start();
    sources.last.frame();
    sources.last.frame();
    sources.last.finish("failed", new AppError("corrupt", "Breaks off."));
    await settle();
    engine.calls[0]!.answer();
    await settle();
    expect(stream.status.state).toBe("live");
    engine.calls[1]!.answer();
    await settle();
    expect(results.map((r) => r.seq)).toEqual([0, 1]);
    expect(stream.status).toMatchObject({ state: "failed", reason: { code: "corrupt", message: "Breaks off." } });
  });

  test("that ended can be played again", async () => {
    const { sources, stream } = setUp(file);
    stream.start();
    sources.last.finish("failed", new AppError("not_found", "No file."));
    await settle();
    expect(stream.status.state).toBe("failed");
    stream.resume();
    expect(stream.status).toMatchObject({ state: "connecting", attempt: 0 });
    expect(sources.runs).toHaveLength(2);
  });
});

describe("pause and stop", () => {
  test("pause closes the source and drops what is in work; resume opens anew when the old one is gone", async () => {
    const { sources, engine, stream, states, results } = setUp();
    stream.start();
    const first = sources.last;
    first.endsOnClose = false;
    first.frame();
    first.frame();
    stream.pause();
    expect(stream.status.state).toBe("paused");
    expect(first.closeCalls).toBe(1);
    expect(stream.counters).toMatchObject({ decoded: 2, inFlight: 1, dropped: { paused: 1 } });
    first.frame();
    expect(stream.counters).toMatchObject({ decoded: 3, inFlight: 1, dropped: { paused: 2 } });
    engine.calls[0]!.answer();
    await settle();
    expect(stream.counters).toMatchObject({ decoded: 3, inFlight: 0, analysed: 0, dropped: { paused: 3 } });
    expect(first.pool.free).toBe(first.pool.size);
    stream.resume();
    await settle();
    expect(sources.runs).toHaveLength(1);
    first.finish("closed");
    await settle();
    expect(sources.runs).toHaveLength(2);
    expect(sources.last.options).toMatchObject({ firstSeq: 3, epoch: 1 });
    expect(states()).toEqual(["live", "paused", "connecting"]);
    expect(results).toEqual([]);
  });

  test("pause, resume, pause before the decoder is gone leaves it closed", async () => {
    const { sources, stream } = setUp();
    stream.start();
    sources.last.endsOnClose = false;
    stream.pause();
    stream.resume();
    stream.pause();
    sources.last.finish("closed");
    await settle();
    expect(sources.runs).toHaveLength(1);
    expect(stream.status.state).toBe("paused");
    stream.resume();
    await settle();
    expect(sources.runs).toHaveLength(2);
  });

  test("a stream paused before its start opens nothing until it is resumed", async () => {
    const { sources, stream } = setUp();
    stream.pause();
    expect(stream.status.state).toBe("paused");
    expect(sources.runs).toHaveLength(0);
    stream.resume();
    expect(sources.runs).toHaveLength(1);
    stream.start();
    expect(sources.runs).toHaveLength(1);
  });

  test("pause while waiting for the next try cancels it", async () => {
    const { sources, stream } = setUp();
    stream.start();
    sources.last.finish("failed", new AppError("refused", "No."));
    await settle();
    stream.pause();
    await vi.advanceTimersByTimeAsync(100_000);
    expect(sources.runs).toHaveLength(1);
    expect(stream.status).toEqual({ state: "paused", attempt: 1, fps: 0 });
  });

  test("stop resolves when the decoder is gone and the engine has answered", async () => {
    const { sources, engine, stream, results } = setUp();
    let completed = false;
    stream.result$.subscribe({ complete: () => (completed = true) });
    stream.start();
    sources.last.endsOnClose = false;
    sources.last.frame();
    sources.last.frame();
    let stopped = false;
    const stop = stream.stop().then(() => (stopped = true));
    expect(stream.status.state).toBe("stopped");
    await settle();
    engine.calls[0]!.answer();
    await settle();
    expect(stopped).toBe(false);
    sources.last.finish("closed");
    await stop;
    expect(sources.last.pool.free).toBe(6);
    expect(stream.counters).toEqual({ decoded: 2, analysed: 0, inFlight: 0, dropped: { pool_dry: 0, superseded: 0, paced: 0, engine_failed: 0, worker_lost: 0, worker_hung: 0, poisonous: 0, stopped: 2, paused: 0 } });
    expect(results).toEqual([]);
    expect(completed).toBe(true);
    stream.resume();
    stream.start();
    expect(sources.runs).toHaveLength(1);
    await stream.stop();
  });

  test("stop from within the opening of the source closes it", async () => {
    const sources = new FakeSources();
    const { stream } = setUp(
      {},
      {
        openSource: (options, observer) => {
          const run = sources.open(options, observer);
          sources.last.info();
          return run;
        },
      },
    );
    stream.status$.subscribe(() => void stream.stop());
    stream.start();
    await stream.stop();
    expect(sources.last.closeCalls).toBe(1);
  });

  test("stop from within the news of being live gives the first frame back", async () => {
    const { sources, stream, results } = setUp();
    stream.status$.subscribe((status) => {
      if (status.state === "live") void stream.stop();
    });
    stream.start();
    sources.last.frame();
    await stream.stop();
    expect(sources.last.pool.free).toBe(6);
    expect(stream.counters).toMatchObject({ decoded: 1, inFlight: 0, dropped: { stopped: 1 } });
    expect(results).toEqual([]);
  });

  test("stop from within a result gives everything back", async () => {
    const { sources, engine, stream, results } = setUp();
    stream.preview$.subscribe();
    stream.result$.subscribe(() => void stream.stop());
    stream.start();
    sources.last.frame();
    sources.last.frame();
    engine.calls[0]!.answer();
    await settle();
    await stream.stop();
    expect(results).toHaveLength(1);
    expect(engine.calls).toHaveLength(1);
    expect(sources.last.pool.free).toBe(6);
    expect(stream.counters).toMatchObject({ decoded: 2, analysed: 1, inFlight: 0, dropped: { stopped: 1 } });
  });

  test("stop waits for the frame although the decoder went first", async () => {
    const { sources, engine, stream } = setUp();
    stream.start();
    sources.last.frame();
    let stopped = false;
    const stop = stream.stop().then(() => (stopped = true));
    await settle();
    expect(stopped).toBe(false);
    engine.calls[0]!.fail(new Error("too late"));
    await stop;
    expect(sources.last.pool.free).toBe(6);
    expect(stream.counters.dropped).toMatchObject({ stopped: 1, engine_failed: 0 });
  });
});

describe("analysis", () => {
  test("the newest frame wins and the rest is counted", async () => {
    const { sources, engine, stream, results } = setUp();
    stream.start();
    for (let i = 0; i < 5; i++) sources.last.frame();
    expect(stream.counters).toMatchObject({ decoded: 5, inFlight: 2, dropped: { superseded: 3 } });
    engine.calls[0]!.answer();
    await settle();
    engine.calls[1]!.answer();
    await settle();
    expect(results.map((r) => r.seq)).toEqual([0, 4]);
    expect(stream.counters).toMatchObject({ decoded: 5, analysed: 2, inFlight: 0 });
    expect(stream.lastSeq).toBe(4);
    expect(sources.last.pool.free).toBe(6);
  });

  test("faces come in source pixels, with ids; no hints are given where every frame is looked at anew", async () => {
    const { sources, engine, stream, results } = setUp();
    stream.start();
    sources.last.frame();
    expect(engine.calls[0]!.input).toMatchObject({ blurSigma: 0 });
    engine.calls[0]!.answer([face({ x: 10, y: 5, width: 20, height: 20 }, { anger: 0, disgust: 0, fear: 0, happiness: 1, sadness: 0, surprise: 0, neutral: 0 })]);
    await settle();
    expect(results[0]).toMatchObject({
      seq: 0,
      width: 200,
      height: 100,
      faces: [{ trackId: 1, box: { x: 20, y: 10, width: 40, height: 40 }, label: "happiness", uncertain: false, smoothed: { happiness: 1 } }],
    });
    expect(results[0]!.faces[0]!.landmarks[0]).toEqual([32, 26]);
    sources.last.frame();
    expect(engine.calls[1]!.input.hints).toBeUndefined();
  });

  test("tracked: one frame in work at a time, with the faces of the frame before as hints", async () => {
    const engine = new FakeEngine(2, true);
    const { sources, stream, results } = setUp({ analysis: { ...analysis, detection: "tracked" } }, { engine, concurrency: 2 });
    stream.start();
    sources.last.frame();
    sources.last.frame();
    await settle();
    expect(engine.calls.map(({ input }) => input.hints)).toEqual([undefined]);
    const box = { x: 10, y: 5, width: 20, height: 20 };
    engine.calls[0]!.answer([face(box)]);
    await settle();
    expect(engine.calls.map(({ input }) => input.hints)).toEqual([undefined, [box]]);
    engine.calls[1]!.answer([face({ ...box, x: 12 })]);
    await settle();
    expect(results.map(({ seq, faces }) => [seq, faces[0]?.trackId, faces[0]?.box.x])).toEqual([[0, 1, 20], [1, 1, 24]]);
    expect(stream.spec.analysis.detection).toBe("tracked");
  });

  test("tracked: after a failure of the engine the next frame is looked at everywhere", async () => {
    const engine = new FakeEngine(1, true);
    const { sources, stream } = setUp({ analysis: { ...analysis, detection: "tracked" } }, { engine });
    stream.start();
    sources.last.frame();
    await settle();
    engine.calls[0]!.fail(new AppError("engine_failed", "The model broke."));
    await settle();
    sources.last.frame();
    await settle();
    expect(engine.calls[1]!.input.hints).toBeUndefined();
    expect(sources.last.pool.free).toBe(5);
  });

  test("an engine that cannot follow looks at every frame anew, and the stream says so", async () => {
    const { sources, engine, stream } = setUp({ analysis: { ...analysis, detection: "tracked" } });
    stream.start();
    sources.last.frame();
    engine.calls[0]!.answer([face({ x: 10, y: 5, width: 20, height: 20 })]);
    await settle();
    sources.last.frame();
    expect(engine.calls[1]!.input.hints).toBeUndefined();
    expect(stream.spec.analysis.detection).toBe("every-frame");
  });

  test("with more frames in work results keep their order and no hints are given", async () => {
    const { sources, engine, stream, results } = setUp({}, { concurrency: 2 });
    stream.start();
    sources.last.frame();
    sources.last.frame();
    expect(engine.calls).toHaveLength(2);
    expect(engine.calls[0]!.input.hints).toBeUndefined();
    engine.calls[1]!.answer();
    await settle();
    expect(results).toEqual([]);
    engine.calls[0]!.answer();
    await settle();
    expect(results.map((r) => r.seq)).toEqual([0, 1]);
  });

  test("an engine error drops its frame, shows in the status and heals", async () => {
    const { sources, engine, stream, results, statuses } = setUp();
    stream.start();
    sources.last.frame();
    engine.calls[0]!.fail(new AppError("engine_failed", "The model broke."));
    await settle();
    expect(stream.status).toMatchObject({ state: "live", reason: { code: "engine_failed", message: "The model broke." } });
    expect(stream.counters).toMatchObject({ decoded: 1, inFlight: 0, dropped: { engine_failed: 1 } });
    sources.last.frame();
    engine.calls[1]!.fail(new AppError("engine_failed", "The model broke."));
    await settle();
    sources.last.frame();
    engine.calls[2]!.answer();
    await settle();
    expect(results.map((r) => r.seq)).toEqual([2]);
    expect(stream.status.reason).toBeUndefined();
    expect(statuses.map((s) => s.reason?.code)).toEqual([undefined, "engine_failed", undefined]);
    expect(sources.last.pool.free).toBe(6);
  });

  test.each(["worker_lost", "worker_hung", "poisonous"] as const)("a frame that is lost with its worker is dropped as %s", async (code) => {
    const { sources, engine, stream } = setUp();
    stream.start();
    sources.last.frame();
    engine.calls[0]!.fail(new AppError(code, "Gone."));
    await settle();
    sources.last.frame();
    engine.calls[1]!.answer();
    await settle();
    expect(stream.counters).toMatchObject({ decoded: 2, analysed: 1, inFlight: 0, dropped: { [code]: 1, engine_failed: 0 } });
    expect(sources.last.pool.free).toBe(6);
  });

  test("fps and latency come from the last seconds", async () => {
    const { sources, engine, stream } = setUp();
    stream.start();
    for (let i = 0; i < 11; i++) {
      sources.last.frame();
      await vi.advanceTimersByTimeAsync(30);
      engine.calls[i]!.answer();
      await settle();
      if (i < 10) await vi.advanceTimersByTimeAsync(70);
    }
    expect(stream.status).toMatchObject({ fps: 10, latencyMs: 30 });
    await vi.advanceTimersByTimeAsync(10_000);
    expect(stream.status.fps).toBe(0);
    expect(stream.status.latencyMs).toBeUndefined();
  });

  test("a frame that the source decoded and never handed over is settled at its end", async () => {
    const { sources, stream } = setUp();
    stream.start();
    sources.last.decodeOnly();
    expect(stream.counters).toMatchObject({ decoded: 1, inFlight: 1 });
    await stream.stop();
    expect(stream.counters).toMatchObject({ decoded: 1, inFlight: 0, dropped: { stopped: 1 } });
    expect(isConserved(stream.counters)).toBe(true);
  });
});

describe("previews", () => {
  test("are made only while somebody watches, after their result, the newest first", async () => {
    const { jobs, encodePreview } = encoder();
    const { sources, engine, stream, results } = setUp({}, { encodePreview });
    const order: string[] = [];
    stream.result$.subscribe((r) => order.push(`result ${r.seq}`));
    stream.start();
    const analyse = async (): Promise<void> => {
      sources.last.frame();
      engine.calls.at(-1)!.answer();
      await settle();
    };
    await analyse();
    expect(jobs).toHaveLength(0);
    const previews: Preview[] = [];
    const watching = stream.preview$.subscribe((p) => {
      previews.push(p);
      order.push(`preview ${p.seq}`);
    });
    for (let i = 1; i < 5; i++) await analyse();
    expect(results).toHaveLength(5);
    expect(jobs.map((j) => j.seq)).toEqual([1]);
    // One is encoded and one waits: the pool keeps the rest.
    expect(sources.last.pool.free).toBe(4);
    jobs[0]!.done();
    await settle();
    expect(jobs.map((j) => j.seq)).toEqual([1, 4]);
    jobs[1]!.fail(new Error("no JPEG today"));
    await settle();
    expect(previews.map((p) => [p.seq, p.ptsMs, p.jpeg[0]])).toEqual([[1, 40, 1]]);
    expect(sources.last.pool.free).toBe(6);
    await analyse();
    await analyse();
    watching.unsubscribe();
    jobs[2]!.done();
    await settle();
    expect(jobs).toHaveLength(3);
    expect(previews).toHaveLength(1);
    expect(sources.last.pool.free).toBe(6);
    expect(order).toEqual(["result 0", "result 1", "result 2", "result 3", "result 4", "preview 1", "result 5", "result 6"]);
  });

  test("stop waits for the picture in work", async () => {
    const { jobs, encodePreview } = encoder();
    const { sources, engine, stream } = setUp({}, { encodePreview });
    const previews: Preview[] = [];
    stream.preview$.subscribe((p) => previews.push(p));
    stream.start();
    for (let i = 0; i < 2; i++) {
      sources.last.frame();
      engine.calls[i]!.answer();
      await settle();
    }
    let stopped = false;
    const stop = stream.stop().then(() => (stopped = true));
    await settle();
    expect(stopped).toBe(false);
    expect(sources.last.pool.free).toBe(5);
    jobs[0]!.done();
    await stop;
    expect(sources.last.pool.free).toBe(6);
    expect(previews).toEqual([]);
    expect(jobs).toHaveLength(1);
  });
});

/** Ten seconds of 20 frames a second; each answered after 100 ms of a worker, which is more than one worker can do. */
async function playPaced(over: Partial<StreamSpec>) {
  const pacing = new PaceController({ latencyTargetMs: 1000, workers: 1 });
  const engine = new FakeEngine();
  const parts = setUp(over, { engine: { ...engine, close: () => engine.close(), analyze: (batch, onCost) => (onCost?.({ workedMs: 100 }), engine.analyze(batch)) }, pacing });
  parts.stream.start();
  for (let n = 0, answered = 0; n < 200; n++) {
    parts.sources.last.frame();
    for (; answered < engine.calls.length; answered++) engine.calls[answered]!.answer();
    await vi.advanceTimersByTimeAsync(50);
    expect(isConserved(parts.stream.counters)).toBe(true);
  }
  return { ...parts, pacing };
}

/** A camera beside one that brings 20 frames a second of 300 ms; `play` tells in which frames it was looked at. */
function besideBusyOne(found: readonly DetectedFace[]) {
  const pacing = new PaceController({ latencyTargetMs: 1000, workers: 1 });
  const engine = new FakeEngine();
  const parts = setUp({}, { engine: { ...engine, close: () => engine.close(), analyze: (batch, onCost) => (onCost?.({ workedMs: 100 }), engine.analyze(batch)) }, pacing });
  const { sources } = parts;
  const busy = pacing.join();
  const play = async (frames: number, grey: (n: number) => number): Promise<number[]> => {
    const looks: number[] = [];
    for (let n = 0; n < frames; n++) {
      if (busy.offer(performance.now())) {
        busy.worked(300);
        busy.answered(300, performance.now());
      }
      const before = engine.calls.length;
      const data = new Uint8Array(100 * 50 * 3).fill(90).fill(grey(n), 0, 3000);
      sources.last.frame({ ptsMs: sources.last.nextSeq * 50, picture: { width: 100, height: 50, pixelFormat: "rgb24", data } });
      await vi.advanceTimersByTimeAsync(1);
      if (engine.calls.length > before) {
        looks.push(n);
        engine.calls.at(-1)!.answer(found);
      }
      await vi.advanceTimersByTimeAsync(49);
    }
    return looks;
  };
  return { ...parts, play, pacing };
}

describe("pacing", () => {
  test("frames beyond the pace are dropped for a reason of their own, before they wait for anything", async () => {
    const { stream, results, sources } = await playPaced({});
    const { dropped, analysed } = stream.counters;
    expect(dropped.superseded).toBe(0);
    expect(dropped.paced + analysed).toBe(200);
    // 0.85 of one worker is 8.5 frames a second; the first second is measured.
    expect(analysed).toBeGreaterThan(80);
    expect(analysed).toBeLessThan(115);
    expect(results.map(({ seq }) => seq)).toEqual(results.map(({ seq }) => seq).toSorted((a, b) => a - b));
    expect(stream.status.pace).toEqual({ fps: 8.5, wantedFps: 20, reason: "engine_busy" });
    expect(sources.last.pool.free).toBe(sources.last.pool.size);
    stream.pause();
    expect(stream.status.pace).toBeUndefined();
    await stream.stop();
  });

  test("a still camera that is slowed down looks twice a second, drops nothing, and sees what moves in the same frame", async () => {
    const { stream, play, pacing } = besideBusyOne([]);
    stream.start();
    await play(400, () => 90);
    expect(stream.status.pace).toMatchObject({ wantedFps: 20 });
    expect(pacing.level).toBeLessThan(4);
    const before = stream.counters;
    expect((await play(200, () => 90)).length).toBeLessThanOrEqual(20);
    expect(stream.counters.dropped).toEqual(before.dropped);
    expect(stream.counters.analysed - before.analysed).toBe(200);
    const moving = await play(100, (n) => 100 + 40 * (n % 4));
    expect(moving[0]).toBe(0);
    // From then on it has its pace, and no more.
    expect(moving.length).toBeLessThanOrEqual(5 * pacing.level + 3);
    expect(stream.counters.dropped.paced).toBeGreaterThan(before.dropped.paced + 50);
    await stream.stop();
  });

  test("somebody who does not move is there in every result, however rare looks are", async () => {
    const { stream, play, pacing, results } = besideBusyOne([face({ x: 10, y: 10, width: 20, height: 20 })]);
    // Two more that take everything.
    const greedy = [pacing.join(), pacing.join()];
    stream.start();
    for (let n = 0; n < 40; n++) {
      for (const one of greedy) {
        for (let k = 0; k < 20; k++) one.offer(performance.now() + k);
        one.worked(2000);
        one.answered(2000, performance.now());
      }
      await play(20, () => 90);
    }
    expect(pacing.level).toBeLessThan(1);
    expect(results.length).toBeGreaterThan(20);
    expect(results.filter(({ faces }) => faces.length !== 1)).toEqual([]);
    await stream.stop();
  });

  test("a lossless stream keeps every frame", async () => {
    const { stream } = await playPaced({ lossless: true, live: false });
    expect(stream.counters).toMatchObject({ analysed: 200, dropped: { paced: 0 } });
    expect(stream.status.pace).toBeUndefined();
    await stream.stop();
  });
});
