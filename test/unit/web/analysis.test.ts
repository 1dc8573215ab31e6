// The pure parts of the page of files.

import { expect, test } from "vitest";
import { refusePictureFormats } from "../../../src/core/privacy.js";
import { resultFormats } from "../../../src/core/result-formats.js";
import { resultFileNames } from "../../../src/offline/analyze-file.js";
import { bucketFor, mergePoints } from "../../../web/analysis/curve-store.js";
import { runsOf, tickStep } from "../../../web/analysis/paint-curves.js";
import { merge, peopleOf, rename, split } from "../../../web/analysis/people.js";
import { TileCache } from "../../../web/analysis/tile-cache.js";
import { TimeWindow } from "../../../web/analysis/time-window.js";
import { wantedFormats } from "../../../web/analysis/upload-queue.js";
import { clock, duration, size, stateSentence, wordsForResult } from "../../../web/analysis/words.js";

const track = (trackId: number, frames: number) => ({ trackId, frames, firstMs: trackId * 100, lastMs: 9000, label: "happiness" as const, mean: 0.5 });
const point = (timeMs: number, frames: number, value: number) => ({ timeMs, frames, mean: [value], min: [value - 0.1], max: [value + 0.1] });
const tracks = [track(1, 100), track(2, 60), track(3, 50)];

test("people are tracks until they are merged, named and split again", () => {
  expect(peopleOf(tracks, []).map((p) => [p.name, p.trackIds])).toEqual([[undefined, [1]], [undefined, [2]], [undefined, [3]]]);
  const [, second, third] = peopleOf(tracks, []);
  const merged = merge([], [second!, third!]);
  expect(merged).toEqual([{ name: "Person 1", trackIds: [2, 3] }]);
  const both = peopleOf(tracks, merged)[0]!;
  expect(both).toMatchObject({ name: "Person 1", trackIds: [2, 3], frames: 110, firstMs: 200 });
  const named = rename(merged, both, " Anna ")!;
  expect(named).toEqual([{ name: "Anna", trackIds: [2, 3] }]);
  expect(rename(named, peopleOf(tracks, named)[1]!, "Anna")).toBeUndefined();
  expect(rename(named, peopleOf(tracks, named)[0]!, "")).toEqual([{ name: "Person 1", trackIds: [2, 3] }]);
  expect(merge(named, peopleOf(tracks, named))).toEqual([{ name: "Anna", trackIds: [1, 2, 3] }]);
  expect(split(named, peopleOf(tracks, named)[0]!)).toEqual([]);
});

test("a view zooms about a time and never leaves the film", () => {
  const view = new TimeWindow(60_000);
  view.zoom(2, 45_000);
  expect([view.fromMs, view.toMs]).toEqual([22_500, 52_500]);
  view.moveTo(1e9);
  expect([view.fromMs, view.toMs]).toEqual([30_000, 60_000]);
  view.moveTo(-5);
  expect(view.fromMs).toBe(0);
  view.zoom(1e9, 10_000);
  expect(view.spanMs).toBe(500);
  view.keepInView(50_000);
  expect(view.fromMs <= 50_000 && view.toMs >= 50_000).toBe(true);
  view.zoom(1e-9, 10_000);
  expect([view.fromMs, view.toMs, view.isWhole]).toEqual([0, 60_000, true]);
});

test("the page's ladder of points is the server's", () => {
  expect([bucketFor(20_000, 2000), bucketFor(20_000, 100), bucketFor(3_600_000, 500)]).toEqual([25, 200, 12_800]);
});

test("points of one person's tracks are weighted by frames, and gaps break a curve", () => {
  expect(mergePoints([[point(0, 1, 0.2)], [point(0, 3, 0.6), point(25, 1, 0.5)]])).toEqual([{ timeMs: 0, frames: 4, mean: [expect.closeTo(0.5)], min: [0.1], max: [0.7] }, point(25, 1, 0.5)]);
  expect(runsOf([{ bucketMs: 25, points: [point(0, 1, 0), point(50, 1, 0), point(800, 1, 0)] }]).map((r) => r.points.length)).toEqual([2, 1]);
  expect([tickStep(84), tickStep(1001), tickStep(5e6)]).toEqual([100, 2000, 7_200_000]);
});

test("tiles: two at a time, newest wishes first, none twice, oldest forgotten", async () => {
  const asked: string[] = [];
  const answers: (() => void)[] = [];
  const wish = (key: string) => ({ key, load: () => new Promise<string>((done) => (asked.push(key), answers.push(() => done(key.toUpperCase())))) });
  let loaded = 0;
  const cache = new TileCache<string>(2, () => (loaded += 1));
  cache.want(["a", "b", "c"].map(wish));
  cache.want(["a", "d"].map(wish));
  expect(asked).toEqual(["a", "b"]);
  const settle = async () => {
    answers.shift()?.();
    await new Promise((done) => setImmediate(done));
  };
  await settle();
  expect([asked, cache.peek("a")]).toEqual([["a", "b", "d"], "A"]);
  await settle();
  await settle();
  expect([loaded, cache.peek("d"), cache.peek("c")]).toEqual([3, "D", undefined]);
  expect(["a", "b"].filter((key) => cache.peek(key) !== undefined)).toHaveLength(1);
});

test("every result has words, and the page asks for every format", () => {
  expect(wantedFormats(true, true).toSorted()).toEqual([...resultFormats].toSorted());
  expect(wantedFormats(false, true)).not.toContain("mp4");
  for (const withVideo of [true, false]) expect(() => refusePictureFormats({ mode: "strict" }, wantedFormats(withVideo, false))).not.toThrow();
  const names = resultFileNames("film", resultFormats);
  expect(new Set(names.map((name) => wordsForResult(name).what)).size).toBe(resultFormats.length);
  expect(names.map((name) => wordsForResult(name).what)).not.toContain("File");
});

test("times and sizes", () => {
  expect([clock(0), clock(62_499, 1), clock(59_999), clock(59_999, 1), clock(3_723_000)]).toEqual(["0:00", "1:02.5", "0:59", "1:00.0", "1:02:03"]);
  expect([duration(400), duration(90_000), duration(5_400_000)]).toEqual(["1\u00a0s", "2\u00a0min", "1\u00a0h 30\u00a0min"]);
  expect([size(12), size(3400), size(999_700), size(2_400_000_000)]).toEqual(["12\u00a0bytes", "3.4\u00a0kB", "1.0\u00a0MB", "2.4\u00a0GB"]);
  const info = { id: "a", name: "x", progress: 0.5, frames: 3, formats: [], results: [], createdAt: "" };
  expect(stateSentence({ ...info, state: "queued", position: 3 })).toBe("Waiting: number 3 in the queue");
  expect(stateSentence({ ...info, state: "running", etaMs: 40_000 })).toBe("Analysing: 50\u00a0%, about 40\u00a0s left");
});
