// Streams over real decoders: conservation under load, a camera that freezes, goes and comes back, and nothing left behind.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as delay } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import type { StreamState } from "../../../src/core/feed.js";
import { silentLogger } from "../../../src/core/logger.js";
import { createStream, isConserved, type EncodePreview, type FrameResult, type Preview, type Stream, type StreamSpec } from "../../../src/pipeline/index.js";
import { expectNoDecoder, HttpCamera, makeClip, recordedSource, SlowEngine, spec } from "./rig.js";

const waiting = { timeout: 20_000, interval: 20 };
const frames = 90;
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

function start(over: Partial<StreamSpec>, delayMs: number, options: { readonly concurrency?: number; readonly encodePreview?: EncodePreview } = {}) {
  const source = recordedSource();
  const broken: string[] = [];
  const results: FrameResult[] = [];
  const states: StreamState[] = [];
  const started: { stream?: Stream } = {};
  const check = (): void => {
    const counters = started.stream?.counters;
    if (counters !== undefined && !isConserved(counters)) broken.push(JSON.stringify(counters));
  };
  const engine = new SlowEngine(delayMs, 2, check);
  const stream = createStream(spec(over), { openSource: source.openSource, engine, encodePreview: options.encodePreview ?? (() => Promise.resolve(new Uint8Array(0))), logger: silentLogger(), ...options });
  started.stream = stream;
  stream.result$.subscribe((result) => {
    check();
    results.push(result);
  });
  stream.status$.subscribe((status) => {
    check();
    states.push(status.state);
  });
  stream.start();
  const until = (state: StreamState): Promise<void> => vi.waitFor(() => expect(stream.status.state).toBe(state), waiting);
  return { stream, source, engine, broken, results, states, until };
}

async function expectNothingLeft({ stream, source, engine, broken, results }: ReturnType<typeof start>): Promise<void> {
  await stream.stop();
  expect(broken).toEqual([]);
  expect(engine.torn).toBe(0);
  expect(isConserved(stream.counters)).toBe(true);
  expect(stream.counters).toMatchObject({ inFlight: 0, analysed: results.length });
  for (const { pool } of source.runs) expect(pool.free).toBe(pool.size);
  const seqs = results.map((r) => r.seq);
  expect(seqs).toEqual([...new Set(seqs)].toSorted((a, b) => a - b));
}

describe("a file in real time", () => {
  test("an engine faster than the file analyses every frame, at the speed of the file", async () => {
    const rig = start({ source: clip, live: false }, 0);
    await rig.until("live");
    const liveAtMs = performance.now();
    await rig.until("ended");
    expect(performance.now() - liveAtMs).toBeGreaterThan(2000);
    expect(rig.stream.counters).toMatchObject({ decoded: frames, analysed: frames });
    expect(rig.states).toEqual(["connecting", "live", "ended"]);
    await expectNothingLeft(rig);
    await expectNoDecoder();
  });

  test.each([{ concurrency: 1 }, { concurrency: 3 }])("an engine slower than the file takes the newest and counts the rest: %o", async (options) => {
    const rig = start({ source: clip, live: false }, 150, options);
    await rig.until("ended");
    const { decoded, analysed, dropped } = rig.stream.counters;
    expect(decoded).toBe(frames);
    expect(analysed).toBeGreaterThan(10);
    expect(dropped.superseded).toBe(frames - analysed - dropped.pool_dry);
    expect(dropped.superseded).toBeGreaterThan(20);
    expect(dropped).toMatchObject({ engine_failed: 0, stopped: 0, paused: 0 });
    await expectNothingLeft(rig);
  });

  test("a loop goes on past the end, with rising pts", async () => {
    const rig = start({ source: clip, live: false, loop: true }, 0);
    await vi.waitFor(() => expect(rig.results.length).toBeGreaterThan(frames + 20), waiting);
    const pts = rig.results.filter((r) => r.epoch === rig.results[0]!.epoch).map((r) => r.ptsMs);
    expect(pts.length).toBe(rig.results.length);
    expect(pts).toEqual(pts.toSorted((a, b) => a - b));
    await expectNothingLeft(rig);
  });

  test("an encoder that is far too slow neither delays results nor dries the pool out", async () => {
    const previews: Preview[] = [];
    let atATime = 0;
    let most = 0;
    const rig = start({ source: clip, live: false }, 0, {
      encodePreview: async (frame) => {
        atATime += 1;
        most = Math.max(most, atATime);
        await delay(300);
        atATime -= 1;
        return new Uint8Array([frame.seq]);
      },
    });
    rig.stream.preview$.subscribe((preview) => {
      expect(rig.results.some((r) => r.seq === preview.seq)).toBe(true);
      previews.push(preview);
    });
    await rig.until("ended");
    expect(rig.stream.counters).toMatchObject({ analysed: frames, dropped: { pool_dry: 0 } });
    expect(most).toBe(1);
    expect(previews.length).toBeGreaterThan(4);
    for (const p of previews) expect(p.jpeg[0]).toBe(p.seq);
    await expectNothingLeft(rig);
  });

  test("a file that is not there fails, and plays once it is", async () => {
    const path = join(dir, "later.mp4");
    const rig = start({ source: path, live: false }, 0);
    await rig.until("failed");
    expect(rig.stream.status.reason?.code).toBe("not_found");
    await makeClip(path, 0.5, 30);
    rig.stream.resume();
    await rig.until("ended");
    expect(rig.results).toHaveLength(15);
    await expectNothingLeft(rig);
  });
});

