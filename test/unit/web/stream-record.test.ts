// What the page remembers of a stream that runs for hours, and what it makes of it.

import { expect, test } from "vitest";
import type { EpisodeMessage, Face } from "../../../src/core/feed.js";
import { emotionNames } from "../../../src/core/emotions.js";
import { EpisodeLog, maxEpisodes } from "../../../web/episode-log.js";
import { maxTracks, MinutesHistory, minutesMs } from "../../../web/minutes-history.js";
import { QualityMeter } from "../../../web/quality-meter.js";
import { StreamRecord } from "../../../web/stream-record.js";

const none = { anger: 0, disgust: 0, fear: 0, happiness: 0, sadness: 0, surprise: 0, neutral: 0 };
const face = (trackId: number, smoothed: Partial<Face["smoothed"]>, more: Partial<Face> = {}): Face => ({
  trackId,
  box: { x: 0, y: 0, width: 80, height: 100 },
  score: 0.9,
  landmarks: [[1, 1], [2, 1], [1, 2], [1, 3], [2, 3]],
  emotions: { ...none, ...smoothed },
  smoothed: { ...none, ...smoothed },
  label: "happiness",
  uncertain: false,
  ...more,
});
const event = (over: Partial<EpisodeMessage>): EpisodeMessage => ({ type: "episode", v: 1, streamId: "a", seq: 1, ptsMs: 0, event: "onset", episodeId: 1, trackId: 1, emotion: "happiness", raw: 0.8, smoothed: 0.6, sinceOnsetMs: 0, ...over });

test("eight hours of 25 frames a second with many faces stay within bounds", () => {
  const record = new StreamRecord();
  const hours = 8;
  let episodeId = 0;
  // Every fourth frame, as more of the same second changes nothing but sums.
  for (let nowMs = 0; nowMs < hours * 3_600_000; nowMs += 160) {
    // New faces all the time: track ids are never used again.
    const first = Math.floor(nowMs / 30_000) + 1;
    record.addResult({ faces: [face(first, { happiness: 0.9 }), face(first + 1, { neutral: 0.8 }), face(first + 2, { fear: 0.7 })] }, nowMs);
    if (nowMs % 8000 !== 0) continue;
    record.tellEpisode(event({ episodeId: ++episodeId, trackId: first }), nowMs);
    record.tellEpisode(event({ episodeId, trackId: first, event: "offset" }), nowMs + 100);
  }
  expect(record.minutes.size).toBeLessThanOrEqual(maxTracks * (minutesMs / 1000 + 1));
  expect(record.minutes.tracks(hours * 3_600_000)).toHaveLength(maxTracks);
  expect(record.episodes.episodes).toHaveLength(maxEpisodes);
  expect(record.episodes.episodes[0]?.episodeId).toBe(episodeId);
  expect(record.quality.size).toBeLessThanOrEqual(60);
});

test("a minute's point is the mean of its second; uncertain where most of it was", () => {
  const minutes = new MinutesHistory();
  for (const [nowMs, happiness, uncertain] of [[1000, 1, false], [1500, 0.5, true], [1900, 0, true], [2000, 1, false], [3000, 1, false]] as const) minutes.add([face(3, { happiness, neutral: 1 - happiness }, { uncertain })], nowMs);
  const [track] = minutes.tracks(3000);
  expect(track?.trackId).toBe(3);
  expect(track?.history.samples.map(({ ptsMs, scores, label, uncertain }) => [ptsMs, scores.happiness, scores.neutral, label, uncertain])).toEqual([
    [1500, 0.5, 0.5, "happiness", true],
    [2500, 1, 0, "happiness", false],
  ]);
  expect(emotionNames).toEqual(Object.keys(track!.history.samples[0]!.scores));
  expect(minutes.tracks(3000 + minutesMs + 1)).toEqual([]);
});

test("episodes are put together from their events, newest first; numbers of a stream begun anew are other episodes", () => {
  const log = new EpisodeLog();
  log.tell(event({}), 100);
  log.tell(event({ episodeId: 2, trackId: 2, emotion: "fear" }), 200);
  log.tell(event({ event: "peak", raw: 0.95, sinceOnsetMs: 400 }), 300);
  log.tell(event({ event: "offset", smoothed: 0.3, sinceOnsetMs: 900 }), 300);
  expect(log.episodes.map((e) => [e.episodeId, e.onset?.smoothed, e.peak?.raw, e.offset?.sinceOnsetMs])).toEqual([[2, 0.6, undefined, undefined], [1, 0.6, 0.95, 900]]);
  log.tell(event({}), 400);
  expect(log.episodes).toHaveLength(3);
  // A page opened in the middle hears of the end only.
  log.tell(event({ episodeId: 9, event: "offset", sinceOnsetMs: 5000 }), 500);
  expect(log.episodes[0]).toMatchObject({ episodeId: 9, offset: { sinceOnsetMs: 5000 } });
  expect(log.episodes[0]).not.toHaveProperty("onset");
  log.markLost();
  expect(log.episodes.map((e) => e.lost === true)).toEqual([false, true, true, false]);
});

test("quality is the last minute's: size of the shorter side, sharpness where it is measured, share of uncertain faces", () => {
  const meter = new QualityMeter();
  expect(meter.read(0)).toEqual({ frames: 0, faces: 0, uncertainShare: undefined, faceSize: undefined, sharpness: undefined });
  meter.add([face(1, {}, { sharpness: 0.2 }), face(2, {}, { box: { x: 0, y: 0, width: 60, height: 40 }, uncertain: true })], 1000);
  meter.add([], 1500);
  meter.add([face(1, {}, { sharpness: 0.4 })], 2000);
  expect(meter.read(2000)).toEqual({ frames: 3, faces: 1, uncertainShare: 1 / 3, faceSize: 200 / 3, sharpness: expect.closeTo(0.3, 9) });
  expect(meter.read(61_500)).toMatchObject({ frames: 1, faceSize: 80 });
  expect(meter.read(70_000).frames).toBe(0);
});
