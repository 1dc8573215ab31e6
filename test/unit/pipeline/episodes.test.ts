// Episodes of hand-written curves, event for event.

import * as fc from "fast-check";
import { describe, expect, test } from "vitest";
import { episodesSchema, type EpisodeSettings } from "../../../src/core/config.js";
import { scoresFrom, type EmotionScores } from "../../../src/core/emotions.js";
import type { EpisodeEvent } from "../../../src/core/episode.js";
import type { Face } from "../../../src/core/feed.js";
import { Episodes, type EpisodeInput } from "../../../src/pipeline/index.js";

const settings: EpisodeSettings = { onsetAt: 0.6, offsetBelow: 0.4, minDurationMs: 200, maxGapMs: 100 };
const frameMs = 50;

function face(trackId: number, smoothed: Partial<EmotionScores>, raw: Partial<EmotionScores> = smoothed): Face {
  return {
    trackId,
    box: { x: 0, y: 0, width: 10, height: 10 },
    score: 1,
    landmarks: [[0, 0], [0, 0], [0, 0], [0, 0], [0, 0]],
    emotions: { ...scoresFrom(() => 0), ...raw },
    smoothed: { ...scoresFrom(() => 0), ...smoothed },
    label: "happiness",
    uncertain: false,
  };
}

function result(seq: number, faces: readonly Face[], over: Partial<EpisodeInput> = {}): EpisodeInput {
  return { seq, epoch: 0, ptsMs: seq * frameMs, atMs: seq * frameMs, faces, tracks: [1, 2], ...over };
}

function said(when: string, events: readonly EpisodeEvent[]): string[] {
  return events.map((e) => `${when}: ${e.event} ${e.episodeId} at ${e.seq} ${e.raw}/${e.smoothed}`);
}

/** A curve of happiness, a frame for each number; null: the face is not there. Each event as `told at: what at seq raw/smoothed`. */
function told(curve: readonly (number | null | readonly [smoothed: number, raw: number])[], over: Partial<EpisodeSettings> = {}): string[] {
  const episodes = new Episodes({ ...settings, ...over });
  return [
    ...curve.flatMap((value, seq) => {
      const [smoothed, raw] = value === null || typeof value === "number" ? [value, value] : value;
      return said(String(seq), episodes.add(result(seq, smoothed === null ? [] : [face(1, { happiness: smoothed }, { happiness: raw ?? 0 })])));
    }),
    ...said("end", episodes.end()),
  ];
}

