import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/core/config.js";
import { csvColumnSets } from "../../../src/core/result-formats.js";
import { frameMessageSchema } from "../../../src/core/feed.js";
import { packageRoot } from "../../../src/core/package-info.js";
import { createCsvWriter, csvCell, csvColumns, csvLayout, csvStatuses, declaredLayout } from "../../../src/offline/formats/csv.js";
import { pyFeatColumns, pyFeatLayout } from "../../../src/offline/formats/csv-py-feat.js";
import { columnsOf, layoutOf } from "../../../src/offline/formats/layouts.js";
import type { TableColumn } from "../../../src/offline/formats/table.js";
import { createJsonlWriter, headerLine, streamIdOf } from "../../../src/offline/formats/jsonl.js";
import type { FrameRecord, ResultHead, ResultWriter, WriteText } from "../../../src/offline/formats/types.js";
import { createVttWriter, vttTime } from "../../../src/offline/formats/vtt.js";
import { face } from "./fakes.js";

const head: ResultHead = {
  version: "1.2.3",
  source: { name: "Lobby (2).mp4", sizeBytes: 5, sha256: "ab" },
  engine: { name: "fake", version: "9", models: [{ name: "m", role: "emotion", version: "1" }] },
  settings: parseConfig({}).analysis,
};

function record(seq: number, timeMs: number, faces: FrameRecord["faces"]): FrameRecord {
  return { seq, epoch: 0, ptsMs: timeMs, timeMs, width: 64, height: 48, faces };
}

function meanings(columns: readonly TableColumn[]): string[][] {
  return columns.map((c) => [c.name, c.meaning]);
}

async function written(open: (write: WriteText) => Promise<ResultWriter>, records: readonly FrameRecord[]): Promise<string> {
  let text = "";
  const writer = await open((more) => {
    text += more;
    return Promise.resolve();
  });
  for (const r of records) await writer.frame(r);
  await writer.finish();
  return text;
}

describe("JSON lines", () => {
  it("name the prior in force, and the threshold: the model's where the settings have none", () => {
    const emotion = { model: "ours", version: "2", prior: "training" as const, temperature: 0.7, uncertainBelow: 0.65 };
    expect(JSON.parse(headerLine({ ...head, engine: { ...head.engine, emotion } }))).toMatchObject({ emotion, config: { analysis: { uncertainBelow: 0.65 } } });
    expect(JSON.parse(headerLine({ ...head, engine: { ...head.engine, emotion }, settings: { ...head.settings, uncertainBelow: 0.3 } }))).toMatchObject({ config: { analysis: { uncertainBelow: 0.3 } } });
  });

  it("are a header and a frame message a line, byte for byte", async () => {
    const text = await written((write) => createJsonlWriter(head, write), [record(0, 0, [face(1, "happiness")]), { ...record(1, 33.367, []), epoch: 2 }]);
    expect(text.split("\n")).toEqual([
      '{"type":"header","v":1,"generator":"emostream 1.2.3","source":{"name":"Lobby (2).mp4","sizeBytes":5,"sha256":"ab"},"engine":{"name":"fake","version":"9"},"models":[{"name":"m","role":"emotion","version":"1"}],"config":{"analysis":{"maxSide":640,"largeMaxSide":1280,"blur":{"enabled":false,"sigma":0.8},"thorough":false,"detection":"every-frame","motionGate":false,"emotionsEveryMs":0,"mirror":false,"smoothingMs":300,"trackGapMs":1000,"episodes":{"onsetAt":0.5,"offsetBelow":0.35,"minDurationMs":500,"maxGapMs":300},"baseline":{"mode":"off","seconds":5},"uncertainBelow":0.5}}}',
      '{"type":"frame","v":1,"streamId":"lobby-2","seq":0,"ptsMs":0,"width":64,"height":48,"faces":[{"trackId":1,"box":{"x":10,"y":20.5,"width":30,"height":40},"score":0.9,"landmarks":[[1,2],[3,4],[5,6],[7,8],[9,10]],"emotions":{"anger":0,"disgust":0,"fear":0,"happiness":0.7,"sadness":0,"surprise":0,"neutral":0},"smoothed":{"anger":0,"disgust":0,"fear":0,"happiness":0.7,"sadness":0,"surprise":0,"neutral":0},"label":"happiness","uncertain":false}]}',
      '{"type":"frame","v":1,"streamId":"lobby-2","seq":1,"epoch":2,"ptsMs":33.367,"width":64,"height":48,"faces":[]}',
      "",
    ]);
    for (const line of text.split("\n").slice(1, -1)) frameMessageSchema.parse(JSON.parse(line));
  });

  it("take a stream id from any file name", () => {
    expect(["clip.mp4", "Ärger im Büro.MOV", "__x__.mkv", "...", "日本.mp4", `${"a".repeat(80)}.mp4`].map(streamIdOf)).toEqual(["clip", "rger-im-b-ro", "x__", "file", "file", "a".repeat(64)]);
  });
});

