// The small parts of a study: names of folders, quantiles, stretches of time, measures, flags, and the report's escaping.

import { describe, expect, it } from "vitest";
import { AppError } from "../../../../src/core/errors.js";
import type { FrameRecord } from "../../../../src/offline/formats/types.js";
import { FolderNames, safeName } from "../../../../src/offline/study/folders.js";
import { studyColumns } from "../../../../src/offline/study/item.js";
import type { StudyOutcome } from "../../../../src/offline/study/outcome.js";
import { checks, flagsOf, percent } from "../../../../src/offline/study/quality/checks.js";
import { Histogram } from "../../../../src/offline/study/quality/histogram.js";
import { QualityMeter, qualitySchema, type Quality } from "../../../../src/offline/study/quality/measures.js";
import { qualityColumns, qualityCsv, qualityJson } from "../../../../src/offline/study/quality/report-data.js";
import { qualityHtml } from "../../../../src/offline/study/quality/report-html.js";
import { Strip } from "../../../../src/offline/study/quality/strip.js";
import { face } from "../fakes.js";

function frame(seq: number, timeMs: number, faces: FrameRecord["faces"]): FrameRecord {
  return { seq, epoch: 0, ptsMs: timeMs, timeMs, width: 640, height: 360, faces };
}

function measured(frames: readonly FrameRecord[]): Quality {
  const meter = new QualityMeter();
  for (const f of frames) meter.add(f);
  return qualitySchema.parse(JSON.parse(JSON.stringify(meter.result())));
}

describe("names of folders", () => {
  it("keep what every file system takes", () => {
    expect(["a.mp4", "p01 session 2.MOV", "Zoë 日本.mkv", "a/b:c*?.mp4", "..", ".hidden", "con.mp4", "\u202Eevil\n.mp4", " x . .mp4", ""].map(safeName)).toEqual(["a", "p01 session 2", "Zoë 日本", "a-b-c", "file", "file", "file-con", "evil", "x", "file"]);
    expect(Buffer.byteLength(safeName(`${"日".repeat(80)}.mp4`))).toBe(120);
  });

  it("differ, also where capitals count for nothing and where a study has files of that name", () => {
    const names = new FolderNames(["old"]);
    expect(["a.mp4", "A.mov", "a.mkv", "a-2.mp4", "OLD.mp4", "quality.html.mp4"].map((n) => names.take(n))).toEqual(["a", "A-2", "a-3", "a-2-2", "OLD-2", "quality.html-2"]);
  });
});

describe("quantiles", () => {
  it("are those of the values, to a bin", () => {
    const histogram = new Histogram(0.001);
    for (let i = 1; i <= 1000; i += 1) histogram.add(((i * 7919) % 1000) / 1000);
    expect([0, 0.1, 0.5, 0.9, 1].map((q) => histogram.quantile(q))).toEqual([0, 0.099, 0.499, 0.899, 0.999]);
  });

  it("of nothing are none, and what is too large counts as the largest", () => {
    const histogram = new Histogram(1);
    expect(histogram.quantile(0.5)).toBeUndefined();
    histogram.add(1e9);
    expect(histogram.quantile(0.5)).toBe(16_383);
  });
});

describe("stretches of time", () => {
  it("stay at most 64 and keep their sums, however long the film", () => {
    const strip = new Strip();
    // A face in the first half of an hour.
    for (let ms = 0; ms < 3_600_000; ms += 500) strip.add(frame(ms / 500, ms, ms < 1_800_000 ? [face(1, "anger", 0.8)] : []));
    const { binMs, bins } = strip.result();
    expect(binMs).toBe(64_000);
    expect(bins).toHaveLength(57);
    expect(bins[0]).toEqual({ face: 1, emotions: [0.8, 0, 0, 0, 0, 0, 0] });
    expect(bins[28]!.face).toBeCloseTo(8000 / 64_000, 2);
    expect(bins[56]).toEqual({ face: 0 });
  });
});

describe("measures of a film", () => {
  it("count frames, faces, tracks, gaps and shares", () => {
    const blurred = { ...face(1, "happiness", 0.4), sharpness: 0.01, pose: { yaw: 40, pitch: 0, roll: 0 } };
    const sharp = { ...face(2, "anger", 0.8), sharpness: 0.2, pose: { yaw: 0, pitch: 0, roll: 80 } };
    const q = measured([frame(0, 0, []), frame(1, 100, []), frame(2, 200, [blurred]), frame(3, 300, [blurred, sharp]), frame(6, 600, []), frame(7, 700, [])]);
    expect(q).toMatchObject({ frames: 6, missing: 2, durationMs: 800, faces: 3, withFace: 2, withSeveral: 1, mostFaces: 2, tracks: 2, longestGapMs: 200, facePx: { median: 30, p10: 30 }, sharpness: { median: 0.01, p10: 0.01 } });
    expect(q.blurred).toBeCloseTo(2 / 3, 3);
    expect(q.turned).toBeCloseTo(2 / 3, 3);
    expect(q.uncertain).toBeCloseTo(2 / 3, 3);
    expect(q.emotions).toEqual([0.2667, 0, 0, 0.2667, 0, 0, 0]);
  });

  it("call no time between two frames with a face a gap, however few frames a second there are", () => {
    expect(measured([0, 1000, 2000, 9000].map((ms, i) => frame(i, ms, [face(1, "anger")]))).longestGapMs).toBe(0);
    expect(measured([frame(0, 0, [face(1, "anger")]), frame(1, 1000, []), frame(2, 5000, [face(1, "anger")])]).longestGapMs).toBe(4000);
  });

  it("of a film without faces have a gap as long as the film, and no shares of faces", () => {
    const q = measured([frame(0, 0, []), frame(1, 500, [])]);
    expect(q).toMatchObject({ faces: 0, longestGapMs: 1000, durationMs: 1000 });
    expect([q.uncertain, q.emotions, q.facePx, q.turned]).toEqual([undefined, undefined, undefined, undefined]);
  });
});

