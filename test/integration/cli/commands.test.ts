// The commands as a user types them: exit codes, stdout for results, stderr for the rest, nothing half-written.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, readdir, readFile, truncate, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { packageRoot } from "../../../src/core/package-info.js";
import { ffmpeg, ffprobeFrameCount } from "../../support/ffmpeg.js";
import { cliPath, emostream } from "../../support/server-process.js";
import { makeTempFolder } from "../../support/temp-folder.js";

const demo = join(packageRoot, "assets/demo/demo.mp4");

describe("evaluate", () => {
  test("figures of int8 take no place of those of fp32: exit 2", async () => {
    for (const [kind, folder] of [["emotion", "models/emotion"], ["detector", "models/detector"]] as const) {
      const { code, stderr } = await emostream(["evaluate", kind, "none", "--precision", "int8", "--out", join(packageRoot, folder)]);
      expect(code).toBe(2);
      expect(stderr).toContain("another folder");
    }
  });
});

describe("models quantize", () => {
  test("an unknown model, and data that is not there: named errors, exit 1", async () => {
    expect(await emostream(["models", "quantize", "none"])).toMatchObject({ code: 1, stderr: expect.stringContaining("(model_unknown)") as string });
    await using dir = await makeTempFolder();
    for (const model of ["emotion", "detector"]) expect(await emostream(["models", "quantize", model, "--data", dir.path])).toMatchObject({ code: 1, stderr: expect.stringContaining("(data_missing)") as string });
  });
});

describe("analyze", () => {
  test("a short clip: a line a frame, the same bytes twice, exit 0", async () => {
    await using dir = await makeTempFolder();
    const clip = join(dir.path, "clip.mp4");
    await ffmpeg("-i", demo, "-t", "0.8", "-c", "copy", clip);
    const outputs: string[][] = [];
    for (const out of ["a", "b"]) {
      const { code, stdout } = await emostream(["analyze", clip, "--out", join(dir.path, out), "--format", "jsonl,csv,vtt,png"]);
      expect(code).toBe(0);
      expect(stdout.trim().split("\n")).toHaveLength(4);
      outputs.push(await Promise.all((await readdir(join(dir.path, out))).toSorted().map((f) => readFile(join(dir.path, out, f), "base64"))));
    }
    expect(outputs[0]).toEqual(outputs[1]);
    const lines = (await readFile(join(dir.path, "a/clip.jsonl"), "utf8")).trim().split("\n").map((l) => JSON.parse(l) as { type: string; seq?: number; faces?: unknown[] });
    expect(lines[0]?.type).toBe("header");
    expect(lines.filter((l) => l.type === "frame").map((l) => l.seq)).toEqual(Array.from({ length: await ffprobeFrameCount(clip) }, (_, i) => i));
    expect(lines.some((l) => (l.faces?.length ?? 0) >= 2)).toBe(true);
  });

  test("--precision int8: the header says what each model calculates with", async () => {
    await using dir = await makeTempFolder();
    const clip = join(dir.path, "clip.mp4");
    await ffmpeg("-i", demo, "-frames:v", "2", "-c", "copy", clip);
    const precisions: unknown[] = [];
    for (const more of [[], ["--precision", "fp32"], ["--precision", "int8"]]) {
      expect((await emostream(["analyze", clip, "--out", dir.path, ...more])).code).toBe(0);
      const [head = ""] = (await readFile(join(dir.path, "clip.jsonl"), "utf8")).split("\n");
      precisions.push((JSON.parse(head) as { models: { precision: string }[] }).models.map(({ precision }) => precision));
    }
    expect(precisions.slice(0, 2)).toEqual([["fp32", "fp32"], ["fp32", "fp32"]]);
    // Which nets of the detector gain by int8 is for `models quantize` to say.
    expect(precisions[2]).toEqual([expect.stringMatching(/^(?:int8|mixed)$/), "int8"]);
    expect((await emostream(["analyze", clip, "--out", dir.path, "--precision", "int4"])).code).toBe(2);
  });

  test("a file that breaks off: results up to the break, the reason, exit 1", async () => {
    await using dir = await makeTempFolder();
    const clip = join(dir.path, "cut.mkv");
    await ffmpeg("-i", demo, "-t", "2", "-c", "copy", clip);
    const frames = await ffprobeFrameCount(clip);
    await truncate(clip, Math.floor((await readFile(clip)).length / 2));
    const { code, stderr } = await emostream(["analyze", clip, "--out", dir.path, "--format", "jsonl"]);
    expect(code).toBe(1);
    expect(stderr).toContain("(corrupt)");
    const lines = (await readFile(join(dir.path, "cut.jsonl"), "utf8")).trim().split("\n");
    expect(lines.length).toBeGreaterThan(2);
    expect(lines.length).toBeLessThan(frames + 1);
  });

  test.each([
    ["a missing file", "none.mp4", undefined, "not_found"],
    ["an empty file", "empty.mp4", "", "corrupt"],
    ["a text file", "text.mp4", "hello", "corrupt"],
  ])("%s: a named error, exit 1, no result file", async (_, name, content, codeName) => {
    await using dir = await makeTempFolder();
    if (content !== undefined) await writeFile(join(dir.path, name), content);
    const { code, stderr } = await emostream(["analyze", join(dir.path, name), "--out", join(dir.path, "out")]);
    expect(code).toBe(1);
    expect(stderr).toContain(`(${codeName})`);
    expect(await readdir(join(dir.path, "out")).catch(() => [])).toEqual([]);
  });

  test("Ctrl-C in the middle: exit 130 and no half-written file", async () => {
    await using dir = await makeTempFolder();
    const child = spawn(process.execPath, [cliPath, "analyze", demo, "--out", dir.path, "--format", "jsonl,csv"], { stdio: ["ignore", "ignore", "pipe"] });
    await new Promise<void>((resolve) => child.stderr.on("data", (chunk: Buffer) => chunk.toString().includes("frames/s") && resolve()));
    const closed = once(child, "close");
    child.kill("SIGINT");
    expect((await closed)[0]).toBe(130);
    expect(await readdir(dir.path)).toEqual([]);
  });
});

