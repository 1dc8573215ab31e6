// The controller of live streams in simulated time: it settles, stays, is fair, and keeps results in time.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ArrivalRate } from "../../../src/pipeline/arrival-rate.js";
import { fairLevel, type Demand } from "../../../src/pipeline/fair-level.js";
import { PaceController } from "../../../src/pipeline/pace-controller.js";
import { latency, rate, seeded, simulate, type CameraPlan, type SimulatedCamera } from "./live-simulation.js";

const seeds = [1, 2, 3, 4, 5];
const twoWorkers = { workers: 2, latencyTargetMs: 100 };

function cameras(count: number, fps: number, costMs: number | ((atMs: number) => number), more: Partial<CameraPlan> = {}): CameraPlan[] {
  return Array.from({ length: count }, () => ({ fps, costMs: typeof costMs === "number" ? () => costMs : costMs, ...more }));
}

/** Changes of the pace after a moment. */
function changes({ paces }: SimulatedCamera, fromSeconds: number): number {
  return paces.filter(({ atMs }) => atMs >= fromSeconds * 1000).length;
}

/** Work of a second at a level, milliseconds. */
function cost(list: readonly Demand[], level: number): number {
  return list.reduce((sum, { fps, costMs }) => sum + Math.min(fps, level) * costMs, 0);
}

describe("the fair level", () => {
  const demands = fc.array(fc.record({ fps: fc.double({ min: 0.1, max: 60, noNaN: true }), costMs: fc.double({ min: 0.5, max: 200, noNaN: true }) }), { minLength: 1, maxLength: 20 });

  test("fits the budget exactly, or gives everybody everything", () => {
    fc.assert(
      fc.property(demands, fc.double({ min: 1, max: 20_000, noNaN: true }), (list, budgetMs) => {
        const level = fairLevel(list, budgetMs);
        if (level === Number.POSITIVE_INFINITY) expect(cost(list, level)).toBeLessThanOrEqual(budgetMs * (1 + 1e-9));
        else expect(cost(list, level)).toBeCloseTo(budgetMs, 5);
      }),
    );
  });

  test.each([
    ["equal streams share equally", [{ fps: 15, costMs: 10 }, { fps: 15, costMs: 10 }], 150, 7.5],
    ["what a slow stream leaves goes to the others", [{ fps: 2, costMs: 10 }, { fps: 30, costMs: 10 }, { fps: 30, costMs: 10 }], 220, 10],
    ["a costly stream gets the same rate, not the same time", [{ fps: 15, costMs: 5 }, { fps: 15, costMs: 20 }], 250, 10],
    ["streams of which nothing is known ask for nothing", [{ fps: 0, costMs: 10 }, { fps: 15, costMs: 0 }], 0, Number.POSITIVE_INFINITY],
    ["nothing to give", [{ fps: 15, costMs: 10 }], 0, 0],
  ] as const)("%s", (_what, list, budgetMs, level) => {
    expect(fairLevel(list, budgetMs)).toBeCloseTo(level, 9);
  });
});

describe("the rate of arrivals", () => {
  test("does not hang on where the window begins, and survives jitter", () => {
    const random = seeded(7);
    const arrivals = new ArrivalRate();
    for (let n = 0; n < 200; n++) {
      const nowMs = n * 66.7 + 20 * random();
      arrivals.add(nowMs);
      if (n > 5) expect(Math.abs(arrivals.fps(nowMs) - 15)).toBeLessThan(1.5);
    }
  });

  test("knows nothing of one frame, counts slow streams, and forgets those that stopped", () => {
    const arrivals = new ArrivalRate();
    arrivals.add(0);
    expect(arrivals.fps(0)).toBe(0);
    arrivals.add(5000);
    expect(arrivals.fps(5000)).toBeCloseTo(0.2, 9);
    expect(arrivals.fps(10_000)).toBeCloseTo(0.2, 9);
    for (const ms of [10_000, 10_100, 10_200]) arrivals.add(ms);
    expect(arrivals.fps(10_200)).toBeCloseTo(10, 9);
    // Silence of more than usual.
    expect(arrivals.fps(11_200)).toBeLessThan(3);
    expect(arrivals.fps(30_000)).toBe(0);
  });
});

