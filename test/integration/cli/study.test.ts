// `analyze` with many files, as a research lab types it: real FFmpeg, the default engine, real child processes.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, readdir, readFile, rename, stat, truncate, utimes, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "csv-parse/sync";
import { parquetReadObjects } from "hyparquet";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { packageRoot } from "../../../src/core/package-info.js";
import { ffmpeg } from "../../support/ffmpeg.js";
import { makeClip } from "../../support/media-zoo.js";
import { pythonHas, pythonJson } from "../../support/python.js";
import { cliPath, emostream, waitFor } from "../../support/server-process.js";
import { makeTempFolder, type TempFolder } from "../../support/temp-folder.js";

const demo = join(packageRoot, "assets/demo/demo.mp4");
const hostile = "<img src=x onerror=alert(1)>\n\u001B[31m.mp4";
const sparse = ["--max-fps", "5"];

let media: TempFolder;
beforeAll(async () => {
  media = await makeTempFolder();
  await mkdir(media.file("p01/.hidden"), { recursive: true });
  await mkdir(media.file("p02"));
  await ffmpeg("-i", demo, "-t", "1", "-c", "copy", media.file("p01/a.mp4"));
  await ffmpeg("-ss", "8", "-i", demo, "-t", "1", "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", media.file("p02/a.mp4"));
  await makeClip({ file: media.file("p02/nobody.mkv"), seconds: 2 });
  await ffmpeg("-i", demo, "-t", "2", "-c", "copy", media.file("cut.mkv"));
  await truncate(media.file("cut.mkv"), Math.floor((await stat(media.file("cut.mkv"))).size / 2));
  await rename(await makeClip({ file: media.file("h.mp4"), seconds: 1 }), media.file(hostile));
  await writeFile(media.file("text.mp4"), "hello");
  await writeFile(media.file("p01/.hidden/b.mp4"), "hidden");
  await writeFile(media.file("p01/notes.txt"), "notes");
}, 60_000);
afterAll(() => media.remove());

async function table(path: string): Promise<Record<string, string>[]> {
  return parse(await readFile(path), { columns: true });
}

interface QualityFile {
  readonly file: string;
  readonly state: string;
  readonly folder?: string;
  readonly error?: { readonly code: string };
  readonly flags: readonly { readonly check: string }[];
}

async function quality(out: string): Promise<readonly QualityFile[]> {
  return (JSON.parse(await readFile(join(out, "quality.json"), "utf8")) as { files: QualityFile[] }).files;
}

/** Name, size and content of everything below a folder, but for the records, which hold times of change. */
async function contents(out: string): Promise<Record<string, string>> {
  const names = (await readdir(out, { recursive: true, withFileTypes: true })).filter((e) => e.isFile() && e.name !== "emostream-analysis.json").map((e) => join(e.parentPath, e.name));
  return Object.fromEntries(await Promise.all(names.toSorted().map(async (name) => [name.slice(out.length), await readFile(name, "base64")] as const)));
}