describe("what the operator declared", () => {
  const privacy = { mode: "strict", purpose: 'cuts, "holds" --> ends', setting: "art" } as const;
  const text = 'privacy: strict; purpose: cuts, "holds" --> ends; setting: art';

  it("stands in the header of JSON lines and in each row of CSV, whatever its columns", async () => {
    expect(JSON.parse(headerLine({ ...head, privacy }))).toMatchObject({ type: "header", privacy });
    for (const layout of [csvLayout, pyFeatLayout("x.mp4")]) {
      const rows = (await written((write) => createCsvWriter(write, declaredLayout(layout, privacy)), [record(1, 0, [face(1, "happiness")]), record(2, 40, [])])).trim().split("\r\n");
      expect(rows).toHaveLength(4);
      expect(rows[0]).toBe(`${layout.columns.map(({ name }) => name).join(",")},declared`);
      for (const row of rows.slice(1)) expect(row.endsWith(`,${csvCell(text)}`)).toBe(true);
    }
  });

  it("stands in a comment of WebVTT, which holds no arrow", async () => {
    const vtt = await written((write) => createVttWriter(write, privacy), [record(0, 0, [face(1, "happiness")])]);
    expect(vtt.split("\n").slice(0, 4)).toEqual(["WEBVTT", "", `NOTE ${text.replace("-->", "->")}`, ""]);
    expect(vtt.match(/-->/g)).toHaveLength(1);
  });

  it("is a column of combined tables, too", () => {
    for (const set of csvColumnSets) for (const declared of [undefined, privacy]) expect(columnsOf(set, declared)).toEqual(layoutOf(set, "clip.mp4", declared).columns);
  });
});