describe("one curve", () => {
  test("begins at the upper threshold, is told when it is long enough, lasts down to the lower one", () => {
    expect(told([0.1, 0.59, 0.6, 0.5, 0.4, 0.7, [0.5, 0.9], 0.4, 0.39, 0.39, 0.39, 0.1])).toEqual(["6: onset 1 at 2 0.6/0.6", "10: peak 1 at 6 0.9/0.5", "10: offset 1 at 7 0.4/0.4"]);
  });

  test("a short one is never told, and its time does not count for the next", () => {
    expect(told([0.6, 0.6, 0.6, 0.6, 0, 0, 0, 0, 0.6, 0.6, 0.6, 0.6, 0, 0, 0])).toEqual([]);
    expect(told([0.6, 0.6, 0.6, 0.6, 0, 0, 0, 0, 0.6, 0.6, 0.6, 0.6, 0.6])).toEqual(["12: onset 1 at 8 0.6/0.6", "end: peak 1 at 8 0.6/0.6", "end: offset 1 at 12 0.6/0.6"]);
  });

  test("a gap of just the longest length does not end it, one frame more does", () => {
    expect(told([0.6, 0.6, 0, 0.5, 0.5, 0.5])).toEqual(["4: onset 1 at 0 0.6/0.6", "end: peak 1 at 0 0.6/0.6", "end: offset 1 at 5 0.5/0.5"]);
    expect(told([0.6, 0.6, 0.6, 0.6, 0.6, 0, 0, 0.7])).toEqual(["4: onset 1 at 0 0.6/0.6", "7: peak 1 at 0 0.6/0.6", "7: offset 1 at 4 0.6/0.6"]);
  });

  test("a missing face is a gap as well", () => {
    expect(told([0.6, 0.6, null, 0.5, 0.5, 0.5, null, null, null])).toEqual(["4: onset 1 at 0 0.6/0.6", "8: peak 1 at 0 0.6/0.6", "8: offset 1 at 5 0.5/0.5"]);
  });

  test("between the thresholds it goes on and does not begin", () => {
    expect(told(Array.from({ length: 20 }, () => 0.55))).toEqual([]);
    expect(told([0.6, ...Array.from({ length: 20 }, () => 0.45)])).toEqual(["4: onset 1 at 0 0.6/0.6", "end: peak 1 at 0 0.6/0.6", "end: offset 1 at 20 0.45/0.45"]);
  });

  test("the peak is the first largest raw value; within a gap only when the episode goes on, after its end never", () => {
    expect(told([0.6, [0.7, 0.8], [0.7, 0.8], [0.3, 0.95], 0.5, [0.3, 0.99], [0.3, 1], [0.3, 1]])).toEqual(["4: onset 1 at 0 0.6/0.6", "7: peak 1 at 3 0.95/0.3", "7: offset 1 at 4 0.5/0.5"]);
  });

  test("nothing is too short for a least duration of 0, and no gap is allowed at 0", () => {
    expect(told([0.6, 0, 0.6, 0.6], { minDurationMs: 0, maxGapMs: 0 })).toEqual([
      "0: onset 1 at 0 0.6/0.6",
      "1: peak 1 at 0 0.6/0.6",
      "1: offset 1 at 0 0.6/0.6",
      "2: onset 2 at 2 0.6/0.6",
      "end: peak 2 at 2 0.6/0.6",
      "end: offset 2 at 3 0.6/0.6",
    ]);
  });

  test("frames that come rarely are no gaps", () => {
    const episodes = new Episodes(settings);
    const at = (seq: number, happiness: number) => episodes.add(result(seq, [face(1, { happiness })], { ptsMs: seq * 1000, atMs: seq * 1000 })).map((e) => `${e.event} ${e.seq} ${e.sinceOnsetMs}`);
    expect([at(0, 0.9), at(1, 0.9), at(2, 0.8), at(3, 0.1)]).toEqual([[], ["onset 0 0"], [], ["peak 0 0", "offset 2 2000"]]);
  });
});

/** The second face is angry and comes first. */
function both(seq: number, first: number, second: number, over: Partial<EpisodeInput> = {}): EpisodeInput {
  return result(seq, [face(2, { anger: second, sadness: 0.4 }), face(1, { happiness: first })], over);
}

describe("tracks", () => {
  test("have episodes of their own, and one that ends closes them at once", () => {
    const episodes = new Episodes(settings);
    const events = Array.from({ length: 6 }, (_, seq) => episodes.add(both(seq, 0.7, seq === 3 ? 0.95 : 0.8)));
    expect(events.map((e) => e.length)).toEqual([0, 0, 0, 0, 2, 0]);
    expect(events[4]).toEqual([
      { event: "onset", episodeId: 1, trackId: 2, emotion: "anger", seq: 0, epoch: 0, ptsMs: 0, raw: 0.8, smoothed: 0.8, sinceOnsetMs: 0 },
      { event: "onset", episodeId: 2, trackId: 1, emotion: "happiness", seq: 0, epoch: 0, ptsMs: 0, raw: 0.7, smoothed: 0.7, sinceOnsetMs: 0 },
    ]);
    expect(episodes.add(result(6, [face(1, { happiness: 0.7 })], { tracks: [1] }))).toEqual([
      { event: "peak", episodeId: 1, trackId: 2, emotion: "anger", seq: 3, epoch: 0, ptsMs: 150, raw: 0.95, smoothed: 0.95, sinceOnsetMs: 150 },
      { event: "offset", episodeId: 1, trackId: 2, emotion: "anger", seq: 5, epoch: 0, ptsMs: 250, raw: 0.8, smoothed: 0.8, sinceOnsetMs: 250 },
    ]);
    expect(episodes.end().map((e) => [e.event, e.trackId])).toEqual([["peak", 1], ["offset", 1]]);
    expect(episodes.end()).toEqual([]);
  });

  test("a new epoch's times are its own, durations go on", () => {
    const episodes = new Episodes(settings);
    for (let seq = 0; seq < 5; seq++) episodes.add(both(seq, 0.7, 0));
    episodes.add(both(5, 0.9, 0, { epoch: 1, ptsMs: 3, atMs: 250 }));
    expect(episodes.end()).toMatchObject([
      { event: "peak", epoch: 1, ptsMs: 3, sinceOnsetMs: 250 },
      { event: "offset", epoch: 1, ptsMs: 3, sinceOnsetMs: 250 },
    ]);
  });
});

