import { expect, test } from "vitest";
import { SlidingWindow } from "../../../src/pipeline/sliding-window.js";

test("empty and single", () => {
  const window = new SlidingWindow();
  expect([window.fps(0), window.medianLatencyMs(0)]).toEqual([0, undefined]);
  window.add(10, 5);
  expect([window.fps(20), window.medianLatencyMs(20)]).toEqual([0, 5]);
});

test("rate and median of the last five seconds only", () => {
  const window = new SlidingWindow();
  for (let t = 0; t <= 20_000; t += 100) window.add(t, t < 15_500 ? 1 : 30);
  for (let t = 20_040; t <= 25_080; t += 40) window.add(t, 20);
  expect(window.fps(25_080)).toBeCloseTo(25, 6);
  expect(window.medianLatencyMs(25_080)).toBe(20);
});

test("the rate sinks while nothing comes, and ends at 0", () => {
  const window = new SlidingWindow();
  for (let t = 0; t <= 1000; t += 100) window.add(t, 1);
  expect(window.fps(1000)).toBe(10);
  expect(window.fps(2000)).toBe(5);
  expect(window.fps(6001)).toBe(0);
});

test("the median of an even count lies between the middle two", () => {
  const window = new SlidingWindow();
  for (const latencyMs of [40, 10, 20, 1000]) window.add(0, latencyMs);
  expect(window.medianLatencyMs(0)).toBe(30);
});