describe("a manifest with every kind of bad row", () => {
  let out: string;
  let outcome: Awaited<ReturnType<typeof emostream>>;
  beforeAll(async () => {
    const latin1 = Buffer.from("p02/a.mp4,J\xfcrgen,,\r\n", "latin1");
    const quoted = `"${hostile}"`;
    const text = ["\uFEFFfile,participant,condition,age", "p01/a.mp4,p01,control,33", "p02/a.mp4,p02,treatment,", "missing.mp4,p03,,", "p01/../p01/a.mp4,p04,,", "p02/a.mp4", ",p06,,", "p02,p07,,", "text.mp4,p08,,", "cut.mkv,p09,,", "p02/nobody.mkv,p10,,", `${quoted},"<b>p11</b>",,`].join("\r\n");
    await writeFile(media.file("study.csv"), Buffer.concat([Buffer.from(`${text}\r\n`), latin1]));
    out = media.file("out");
    outcome = await emostream(["analyze", "--manifest", media.file("study.csv"), "--out", out, "--format", "csv,parquet,eaf", ...sparse]);
  }, 240_000);

  test("exit 1, and the last lines name file, row and code of each; results of the others", () => {
    expect(outcome.code).toBe(1);
    expect(outcome.stdout.trim().split("\n")).toEqual(["combined.csv", "combined.parquet", "quality.html", "quality.json", "quality.csv"].map((name) => join(out, name)));
    const lines = outcome.stderr.trim().split("\n");
    expect(lines.at(-9)).toBe("12 files: 4 analysed, 0 done before, 1 break off, 7 failed");
    expect(lines.slice(-8).map((line) => /^emostream: (row \d+(?:, [^:]+)?): .* \((\w+)\)/.exec(line)?.slice(1))).toEqual([
      ["row 4, missing.mp4", "not_found"],
      ["row 5, p01/../p01/a.mp4", "manifest_invalid"],
      ["row 6, p02/a.mp4", "manifest_invalid"],
      ["row 7", "manifest_invalid"],
      ["row 8, p02", "not_found"],
      ["row 9, text.mp4", "corrupt"],
      ["row 10, cut.mkv", "corrupt"],
      ["row 13, p02/a.mp4", "manifest_invalid"],
    ]);
    expect(outcome.stderr).not.toContain("\u001B");
    expect(outcome.stderr).not.toContain(media.path);
  });

  test("each file has a folder of its own with its results and nothing half-written", async () => {
    const folders = (await readdir(out, { withFileTypes: true })).filter((e) => e.isDirectory()).map((e) => e.name);
    expect(folders.toSorted()).toEqual(["a", "a-2", "cut", "img src=x onerror=alert(1)-[31m", "nobody"]);
    for (const folder of folders) expect((await readdir(join(out, folder))).toSorted()).toEqual([`${folder}.csv`, `${folder}.eaf`, `${folder}.parquet`, "emostream-analysis.json"].toSorted());
    expect(await readFile(join(out, "a-2/a-2.eaf"), "utf8")).toContain('RELATIVE_MEDIA_URL="./../../p02/a.mp4"');
  });

  test("the combined table is the files' tables, one after the other, behind what the manifest says", async () => {
    const rows = await table(join(out, "combined.csv"));
    const expected: Record<string, string>[] = [];
    for (const [folder, head] of [
      ["a", { file: "p01/a.mp4", participant: "p01", session: "", condition: "control", age: "33" }],
      ["a-2", { file: "p02/a.mp4", participant: "p02", session: "", condition: "treatment", age: "" }],
      ["cut", { file: "cut.mkv", participant: "p09", session: "", condition: "", age: "" }],
      ["nobody", { file: "p02/nobody.mkv", participant: "p10", session: "", condition: "", age: "" }],
      ["img src=x onerror=alert(1)-[31m", { file: hostile, participant: "<b>p11</b>", session: "", condition: "", age: "" }],
    ] as const) {
      for (const row of await table(join(out, folder, `${folder}.csv`))) expected.push({ ...head, ...row });
    }
    expect(rows).toEqual(expected);
    expect(rows.filter((r) => r["status"] === "face").length).toBeGreaterThan(20);
    expect(Object.keys(rows[0]!).slice(0, 8)).toEqual(["file", "participant", "session", "condition", "age", "seq", "epoch", "pts_ms"]);
  });

  test("Parquet holds the same with types", async () => {
    const bytes = await readFile(join(out, "combined.parquet"));
    const typed = await parquetReadObjects({ file: new Uint8Array(bytes).buffer });
    const rows = await table(join(out, "combined.csv"));
    expect(typed).toHaveLength(rows.length);
    for (const [i, row] of rows.entries()) {
      expect(typed[i]).toMatchObject({ file: row["file"], age: row["age"] === "" ? null : row["age"], seq: Number(row["seq"]), pts_ms: Number(row["pts_ms"]), uncertain: row["uncertain"] === "" ? null : row["uncertain"] === "true" });
      if (row["happiness"] !== "") expect(typed[i]!["happiness"]).toBeCloseTo(Number(row["happiness"]), 5);
    }
  });

  test("the report says of each file how it went", async () => {
    const files = await quality(out);
    expect(files.map(({ file, state, error }) => [file, state, error?.code])).toEqual([
      ["p01/a.mp4", "done", undefined],
      ["p02/a.mp4", "done", undefined],
      ["missing.mp4", "failed", "not_found"],
      ["p01/../p01/a.mp4", "failed", "manifest_invalid"],
      ["p02/a.mp4", "failed", "manifest_invalid"],
      ["", "failed", "manifest_invalid"],
      ["p02", "failed", "not_found"],
      ["text.mp4", "failed", "corrupt"],
      ["cut.mkv", "broken", "corrupt"],
      ["p02/nobody.mkv", "done", undefined],
      [hostile, "done", undefined],
      ["p02/a.mp4", "failed", "manifest_invalid"],
    ]);
    expect(files[9]!.flags).toMatchObject([{ check: "no_face" }]);
    expect(await table(join(out, "quality.csv"))).toHaveLength(12);
  });

  test.skipIf(!pythonHas("pympi"))("pympi reads the annotations (skipped where Python has no pympi-ling; EMOSTREAM_PYTHON names one that has)", async () => {
    const tiers = await pythonJson("import json, sys, pympi; e = pympi.Elan.Eaf(sys.argv[1]); print(json.dumps({t: e.get_annotation_data_for_tier(t) for t in e.get_tier_names()}))", join(out, "a/a.eaf"));
    expect(tiers).toMatchObject({ "Face 1": [[expect.any(Number), expect.any(Number), "seen"]] });
  });
});