describe("a camera", () => {
  let camera: HttpCamera;

  beforeEach(async () => {
    camera = new HttpCamera();
    await camera.start();
  });
  afterEach(async () => {
    await camera.stop();
    await expectNoDecoder();
  });

  test("goes and comes back: the stream does too, seq and epoch go on", async () => {
    const rig = start({ source: camera.url }, 5);
    await vi.waitFor(() => expect(rig.results.length).toBeGreaterThan(10), waiting);
    await camera.stop();
    await rig.until("reconnecting");
    expect(rig.stream.status.reason?.code).toMatch(/^(source_lost|refused)$/);
    await vi.waitFor(() => expect(rig.stream.status.attempt).toBeGreaterThan(2), waiting);
    expect(rig.stream.status.reason?.code).toBe("refused");
    const before = rig.results.length;
    await camera.start();
    await rig.until("live");
    await vi.waitFor(() => expect(rig.results.length).toBeGreaterThan(before + 10), waiting);
    expect(rig.results.at(-1)!.epoch).toBe(rig.results[0]!.epoch + 1);
    expect(rig.stream.status).toMatchObject({ attempt: 0, width: 320, height: 180 });
    expect(rig.stream.status.reason).toBeUndefined();
    await expectNothingLeft(rig);
    expect(rig.stream.lastSeq).toBeLessThan(rig.stream.counters.decoded);
  });

  test("freezes and goes on: stalled, then live", async () => {
    const rig = start({ source: camera.url }, 0);
    await rig.until("live");
    camera.freeze(true);
    await rig.until("stalled");
    expect(rig.stream.status.reason?.code).toBe("stalled");
    camera.freeze(false);
    await rig.until("live");
    expect(rig.source.runs).toHaveLength(1);
    await expectNothingLeft(rig);
  });

  test("freezes for good: opened anew", async () => {
    const rig = start({ source: camera.url, stallTimeoutMs: 1000 }, 0);
    await rig.until("live");
    camera.freeze(true);
    await rig.until("reconnecting");
    expect(rig.stream.status.reason?.code).toBe("stalled");
    await rig.until("live");
    expect(rig.source.runs.length).toBeGreaterThan(1);
    await expectNothingLeft(rig);
  });

  test("is closed by pause and opened by resume", async () => {
    const rig = start({ source: camera.url }, 20);
    await vi.waitFor(() => expect(rig.results.length).toBeGreaterThan(3), waiting);
    rig.stream.pause();
    await rig.source.runs[0]!.closed;
    const before = rig.results.length;
    expect(rig.stream.status.state).toBe("paused");
    rig.stream.resume();
    await vi.waitFor(() => expect(rig.results.length).toBeGreaterThan(before), waiting);
    expect(rig.source.runs).toHaveLength(2);
    await expectNothingLeft(rig);
  });

  test("stop at any moment leaves nothing", async () => {
    for (const afterMs of [0, 30, 200, 700]) {
      const rig = start({ source: camera.url }, 50, { concurrency: 2 });
      await delay(afterMs);
      await expectNothingLeft(rig);
      expect(rig.stream.status.state).toBe("stopped");
    }
  });
});