describe.each(seeds)("simulated, seed %i", (seed) => {
  test("what fits is never held back", () => {
    const { cameras: four } = simulate(cameras(4, 15, 8), { ...twoWorkers, seconds: 120, seed });
    for (const camera of four) {
      expect(camera.paces).toEqual([]);
      expect(camera.analysed.length).toBeGreaterThan(0.99 * camera.offered.length);
    }
  });

  test("too much: all get the same, results are in time, and the pace stays", () => {
    const { cameras: eight } = simulate(cameras(8, 15, 20), { ...twoWorkers, seconds: 600, seed });
    const rates = eight.map(({ analysed }) => rate(analysed, 60, 600));
    expect(Math.min(...rates) / Math.max(...rates)).toBeGreaterThan(0.95);
    // 2000 ms of work a second would be 12.5 frames for each; most of that is used.
    expect(Math.min(...rates)).toBeGreaterThan(0.6 * 12.5);
    for (const camera of eight) {
      expect(latency(camera, 0.9, 60, 600)).toBeLessThan(100);
      expect(changes(camera, 0)).toBeLessThanOrEqual(10);
      expect(changes(camera, 300)).toBeLessThanOrEqual(3);
    }
  });

  test("just at the limit it does not swing between all and less", () => {
    const { cameras: eight } = simulate(cameras(8, 15, 14.2), { ...twoWorkers, seconds: 600, seed });
    for (const camera of eight) expect(changes(camera, 0)).toBeLessThanOrEqual(6);
  });

  test("a slow camera gets all it asks for, a costly one the same rate as the others, nobody starves", () => {
    const { cameras: all } = simulate([...cameras(3, 30, 20), ...cameras(2, 2, 20), ...cameras(1, 15, 80)], { ...twoWorkers, seconds: 300, seed });
    const rates = all.map(({ analysed }) => rate(analysed, 60, 300));
    const fast = [...rates.slice(0, 3), rates[5]!];
    expect(Math.min(...fast) / Math.max(...fast)).toBeGreaterThan(0.93);
    expect(Math.min(...fast)).toBeGreaterThan(4);
    for (const slow of rates.slice(3, 5)) expect(slow).toBeGreaterThan(1.95);
  });

  test("thirty cameras do not let their frames through at the same moments", () => {
    const { cameras: thirty } = simulate(cameras(30, 15, 10), { workers: 2, latencyTargetMs: 60, seconds: 200, seed });
    const rates = thirty.map(({ analysed }) => rate(analysed, 60, 200));
    expect(Math.min(...rates) / Math.max(...rates)).toBeGreaterThan(0.93);
    // 6.7 would be all of the time.
    expect(Math.min(...rates)).toBeGreaterThan(4);
    expect(Math.max(...thirty.map((camera) => latency(camera, 0.9, 60, 200)))).toBeLessThan(80);
  });

  test("frames that take four times as long for a while: less at once, everything again afterwards", () => {
    const { cameras: six } = simulate(cameras(6, 15, (atMs) => (atMs > 40_000 && atMs < 80_000 ? 30 : 8)), { ...twoWorkers, seconds: 160, seed });
    for (const camera of six) {
      const { analysed } = camera;
      expect(rate(analysed, 10, 40)).toBeGreaterThan(14.8);
      expect(rate(analysed, 50, 80)).toBeLessThan(11.2);
      expect(rate(analysed, 50, 80)).toBeGreaterThan(5.5);
      expect(latency(camera, 0.9, 60, 80)).toBeLessThan(130);
      expect(rate(analysed, 100, 160)).toBeGreaterThan(14.8);
      expect(changes(camera, 0)).toBeLessThanOrEqual(8);
    }
  });

  test.each([
    ["for a while", 6, 8, 100, 80],
    ["for long, after which more is tried ever more rarely", 6, 8, 100, 440],
    ["so much that hardly any are analysed", 6, 8, 400, 80],
  ] as const)("frames that cost very much %s: everything again within half a minute", (_what, count, usualMs, heavyMs, untilSeconds) => {
    const { cameras: all } = simulate(cameras(count, 15, (atMs) => (atMs > 40_000 && atMs < untilSeconds * 1000 ? heavyMs : usualMs)), { ...twoWorkers, seconds: untilSeconds + 60, seed });
    for (const { analysed } of all) {
      expect(rate(analysed, untilSeconds - 20, untilSeconds)).toBeLessThan(3);
      expect(rate(analysed, untilSeconds + 30, untilSeconds + 60)).toBeGreaterThan(14.5);
    }
  });

  test("also where hardly any frames are analysed, the pace stays", () => {
    const { cameras: four } = simulate(cameras(4, 15, 200), { ...twoWorkers, seconds: 600, seed });
    for (const camera of four) {
      expect(changes(camera, 0)).toBeLessThanOrEqual(15);
      expect(changes(camera, 300)).toBeLessThanOrEqual(3);
    }
  });

  test("cameras that come take their part, and leave it to the others when they go", () => {
    const { cameras: all } = simulate([...cameras(4, 15, 20), ...cameras(4, 15, 20, { fromMs: 40_000, untilMs: 90_000 })], { ...twoWorkers, seconds: 150, seed });
    const between = all.map(({ analysed }) => rate(analysed, 50, 90));
    expect(Math.min(...between) / Math.max(...between)).toBeGreaterThan(0.93);
    for (const { analysed } of all.slice(0, 4)) {
      expect(rate(analysed, 20, 40)).toBeGreaterThan(14.5);
      expect(rate(analysed, 50, 90)).toBeLessThan(11.5);
      expect(rate(analysed, 110, 150)).toBeGreaterThan(14.5);
    }
  });

  test("files and stills take what they take, and leave the cameras half", () => {
    const { cameras: four } = simulate(cameras(4, 15, 15), { ...twoWorkers, seconds: 100, seed, others: { fromMs: 30_000, untilMs: 60_000 } });
    for (const { analysed } of four) {
      expect(rate(analysed, 40, 60)).toBeGreaterThan(9);
      expect(rate(analysed, 80, 100)).toBeGreaterThan(14.5);
    }
  });
});

test("the pace names its reason, and nothing is told while no frames come", () => {
  const controller = new PaceController({ latencyTargetMs: 100, workers: 1 });
  const stream = controller.join();
  expect(stream.pace(0)).toBeUndefined();
  for (let n = 0; n <= 100; n++) {
    stream.offer(n * 50);
    stream.worked(100);
    stream.answered(110, n * 50);
  }
  expect(stream.pace(5000)).toEqual({ fps: 8.5, wantedFps: 20, reason: "engine_busy" });
  expect(stream.pace(60_000)).toBeUndefined();
});

test("an engine that tells no cost holds nobody back", () => {
  const controller = new PaceController({ latencyTargetMs: 1, workers: 1 });
  const stream = controller.join();
  for (let n = 0; n < 1000; n++) {
    expect(stream.offer(n * 10)).toBe(true);
    stream.answered(50, n * 10);
  }
  expect(stream.pace(9990)).toMatchObject({ reason: "every_frame" });
});