describe("what is done", () => {
  test("is kept: after Ctrl-C the same command goes on, and ends as if nothing had happened", { timeout: 240_000 }, async () => {
    await using dir = await makeTempFolder();
    await mkdir(dir.file("v"));
    await ffmpeg("-i", demo, "-t", "1", "-c", "copy", dir.file("v/a.mp4"));
    await ffmpeg("-stream_loop", "3", "-i", demo, "-c", "copy", dir.file("v/b.mp4"));
    const args = (out: string) => ["analyze", dir.file("v"), "--out", dir.file(out), "--format", "csv,jsonl,png", "--max-fps", "10"];
    const child = spawn(process.execPath, [cliPath, ...args("out")], { stdio: ["ignore", "ignore", "pipe"] });
    let stderr = "";
    child.stderr.on("data", (chunk: Buffer) => (stderr += chunk.toString()));
    const closed = once(child, "close") as Promise<[number | null]>;
    await waitFor("the second file", () => (/\[2\/2\] .*frames\/s/.test(stderr) ? true : undefined));
    // It stands still meanwhile: a fast machine would be done before the other has started.
    child.kill("SIGSTOP");
    const second = await emostream(args("out"));
    child.kill("SIGCONT");
    expect([second.code, second.stderr]).toEqual([1, expect.stringContaining("(state_in_use)")]);
    child.kill("SIGINT");
    expect((await closed)[0]).toBe(130);
    expect(stderr).toContain("The same command goes on");
    expect(await readdir(dir.file("out/b"))).toEqual([]);
    expect((await readdir(dir.file("out"))).toSorted()).toEqual(["a", "b"]);
    const before = await stat(dir.file("out/a/a.csv"));
    const rest = await emostream(args("out"));
    expect([rest.code, rest.stderr]).toEqual([0, expect.stringContaining("2 files: 1 analysed, 1 done before")]);
    expect((await stat(dir.file("out/a/a.csv"))).ino).toBe(before.ino);
    expect((await emostream([...args("whole"), "--quiet"])).code).toBe(0);
    expect(await contents(dir.file("out"))).toEqual(await contents(dir.file("whole")));
  });

  test("is made anew for another source, other settings, a damaged result, --again; and for nothing else", { timeout: 240_000 }, async () => {
    await using dir = await makeTempFolder();
    await ffmpeg("-i", demo, "-t", "1", "-c", "copy", dir.file("a.mp4"));
    await ffmpeg("-i", demo, "-t", "1", "-c", "copy", dir.file("b.mp4"));
    // What is found plays no part here.
    await writeFile(dir.file("noop.json"), JSON.stringify({ engine: { name: "noop", emotions: "engine" } }));
    const run = async (...more: string[]) => {
      const { code, stderr } = await emostream(["analyze", dir.file("a.mp4"), dir.file("b.mp4"), "--out", dir.file("out"), "--config", dir.file("noop.json"), ...sparse, ...more]);
      expect(code).toBe(0);
      return /2 files: (\d) analysed/.exec(stderr)?.[1];
    };
    expect(await run()).toBe("2");
    expect(await run("--workers", "1")).toBe("0");
    await utimes(dir.file("a.mp4"), 1, 1); // a copy: the same bytes, another time
    expect(await run()).toBe("0");
    await truncate(dir.file("out/a/a.jsonl"), 10);
    await writeFile(dir.file("out/b/.part-000000000000-b.csv"), "left by a killed run");
    expect(await run()).toBe("1");
    await ffmpeg("-ss", "2", "-i", demo, "-t", "1", "-c", "copy", dir.file("b.mp4"));
    expect(await run()).toBe("1");
    expect(await readdir(dir.file("out/b"))).not.toContain(".part-000000000000-b.csv");
    expect(await run("--format", "csv,png")).toBe("2"); // png is missing
    expect(await run("--format", "png")).toBe("0");
    expect(await run("--blur", "--format", "csv")).toBe("2");
    expect((await readdir(dir.file("out/a"))).toSorted()).toEqual(["a.csv", "emostream-analysis.json"]); // the png was of other settings
    expect(await run("--blur", "--again", "--format", "csv")).toBe("2");
  });
});