const good: Quality = { frames: 100, missing: 0, durationMs: 4000, faces: 100, withFace: 100, withSeveral: 0, mostFaces: 1, tracks: 1, longestGapMs: 0, facePx: { median: 80, p10: 70 }, sharpness: { median: 0.15, p10: 0.1 }, blurred: 0, turned: 0, uncertain: 0, emotions: [0.1, 0, 0, 0.9, 0, 0, 0], strip: { binMs: 125, bins: [{ face: 1, emotions: [0.1, 0, 0, 0.9, 0, 0, 0] }] } };

describe("flags", () => {
  const bad: Readonly<Record<string, Partial<Quality>>> = {
    not_analysed: { missing: 2 },
    no_face: { withFace: 0 },
    few_faces: { withFace: 79 },
    long_gap: { longestGapMs: 5001 },
    several_faces: { withSeveral: 6 },
    many_tracks: { tracks: 5 },
    small_faces: { facePx: { median: 47, p10: 40 } },
    blurred: { blurred: 0.26 },
    turned: { turned: 0.26 },
    uncertain: { uncertain: 0.41 },
  };

  it("stand for one thing each, and a good film has none", () => {
    expect(flagsOf(good)).toEqual([]);
    expect(Object.keys(bad)).toEqual(checks.map(({ name }) => name));
    for (const [name, change] of Object.entries(bad)) expect(flagsOf({ ...good, ...change }).map(({ check }) => check)).toEqual([name]);
  });

  it("never round a share to none or all", () => {
    expect([0, 0.004, 0.5, 0.996, 1].map(percent)).toEqual(["0 %", "<1 %", "50 %", ">99 %", "100 %"]);
  });
});

describe("the report", () => {
  const hostile = `<img src=x onerror=alert(1)>"'&\u202E\u0007.mp4`;
  const record = { v: 1 as const, file: hostile, path: "x", source: { sizeBytes: 1, modifiedMs: 1, sha256: "" }, madeWith: {}, results: [], quality: good };
  const outcomes: StudyOutcome[] = [
    { entry: { file: hostile, path: "/x", row: 2, values: ["</script><b>p01", "=1+1", "a,b"] }, folder: "x", state: "kept", record },
    { entry: { file: "b.mp4", row: 3, values: ["", "", ""], error: new AppError("not_found", "x") }, state: "failed", error: { code: "not_found", message: "<i>The file does not exist.</i>" } },
  ];
  const study = { version: "1.2.3", columns: studyColumns, outcomes };

  it("holds nothing of a name that a browser could take for its own, and shows what is hidden in it", () => {
    const html = [...qualityHtml(study)].join("");
    const own = html.replace(/<style>.*?<\/style>|<script>.*?<\/script>/gs, "");
    expect(own).not.toMatch(/<img|<b>p01|<i>The|onerror=alert\(1\)>"/);
    expect(own).toContain("&lt;img src=x onerror=alert(1)&gt;&quot;&apos;&amp;\\x202e\\x07.mp4");
    expect(html.match(/<script/g)).toHaveLength(1);
    expect(own).not.toMatch(/(?:src|href)=(?!x onerror)|url\(|@import/);
  });

  it("has the same files as JSON and CSV", () => {
    const json = JSON.parse([...qualityJson(study)].join("")) as { files: unknown[] };
    expect(json.files).toEqual([
      { file: hostile, row: 2, values: { participant: "</script><b>p01", session: "=1+1", condition: "a,b" }, folder: "x", state: "done", flags: [], quality: good },
      { file: "b.mp4", row: 3, values: {}, state: "failed", error: { code: "not_found", message: "<i>The file does not exist.</i>" }, flags: [{ check: "failed", text: "failed: <i>The file does not exist.</i> (not_found)" }] },
    ]);
    const lines = [...qualityCsv(study)];
    expect(lines).toHaveLength(3);
    expect(lines[0]!.trimEnd().split(",")).toEqual(qualityColumns.map(({ name }) => name));
    expect(lines[2]).toBe(`b.mp4,3,,,,,failed,not_found,failed${",".repeat(qualityColumns.length - 9)}\r\n`);
    expect(lines[1]).toContain(`,=1+1,"a,b",x,done,,,4000,100,1,100,1,0,1,1,0,80,70,0.15,0.1,0,0,0,0.1,0,0,0.9,0,0,0\r\n`);
  });
});
