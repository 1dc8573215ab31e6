import sharp from "sharp";
import { describe, expect, it } from "vitest";
import { TimelineCollector } from "../../../src/offline/formats/timeline-data.js";
import { tickStep, timelineSvg } from "../../../src/offline/formats/timeline-svg.js";
import type { FrameRecord } from "../../../src/offline/formats/types.js";
import { face } from "./fakes.js";

function record(timeMs: number, faces: FrameRecord["faces"]): FrameRecord {
  return { seq: 0, epoch: 0, ptsMs: timeMs, timeMs, width: 64, height: 48, faces };
}

describe("TimelineCollector", () => {
  it("keeps means per bin, gaps, and who was seen longest", () => {
    const collector = new TimelineCollector();
    for (const t of [0, 40, 80, 2000, 2040]) collector.add(record(t, t === 40 ? [face(1, "fear", 0.6)] : [face(1, "anger", 0.8), face(2, "neutral", 0.5)]));
    const timeline = collector.timeline(500);
    expect(timeline).toMatchObject({ frames: 5, endMs: 2040, binMs: 10 });
    expect(timeline.tracks.map((t) => [t.trackId, t.frames, t.label, t.firstMs, t.lastMs])).toEqual([
      [1, 5, "anger", 0, 2040],
      [2, 4, "neutral", 0, 2040],
    ]);
    expect(timeline.tracks[0]?.mean).toBeCloseTo(0.64, 10);
    expect(timeline.tracks[0]?.segments.map((s) => s.map((p) => p.timeMs))).toEqual([
      [5, 45, 85],
      [2005, 2045],
    ]);
  });

  it("holds an hour in a bounded number of bins and loses no frame", () => {
    const collector = new TimelineCollector();
    for (let i = 0; i < 90_000; i += 1) collector.add(record(i * 40, [face(1, i % 2 === 0 ? "anger" : "fear", 0.5)]));
    const timeline = collector.timeline(500);
    const points = timeline.tracks.flatMap((t) => t.segments.flat());
    expect(points.length).toBeGreaterThan(1000);
    expect(points.length).toBeLessThanOrEqual(2048);
    expect(timeline.tracks[0]?.frames).toBe(90_000);
    expect(timeline.tracks[0]?.segments).toHaveLength(1);
    for (const { means } of points.slice(0, -1)) expect(means[0]).toBeCloseTo(0.25, 1);
  });
});

describe("timelineSvg", () => {
  it("escapes the title and draws seven curves a track", async () => {
    const collector = new TimelineCollector();
    for (const t of [0, 40, 80]) collector.add(record(t, [face(1, "anger"), face(2, "neutral")]));
    const svg = timelineSvg(collector.timeline(500), `<script>&"' \u0001.mp4`);
    expect(svg).toContain("&lt;script&gt;&amp;&quot;&apos; .mp4");
    expect(svg.match(/<polyline/g)).toHaveLength(14);
    expect((await sharp(Buffer.from(svg)).metadata()).width).toBe(1600);
  });

  it("says that there is no face, and how many are not shown", () => {
    expect(timelineSvg(new TimelineCollector().timeline(500), "x")).toContain("No face was found");
    const collector = new TimelineCollector();
    collector.add(record(0, Array.from({ length: 20 }, (_, i) => face(i + 1, "anger"))));
    expect(timelineSvg(collector.timeline(500), "x")).toContain("and 8 more faces");
  });

  it("puts at most about ten marks on the axis", () => {
    expect([500, 1000, 4667, 20_000, 61_000, 3_600_000, 36_000_000].map(tickStep)).toEqual([100, 100, 500, 2000, 10_000, 600_000, 3_600_000]);
  });
});