test("a folder: its videos, also below, without hidden files, other files and folders of results", { timeout: 120_000 }, async () => {
  const args = ["analyze", media.file("p01"), media.file("p02/a.mp4"), media.file("p01/a.mp4"), media.file("none.mp4"), "--out", media.file("p01/results"), "--format", "csv", "--columns", "py-feat", ...sparse];
  for (const analysed of [2, 0]) {
    const { code, stderr } = await emostream(args);
    expect(code).toBe(1);
    expect(stderr).toContain(`3 files: ${analysed} analysed, ${2 - analysed} done before, 0 break off, 1 failed`);
    expect(stderr).toMatch(/none\.mp4: .* \(not_found\)\n$/);
  }
  expect((await quality(media.file("p01/results"))).map(({ file, folder }) => [file, folder])).toEqual([
    [media.file("p01/a.mp4"), "a"],
    [media.file("p02/a.mp4"), "a-2"],
    [media.file("none.mp4"), undefined],
  ]);
  const [first] = await table(media.file("p01/results/combined.csv"));
  expect(Object.keys(first!).slice(0, 6)).toEqual(["file", "participant", "session", "condition", "frame", "FaceRectX"]);
});

describe("wrong use", () => {
  test.each([
    ["neither file nor manifest", [], 2, "invalid_request"],
    ["both", ["a.mp4", "--manifest", "study.csv"], 2, "invalid_request"],
    ["--again for a single file", ["a.mp4", "--again"], 2, "invalid_request"],
    ["no manifest of that name", ["--manifest", "/nonexistent.csv"], 1, "not_found"],
    ["a video as manifest", ["--manifest", demo], 1, "manifest_invalid"],
  ])("%s", async (_, args, expected, name) => {
    const { code, stderr } = await emostream(["analyze", ...args]);
    expect(code).toBe(expected);
    expect(stderr).toContain(`(${name})`);
  });

  test("a manifest with a column of ours", async () => {
    await writeFile(media.file("clash.csv"), "file,happiness\np01/a.mp4,1\n");
    const { code, stderr } = await emostream(["analyze", "--manifest", media.file("clash.csv"), "--out", media.file("clash")]);
    expect([code, stderr]).toEqual([1, expect.stringMatching(/"happiness".*\(manifest_invalid\)/)]);
    expect(await readdir(media.path)).not.toContain("clash");
  });
});