test("whatever the curve: onset, peak and offset of each episode, in order, long enough, apart by more than a gap, the peak the largest of all between", () => {
  const value = fc.option(fc.integer({ min: 0, max: 10 }).map((n) => n / 10), { nil: null, freq: 8 });
  const curves = fc.array(fc.tuple(value, fc.integer({ min: 0, max: 10 }).map((n) => n / 10)), { minLength: 1, maxLength: 120 });
  fc.assert(
    fc.property(curves, (curve) => {
      const episodes = new Episodes(settings);
      const events = [...curve.flatMap(([smoothed, raw], seq) => episodes.add(result(seq, smoothed === null ? [] : [face(1, { fear: smoothed }, { fear: raw })]))), ...episodes.end()];
      expect(events.map((e) => e.event)).toEqual(Array.from({ length: events.length / 3 }, () => ["onset", "peak", "offset"]).flat());
      let before = -Infinity;
      for (let i = 0; i < events.length; i += 3) {
        const [onset, peak, offset] = events.slice(i, i + 3) as [EpisodeEvent, EpisodeEvent, EpisodeEvent];
        expect(new Set([onset, peak, offset].map((e) => e.episodeId))).toEqual(new Set([i / 3 + 1]));
        expect(onset.smoothed).toBeGreaterThanOrEqual(settings.onsetAt);
        expect(offset.smoothed).toBeGreaterThanOrEqual(settings.offsetBelow);
        expect(offset.ptsMs - onset.ptsMs).toBeGreaterThanOrEqual(settings.minDurationMs);
        expect(onset.ptsMs).toBeGreaterThan(before);
        before = offset.ptsMs;
        const span = curve.slice(onset.seq, offset.seq + 1).flatMap(([smoothed, raw]) => (smoothed === null ? [] : [raw]));
        expect(peak.raw).toBe(Math.max(...span));
        expect(peak.seq >= onset.seq && peak.seq <= offset.seq).toBe(true);
        // Inside, no stretch below the threshold or without the face is longer than the gap.
        let lastAbove = onset.seq;
        for (let seq = onset.seq; seq <= offset.seq; seq++) {
          if ((curve[seq]?.[0] ?? 0) < settings.offsetBelow) expect((seq - lastAbove) * frameMs).toBeLessThanOrEqual(settings.maxGapMs);
          else lastAbove = seq;
        }
      }
    }),
  );
});

test("settings: the lower threshold must not lie above the upper one", () => {
  expect(episodesSchema.safeParse({ onsetAt: 0.5, offsetBelow: 0.51 }).success).toBe(false);
  expect(episodesSchema.parse({ onsetAt: 0.5, offsetBelow: 0.5 })).toEqual({ onsetAt: 0.5, offsetBelow: 0.5, minDurationMs: 500, maxGapMs: 300 });
});
