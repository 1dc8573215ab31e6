// What a results page looks at: written frame by frame, read back in ranges, the same at every zoom.

import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { emotionNames } from "../../../src/core/emotions.js";
import { csvColumns, createCsvWriter } from "../../../src/offline/formats/csv.js";
import type { FrameRecord } from "../../../src/offline/formats/types.js";
import { typeOf } from "../../../src/offline/views/film-type.js";
import { episodesOf, readCurves, readFrames, readView, summaryOf } from "../../../src/offline/views/read-view.js";
import { readRange, type RecordLayout } from "../../../src/offline/views/sorted-file.js";
import { csvWithSubjects, issuesOf, readSubjects, writeSubjects } from "../../../src/offline/views/subjects.js";
import { createViewWriter, facesPath } from "../../../src/offline/views/view-files.js";
import { curvesSchema, framesSchema, summarySchema } from "../../../src/server/analysis-views.js";
import { face } from "./fakes.js";

const frameMs = 40;
let dir: string;
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "emostream-views-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

/** Track 1 in every frame, track 2 in the middle third, nobody in every tenth. */
function film(frames: number): FrameRecord[] {
  return Array.from({ length: frames }, (_, seq) => ({
    seq,
    epoch: 0,
    ptsMs: seq * frameMs,
    timeMs: seq * frameMs,
    width: 640,
    height: 360,
    faces: seq % 10 === 9 ? [] : [face(1, "happiness", happiness(seq)), ...(seq >= frames / 3 && seq < (2 * frames) / 3 ? [face(2, "anger", 0.4)] : [])],
  }));
}

const happiness = (seq: number) => Math.round((0.5 + 0.4 * Math.sin(seq / 50)) * 10_000) / 10_000;

async function write(records: readonly FrameRecord[]): Promise<void> {
  const { writer, outputs } = createViewWriter(dir);
  for (const record of records) {
    if (record.seq === 5) for (const event of ["onset", "peak", "offset"] as const) await writer.episode?.({ event, episodeId: 1, trackId: 1, emotion: "happiness", seq: 5, epoch: 0, ptsMs: 200, raw: 0.9, smoothed: 0.8, sinceOnsetMs: 0, timeMs: event === "onset" ? 80 : event === "peak" ? 120 : 200 });
    await writer.frame(record);
  }
  await writer.finish();
  for (const output of outputs) await output.complete();
  for (const output of outputs) await output.publish();
}

describe("sorted files", () => {
  const layout: RecordLayout = { size: 4, key: (record) => record.readUInt32LE(0) };

  it("find every range, as a search through everything would", async () => {
    const keys = [0, 0, 3, 3, 3, 7, 8, 20, 20, 21];
    const path = join(dir, "keys");
    await writeFile(path, Buffer.concat(keys.map((k) => Buffer.from(Uint32Array.of(k).buffer))));
    for (let from = 0; from <= 22; from += 1) {
      for (let to = from; to <= 23; to += 1) {
        const found = await readRange(layout, path, from, to, 100);
        expect(found.map(layout.key), `${from} to ${to}`).toEqual(keys.filter((k) => k >= from && k < to));
      }
    }
    expect(await readRange(layout, path, 0, 100, 3)).toHaveLength(3);
  });

  it("say so where an earlier version left none", async () => {
    await expect(readRange(layout, join(dir, "none"), 0, 1, 1)).rejects.toMatchObject({ code: "result_not_ready" });
    await expect(readView(dir)).rejects.toMatchObject({ code: "result_not_ready" });
  });
});

