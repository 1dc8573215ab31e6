// The conservation law: in every snapshot, for every interleaving of source, engine, failures and pauses.

import * as fc from "fast-check";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { AppError } from "../../../src/core/errors.js";
import type { Counters } from "../../../src/core/feed.js";
import { silentLogger } from "../../../src/core/logger.js";
import type { Frame } from "../../../src/core/frame.js";
import { createStream, FrameLedger, isConserved, runFile } from "../../../src/pipeline/index.js";
import { analysis, encoder, FakeEngine, FakeSources, settle, spec } from "./fakes.js";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const frame = (seq: number): Frame => ({ seq }) as Frame;

describe("FrameLedger", () => {
  test("counts each fate once", () => {
    const ledger = new FrameLedger();
    const frames = [0, 1, 2].map(frame);
    for (const f of frames) {
      ledger.decoded();
      ledger.taken(f);
    }
    ledger.decoded();
    ledger.lost("pool_dry");
    ledger.decoded();
    expect(ledger.counters).toMatchObject({ decoded: 5, inFlight: 4 });
    ledger.analysed(frames[0]!);
    ledger.dropped(frames[1]!, "superseded");
    ledger.closeArrivals("stopped");
    expect(ledger.counters).toEqual({ decoded: 5, analysed: 1, inFlight: 1, dropped: { pool_dry: 1, superseded: 1, paced: 0, engine_failed: 0, worker_lost: 0, worker_hung: 0, poisonous: 0, stopped: 1, paused: 0 } });
  });

  test("a snapshot does not change afterwards", () => {
    const ledger = new FrameLedger();
    const before = ledger.counters;
    ledger.decoded();
    ledger.lost("pool_dry");
    expect(before).toEqual(new FrameLedger().counters);
  });

  test("refuses what would break the law", () => {
    const ledger = new FrameLedger();
    const f = frame(0);
    expect(() => ledger.taken(f)).toThrow(AppError);
    expect(() => ledger.lost("pool_dry")).toThrow(AppError);
    expect(() => ledger.analysed(f)).toThrow(AppError);
    ledger.decoded();
    ledger.taken(f);
    ledger.decoded();
    expect(() => ledger.taken(f)).toThrow(AppError);
    ledger.analysed(f);
    expect(() => ledger.dropped(f, "stopped")).toThrow(AppError);
  });

  test("isConserved tells a broken book", () => {
    const good: Counters = { decoded: 3, analysed: 1, inFlight: 1, dropped: { pool_dry: 1, superseded: 0, paced: 0, engine_failed: 0, worker_lost: 0, worker_hung: 0, poisonous: 0, stopped: 0, paused: 0 } };
    expect(isConserved(good)).toBe(true);
    expect(isConserved({ ...good, inFlight: 0 })).toBe(false);
  });
});

type Step = "frame" | "frames" | "decode" | "answer" | "answerLast" | "fail" | "encoded" | "encodeFails" | "watch" | "unwatch" | "pause" | "resume" | "lose" | "end" | "tick" | "stall";

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 8, arbitrary: fc.constantFrom<Step>("frame", "answer") },
  { weight: 3, arbitrary: fc.constantFrom<Step>("frames", "answerLast", "encoded", "tick") },
  { weight: 1, arbitrary: fc.constantFrom<Step>("decode", "fail", "encodeFails", "watch", "unwatch", "pause", "resume", "lose", "end", "stall") },
);