describe("CSV", () => {
  it("has a row for every face and one for every frame without, and shows gaps", async () => {
    const text = await written(createCsvWriter, [record(0, 0, [{ ...face(1, "anger"), pose: { yaw: -12.5, pitch: 3, roll: 0.4 }, sharpness: 0.1234, corrected: { anger: 0.5, disgust: -0.1, fear: -0.1, happiness: -0.1, sadness: 0, surprise: 0, neutral: -0.2 } }, face(7, "neutral", 0.4)]), record(1, 40, []), record(3, 120.5, [face(1, "anger")])]);
    const empty = ",".repeat(csvColumns.length - 6);
    expect(text.split("\r\n")).toEqual([
      "seq,epoch,pts_ms,time_ms,status,face,track_id,x,y,width,height,score,label,uncertain,anger,disgust,fear,happiness,sadness,surprise,neutral,smoothed_anger,smoothed_disgust,smoothed_fear,smoothed_happiness,smoothed_sadness,smoothed_surprise,smoothed_neutral,left_eye_x,left_eye_y,right_eye_x,right_eye_y,nose_x,nose_y,left_mouth_x,left_mouth_y,right_mouth_x,right_mouth_y,yaw,pitch,roll,sharpness,corrected_anger,corrected_disgust,corrected_fear,corrected_happiness,corrected_sadness,corrected_surprise,corrected_neutral,carried_ms",
      "0,0,0,0,face,0,1,10,20.5,30,40,0.9,anger,false,0.7,0,0,0,0,0,0,0.7,0,0,0,0,0,0,1,2,3,4,5,6,7,8,9,10,-12.5,3,0.4,0.1234,0.5,-0.1,-0.1,-0.1,0,0,-0.2,",
      "0,0,0,0,face,1,7,10,20.5,30,40,0.9,neutral,true,0,0,0,0,0,0,0.4,0,0,0,0,0,0,0.4,1,2,3,4,5,6,7,8,9,10,,,,,,,,,,,,",
      `1,0,40,40,no_face,${empty}`,
      `2,,,,not_analysed,${empty}`,
      "3,0,120.5,120.5,face,0,1,10,20.5,30,40,0.9,anger,false,0.7,0,0,0,0,0,0,0.7,0,0,0,0,0,0,1,2,3,4,5,6,7,8,9,10,,,,,,,,,,,,",
      "",
    ]);
    for (const row of text.split("\r\n").slice(0, -1)) expect(row.split(",")).toHaveLength(csvColumns.length);
  });

  it("has every column and status in docs/formats.md", async () => {
    const page = await readFile(join(packageRoot, "docs/formats.md"), "utf8");
    const rows = (name: string) => [...page.slice(page.indexOf(`<!-- ${name}:`), page.indexOf(`<!-- end of ${name} -->`)).matchAll(/^\| `([A-Za-z_]+)` \|.* \| ([^|]+) \|$/gm)].map((m) => [m[1], m[2]]);
    expect(rows("columns")).toEqual(meanings(csvColumns));
    expect(rows("py-feat")).toEqual(meanings(pyFeatColumns));
    expect([...page.matchAll(/^\| `(\w+)` \| ([^|]+) \|$/gm)].map((m) => [m[1], m[2]])).toEqual(expect.arrayContaining(Object.entries(csvStatuses)));
  });

  it("has py-feat's columns where they are asked for", async () => {
    const posed = { ...face(3, "fear"), pose: { yaw: -12.5, pitch: 3, roll: 0.4 }, sharpness: 0.1 };
    const text = await written((write) => createCsvWriter(write, pyFeatLayout("a,b.mp4")), [record(0, 0, [posed, face(4, "anger", 0.4)]), record(2, 61_960, [])]);
    expect(text.split("\r\n")).toEqual([
      "frame,FaceRectX,FaceRectY,FaceRectWidth,FaceRectHeight,FaceScore,Pitch,Roll,Yaw,anger,disgust,fear,happiness,sadness,surprise,neutral,Identity,input,approx_time",
      '0,10,20.5,30,40,0.9,3,0.4,-12.5,0,0,0.7,0,0,0,0,Person_3,"a,b.mp4",00:00',
      '0,10,20.5,30,40,0.9,,,,0.4,0,0,0,0,0,0,Person_4,"a,b.mp4",00:00',
      '1,,,,,,,,,,,,,,,,,"a,b.mp4",',
      '2,,,,,,,,,,,,,,,,,"a,b.mp4",01:01',
      "",
    ]);
  });

  it("quotes as RFC 4180 says", () => {
    expect(["plain", 'say "hi"', "a,b", "line\nend", "", 0.5, true].map(csvCell)).toEqual(["plain", '"say ""hi"""', '"a,b"', '"line\nend"', "", "0.5", "true"]);
  });
});

describe("WebVTT", () => {
  it("has a cue for each stretch of one label, in order of start", async () => {
    const text = await written(createVttWriter, [
      record(0, 0, [face(1, "neutral", 0.8)]),
      record(1, 40, [face(1, "neutral", 0.6), face(2, "fear")]),
      record(2, 80, [face(1, "neutral", 0.7)]),
      record(3, 120, [face(1, "happiness", 0.9), face(2, "fear")]),
      record(4, 160, []),
      record(5, 200, [face(2, "anger")]),
    ]);
    expect(text).toBe(
      [
        "WEBVTT",
        "",
        "00:00:00.000 --> 00:00:00.120",
        "<v Face 1>Face 1: neutral 70%",
        "",
        "00:00:00.040 --> 00:00:00.080",
        "<v Face 2>Face 2: fear 70%",
        "",
        "00:00:00.120 --> 00:00:00.160",
        "<v Face 1>Face 1: happiness 90%",
        "",
        "00:00:00.120 --> 00:00:00.160",
        "<v Face 2>Face 2: fear 70%",
        "",
        "00:00:00.200 --> 00:00:00.240",
        "<v Face 2>Face 2: anger 70%",
        "",
      ].join("\n"),
    );
  });

  it("cuts long stretches, so that what waits stays small", async () => {
    const text = await written(createVttWriter, [0, 30_000, 60_000, 90_000].map((ms, i) => record(i, ms, [face(1, "neutral")])));
    expect(text.match(/-->.*/g)).toEqual(["--> 00:01:00.000", "--> 00:02:00.000"]);
  });

  it("is only a header without faces", async () => {
    expect(await written(createVttWriter, [record(0, 0, [])])).toBe("WEBVTT\n");
  });

  it("writes times beyond an hour and none below zero", () => {
    expect([-5, 0, 999.6, 3_723_004.4, 360_000_000].map(vttTime)).toEqual(["00:00:00.000", "00:00:00.000", "00:00:01.000", "01:02:03.004", "100:00:00.000"]);
  });
});