describe("views", () => {
  it("sum up a film", async () => {
    await write(film(3000));
    const summary = summarySchema.parse({ ...summaryOf(await readView(dir)), subjects: [] });
    expect(summary).toMatchObject({ durationMs: 3000 * frameMs, frames: 3000, width: 640, height: 360, trackCount: 2, episodeCount: 1 });
    expect(summary.tracks.map(({ trackId, frames, firstMs, label }) => [trackId, frames, firstMs, label])).toEqual([
      [1, 2700, 0, "happiness"],
      [2, 900, 40_000, "anger"],
    ]);
  });

  it("give back the frames of a range as they were", async () => {
    const records = film(3000);
    await write(records);
    const answer = framesSchema.parse(await readFrames(dir, 48_000, 49_000));
    const expected = records.filter((r) => r.timeMs >= 48_000 && r.timeMs < 49_000);
    expect(answer.frames.map(({ seq, timeMs, faces }) => [seq, timeMs, faces.length])).toEqual(expected.map((r) => [r.seq, r.timeMs, r.faces.length]));
    for (const [i, frame] of answer.frames.entries()) {
      for (const [j, kept] of frame.faces.entries()) {
        const { trackId, box, smoothed, label, uncertain } = expected[i]!.faces[j]!;
        expect(kept).toEqual({ trackId, box, smoothed, label, uncertain });
      }
    }
    expect((await readFrames(dir, 1e9, 2e9)).frames).toEqual([]);
  });

  it.each([[1], [7], [40], [300], [2000]])("decimate to at most %i points, with exact means and bounds", async (points) => {
    const records = film(3000);
    await write(records);
    const view = await readView(dir);
    const answer = curvesSchema.parse(await readCurves(dir, view, { fromMs: 10_000, toMs: 110_000, points }));
    const { bucketMs, fromMs, toMs } = answer;
    expect(Math.log2(bucketMs / 25) % 1).toBe(0);
    expect(100_000 / bucketMs).toBeLessThanOrEqual(points);
    expect([fromMs <= 10_000, toMs >= 110_000]).toEqual([true, true]);
    const index = emotionNames.indexOf("happiness");
    const track = answer.tracks.find((t) => t.trackId === 1)!;
    expect(track.points.length).toBeGreaterThan(0);
    for (const point of track.points) {
      const values = records.filter((r) => r.timeMs >= point.timeMs && r.timeMs < point.timeMs + bucketMs && r.faces.length > 0).map((r) => r.faces[0]!.smoothed.happiness);
      expect(point.frames).toBe(values.length);
      expect(point.mean[index]).toBeCloseTo(values.reduce((a, b) => a + b, 0) / values.length, 2);
      expect([point.min[index], point.max[index]]).toEqual([Math.min(...values), Math.max(...values)].map((v) => Math.round(v * 1000) / 1000));
    }
  });

  it("leave out the tracks that are not asked for, and give episodes", async () => {
    await write(film(3000));
    const view = await readView(dir);
    const query = { fromMs: 0, toMs: 120_000, points: 100 };
    expect((await readCurves(dir, view, { ...query, tracks: new Set([2]) })).tracks.map((t) => t.trackId)).toEqual([2]);
    expect((await readCurves(dir, view, { ...query, tracks: new Set([2]) })).episodes).toEqual([]);
    expect((await readCurves(dir, view, query)).episodes).toEqual([{ episodeId: 1, trackId: 1, emotion: "happiness", startMs: 80, endMs: 200, peakMs: 120, peak: 0.9 }]);
    expect(episodesOf(view, { emotions: new Set(["fear"]), offset: 0, limit: 10 }).total).toBe(0);
    expect(episodesOf(view, { offset: 1, limit: 10 })).toEqual({ total: 1, offset: 1, episodes: [] });
  });

  it("are there for a film without a face", async () => {
    await write(film(20).map((r) => ({ ...r, faces: [] })));
    const view = await readView(dir);
    expect((await readCurves(dir, view, { fromMs: 0, toMs: 800, points: 1 })).tracks).toEqual([]);
    expect((await readFrames(dir, 0, 800)).frames).toHaveLength(20);
  });

  it("grow with the film by a few bytes a face, and leave nothing when they are thrown away", async () => {
    await write(film(3000));
    expect((await readFile(facesPath(dir))).length).toBe((2700 + 900 + 300) * 52);
    const { writer, outputs } = createViewWriter(dir);
    await writer.frame(film(1)[0]!);
    await writer.finish();
    for (const output of outputs) await output.discard();
    expect((await readdir(dir)).filter((name) => name.startsWith("."))).toEqual([]);
  });
});

describe("subjects", () => {
  it("have different names and tracks that are there, each once", () => {
    const known = new Set([1, 2, 3]);
    expect(issuesOf([{ name: "A", trackIds: [1, 2] }, { name: "B", trackIds: [3] }], known)).toEqual([]);
    expect(issuesOf([{ name: "A", trackIds: [1, 4] }, { name: "A", trackIds: [1] }], known).map((i) => i.path)).toEqual(["subjects.0.trackIds.1", "subjects.1.name", "subjects.1.trackIds.0"]);
  });

  it("stand in the last column of the table, also with commas and quotes in a name", async () => {
    let text = "";
    const csv = await createCsvWriter((piece) => {
      text += piece;
      return Promise.resolve();
    });
    for (const record of film(60)) await csv.frame(record);
    await writeFile(join(dir, "film.csv"), text);
    expect(await readSubjects(dir)).toEqual([]);
    await writeSubjects(dir, [{ name: 'Lee, "Jo"', trackIds: [2] }], new Set([1, 2]));
    let table = "";
    for await (const piece of csvWithSubjects(join(dir, "film.csv"), await readSubjects(dir))) table += piece;
    const lines = table.split("\r\n");
    expect(lines[0]).toBe(`${csvColumns.map(({ name }) => name).join(",")},subject`);
    for (const line of lines.slice(1, -1)) expect(line.endsWith(line.split(",")[csvColumns.findIndex(({ name }) => name === "track_id")] === "2" ? ',"Lee, ""Jo"""' : ",")).toBe(true);
    // Without the last column the table is the one that was written.
    expect(lines.map((l) => l.replace(/,(?:subject|"Lee, ""Jo""")?$/, "")).join("\r\n")).toBe(text);
    await expect(writeSubjects(dir, [{ name: "X", trackIds: [9] }], new Set([1]))).rejects.toMatchObject({ code: "invalid_request" });
  });
});

it.each([
  ["video/mp4", Buffer.from("\0\0\0\x18ftypisom", "latin1")],
  ["video/mp4", Buffer.from("\0\0\0\x14ftypqt  ", "latin1")],
  ["video/webm", Buffer.from("\x1a\x45\xdf\xa3\x9f\x42\x82\x84webm", "latin1")],
  ["video/x-matroska", Buffer.from("\x1a\x45\xdf\xa3\xa3\x42\x82\x88matroska", "latin1")],
  ["video/x-msvideo", Buffer.from("RIFF\0\0\0\0AVI LIST", "latin1")],
  ["application/octet-stream", Buffer.from("<!doctype html><script>alert(1)</script>")],
  ["application/octet-stream", Buffer.from("<svg xmlns='http://www.w3.org/2000/svg'/>")],
  ["application/octet-stream", Buffer.alloc(0)],
])("a film is sent as %s by its first bytes", (type, head) => {
  expect(typeOf(head)).toBe(type);
});