describe("a stream under any interleaving", () => {
  test.each([
    { concurrency: 1, poolFrames: 6 },
    { concurrency: 1, poolFrames: 2 },
    { concurrency: 3, poolFrames: 6 },
  ])("keeps the law, its order and every buffer: %o", async ({ concurrency, poolFrames }) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 60 }), fc.boolean(), async (steps, live) => {
        const sources = new FakeSources();
        const engine = new FakeEngine();
        const { jobs, encodePreview } = encoder();
        const stream = createStream(spec({ live, poolFrames, reconnect: { minDelayMs: 1, maxDelayMs: 1, factor: 1, jitter: 1 } }), {
          openSource: sources.open,
          engine,
          encodePreview,
          logger: silentLogger(),
          concurrency,
          random: () => 1,
        });
        const seqs: number[] = [];
        const previews: number[] = [];
        const check = (): void => {
          if (!isConserved(stream.counters)) throw new Error(`law broken: ${JSON.stringify(stream.counters)}`);
        };
        stream.result$.subscribe((result) => {
          seqs.push(result.seq);
          check();
        });
        stream.status$.subscribe(check);
        const watchers = [stream.preview$.subscribe()];
        const watch = (): void => void watchers.push(stream.preview$.subscribe((p) => previews.push(p.seq)));
        watch();
        stream.start();

        let answered = 0;
        let encoded = 0;
        const nextCall = () => (answered < engine.calls.length ? engine.calls[answered++] : undefined);
        const nextJob = () => (encoded < jobs.length ? jobs[encoded++] : undefined);
        const act: Record<Step, () => unknown> = {
          frame: () => sources.last.frame(),
          frames: () => [1, 2, 3].map(() => sources.last.frame()),
          decode: () => sources.last.decodeOnly(),
          answer: () => nextCall()?.answer(),
          answerLast: () => engine.calls.at(-1)?.answer(),
          fail: () => nextCall()?.fail(new Error("broken")),
          encoded: () => nextJob()?.done(),
          encodeFails: () => nextJob()?.fail(new Error("broken")),
          watch,
          unwatch: () => watchers.pop()?.unsubscribe(),
          pause: () => stream.pause(),
          resume: () => stream.resume(),
          lose: () => sources.last.finish("failed", new AppError("source_lost", "Gone.")),
          end: () => sources.last.finish("ended"),
          tick: () => vi.advanceTimersByTime(1),
          stall: () => sources.last.stalled(true),
        };
        const needsSource = new Set<Step>(["frame", "frames", "decode", "stall"]);
        for (const name of steps) {
          // A source that has ended says nothing more.
          if (needsSource.has(name) && sources.last.finished) continue;
          act[name]();
          check();
          await settle();
          check();
        }
        const stop = stream.stop();
        check();
        // Answers and pictures may come in any order after the stop; none may be missing.
        await settle();
        for (const call of engine.calls) call.answer();
        await settle();
        for (let i = 0; i < jobs.length; i++) jobs[i]!.done();
        await stop;
        check();
        expect(stream.counters.inFlight).toBe(0);
        for (const run of sources.runs) expect(run.pool.free).toBe(run.pool.size);
        expect(seqs).toEqual(seqs.toSorted((a, b) => a - b));
        expect(new Set(seqs).size).toBe(seqs.length);
        for (const seq of previews) expect(seqs).toContain(seq);
      }),
      { numRuns: 150 },
    );
  });
});

describe("a file run under any interleaving", () => {
  test("gives every frame once and in order, and the law holds", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(5), { maxLength: 60 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 2, max: 8 }),
        fc.option(fc.nat(60)),
        async (picks, concurrency, poolFrames, abortAt) => {
          const sources = new FakeSources();
          const engine = new FakeEngine(concurrency);
          const abort = new AbortController();
          const run = runFile({ url: "/a.mp4", analysis, openTimeoutMs: 1000, poolFrames, signal: abort.signal }, { openSource: sources.open, engine, logger: silentLogger() });
          const seqs: number[] = [];
          let error: unknown;
          const check = (): void => {
            if (!isConserved(run.counters)) throw new Error(`law broken: ${JSON.stringify(run.counters)}`);
          };
          run.result$.subscribe({
            next: (result) => {
              seqs.push(result.seq);
              check();
            },
            error: (e: unknown) => (error = e),
          });
          const open = new Set<number>();
          let known = 0;
          let most = 0;
          const source = sources.last;
          for (const [i, pick] of picks.entries()) {
            if (i === abortAt) abort.abort();
            // The decoder waits for a buffer, as backpressure "wait" does.
            if (source.pool.free > 0 && !source.finished) source.frame();
            check();
            await settle();
            for (; known < engine.calls.length; known++) open.add(known);
            most = Math.max(most, open.size);
            const chosen = [...open][pick % Math.max(1, open.size)];
            if (chosen !== undefined && pick > 1) {
              open.delete(chosen);
              engine.calls[chosen]!.answer();
            }
            await settle();
            check();
          }
          source.finish("ended");
          for (let i = 0; i < picks.length; i++) {
            for (const call of engine.calls) call.answer();
            await settle();
          }
          const { error: why } = await run.closed;
          check();
          const aborted = abortAt !== null && abortAt < picks.length;
          expect(source.pool.free).toBe(poolFrames);
          expect(run.counters.inFlight).toBe(0);
          expect(most).toBeLessThanOrEqual(Math.min(concurrency + 4, poolFrames));
          expect(seqs).toEqual(seqs.map((_, i) => i));
          expect(run.counters.analysed).toBe(seqs.length);
          if (aborted) expect(error).toBe(why);
          else expect(seqs).toHaveLength(source.nextSeq);
          expect((why as AppError | undefined)?.code).toBe(aborted ? "cancelled" : undefined);
        },
      ),
      { numRuns: 200 },
    );
  });
});
