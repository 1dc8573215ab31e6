// What a timeline remembers, and the figures of the card.

import { describe, expect, test } from "vitest";
import type { Emotion, EmotionScores } from "../../../src/core/emotions.js";
import { EmotionHistory, historyMs } from "../../../web/emotion-history.js";
import { RateMeter } from "../../../web/rate-meter.js";
import { retryDelayMs } from "../../../web/retry-delay.js";

const scores = (label: Emotion): EmotionScores => ({ anger: 0, disgust: 0, fear: 0, happiness: 0, sadness: 0, surprise: 0, neutral: 0, [label]: 1 });
const filled = (times: readonly [number, Emotion][]): EmotionHistory => {
  const history = new EmotionHistory();
  for (const [ptsMs, label] of times) history.add(0, ptsMs, scores(label), label);
  return history;
};

describe("EmotionHistory", () => {
  test("keeps the last 20 s, a sample every tenth of a second", () => {
    const history = new EmotionHistory();
    for (let ptsMs = 0; ptsMs <= 60_000; ptsMs += 20) history.add(0, ptsMs, scores("fear"), "fear");
    const times = history.samples.map((s) => s.ptsMs);
    expect(times[0]).toBe(60_000 - historyMs);
    expect(times.at(-1)).toBe(60_000);
    expect(times).toHaveLength(201);
  });

  test("starts anew with the clock of a new epoch", () => {
    const history = filled([[5000, "anger"]]);
    history.add(1, 40, scores("neutral"), "neutral");
    expect(history.samples.map((s) => s.ptsMs)).toEqual([40]);
  });

  test("tells stretches of one leading emotion that meet each other, split where nothing was seen", () => {
    const history = filled([[0, "fear"], [500, "fear"], [1000, "anger"], [1500, "anger"], [6000, "anger"]]);
    expect(history.stretches()).toEqual([
      { label: "fear", uncertain: false, fromMs: 0, toMs: 1000 },
      { label: "anger", uncertain: false, fromMs: 1000, toMs: 1500 },
      { label: "anger", uncertain: false, fromMs: 6000, toMs: 6000 },
    ]);
  });
});

describe("RateMeter", () => {
  test("counts frames a second over the last seconds and gives the middle latency", () => {
    const meter = new RateMeter();
    for (let i = 0; i <= 50; i++) meter.add(i * 40, i);
    expect(meter.fps(2000)).toBeCloseTo(25, 6);
    expect(meter.latencyMs()).toBe(25);
  });

  test("says nothing in the first second and after silence", () => {
    const meter = new RateMeter();
    for (let i = 0; i < 10; i++) meter.add(i, undefined);
    expect(meter.fps(10)).toBe(0);
    expect(meter.fps(60_000)).toBe(0);
    expect(meter.latencyMs()).toBeUndefined();
  });
});

describe("retryDelayMs", () => {
  test("doubles up to 15 s", () => {
    expect([1, 2, 3, 6, 50].map((n) => retryDelayMs(n, 0))).toEqual([500, 1000, 2000, 15_000, 15_000]);
  });

  test("takes off at most 30 %", () => {
    expect(retryDelayMs(1, 1)).toBeCloseTo(350, 9);
  });
});