describe("predict", () => {
  test("a folder as JSON lines: a line a picture, relative names, faces", async () => {
    await using dir = await makeTempFolder();
    await copyFile(join(packageRoot, "assets/demo/faces/happiness.png"), join(dir.path, "smile.png"));
    await writeFile(join(dir.path, "broken.png"), "no picture");
    const { code, stdout, stderr } = await emostream(["predict", dir.path, "--format", "jsonl"]);
    expect(code).toBe(1);
    expect(stderr).toContain("broken.png");
    expect(stderr).toContain("(invalid_picture)");
    const rows = stdout.trim().split("\n").map((l) => JSON.parse(l) as { file: string; faces?: { label: string }[] });
    expect(rows.map((r) => r.file)).toEqual(["broken.png", "smile.png"]);
    expect(rows[1]?.faces).toHaveLength(1);
    expect(rows[1]?.faces?.[0]?.label).toBe("happiness");
  });

  test("an unknown emotion model: its name and those there are, exit 1", async () => {
    const { code, stderr } = await emostream(["predict", join(packageRoot, "assets/demo/faces/happiness.png"), "--model", "gigantic"]);
    expect(code).toBe(1);
    expect(stderr).toMatch(/emotion.*gigantic.*\(model_unknown\)/);
  });

  test("--truth compares, --format png draws", async () => {
    await using dir = await makeTempFolder();
    const face = join(packageRoot, "assets/demo/faces/happiness.png");
    const table = await emostream(["predict", face, "--truth", "happiness"]);
    expect(table.code).toBe(0);
    expect(table.stdout).toMatch(/100/);
    await mkdir(join(dir.path, "set/happy"), { recursive: true });
    await copyFile(face, join(dir.path, "set/happy/a.png"));
    const folders = await emostream(["predict", join(dir.path, "set"), "--truth", "folder", "--prior", "training", "--equalize", "--model", join(packageRoot, "models/emotion")]);
    expect(folders.code).toBe(0);
    expect(folders.stdout).toContain("correct: 1 of 1 pictures (100.0 %)");
    const drawn = await emostream(["predict", face, "--format", "png", "--out", dir.path]);
    expect(drawn.code).toBe(0);
    expect((await readdir(dir.path)).toSorted()).toEqual(["happiness.faces.png", "set"]);
  });
});

describe("wrong use", () => {
  test.each([
    ["an unknown command", ["dance"]],
    ["an unknown option", ["serve", "--fast"]],
    ["a port out of range", ["serve", "--port", "70000"]],
    ["an unknown format", ["analyze", "x.mp4", "--format", "xls"]],
    ["an unknown way of detection", ["analyze", "x.mp4", "--detection", "sometimes"]],
    ["columns without a CSV", ["analyze", "x.mp4", "--columns", "py-feat"]],
    ["no file", ["analyze"]],
    ["an unknown emotion", ["predict", "x.png", "--truth", "boredom"]],
    ["a model that cannot be trained", ["train", "poodle"]],
    ["a prior that is none", ["evaluate", "emotion", "x", "--prior", "much"]],
    ["a card of other settings than the shipped ones", ["evaluate", "emotion", "x", "--card", "--no-mirror"]],
    ["a prior without all emotions", ["predict", "x.png", "--prior", "anger=1"]],
    ["no data to train on", ["train", "emotion"]],
    ["an unknown engine", ["serve", "--engine", "magic", "--port", "0"]],
  ])("%s: exit 2 and a word of help on stderr", async (_, args) => {
    const { code, stdout, stderr } = await emostream(args);
    expect(code).toBe(2);
    expect(stdout).toBe("");
    expect(stderr).toMatch(/\w/);
  });

  test("--help and --version: exit 0", async () => {
    expect((await emostream(["--version"])).stdout.trim()).toMatch(/^\d+\.\d+\.\d+$/);
    const { code, stdout } = await emostream(["analyze", "--help"]);
    expect(code).toBe(0);
    expect(stdout).toContain("--format");
  });
});

describe("doctor", () => {
  test("says what is there; exit 0 where nothing needed is missing", async () => {
    const { code, stdout } = await emostream(["doctor", "--json"]);
    const { checks } = JSON.parse(stdout) as { checks: { name: string; state: string }[] };
    expect(checks.filter((c) => c.state === "missing")).toEqual([]);
    expect(checks.find((c) => c.name === "engine")?.state).toBe("ok");
    expect(code).toBe(0);
  });

  test("names a missing FFmpeg and what to type; exit 1", async () => {
    await using dir = await makeTempFolder();
    const config = join(dir.path, "config.yaml");
    await writeFile(config, "ingest: { ffmpeg: no-such-ffmpeg }\nengine: { name: noop }\n");
    const { code, stdout } = await emostream(["doctor", "--config", config]);
    expect(code).toBe(1);
    expect(stdout).toMatch(/missing\s+ffmpeg/);
    expect(stdout).toContain("apt-get install ffmpeg");
  });
});
