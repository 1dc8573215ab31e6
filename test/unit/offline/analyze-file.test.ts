import { createHash } from "node:crypto";
import { mkdtemp, readdir, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { parseConfig } from "../../../src/core/config.js";
import { AppError } from "../../../src/core/errors.js";
import { frameMessageSchema } from "../../../src/core/feed.js";
import { silentLogger } from "../../../src/core/logger.js";
import { analyzeFile, resultFormats, type AnalysisProgress, type AnalyzeFileOptions } from "../../../src/offline/index.js";
import { fakeEngine, fakeSource, type FakeFilm } from "./fakes.js";

const config = parseConfig({});
const film: FakeFilm = { frames: 75, width: 320, height: 180, frameMs: 40 };

let dir: string;
let input: string;

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "emostream-offline-"));
  input = join(dir, "My Film.mp4");
  await writeFile(input, "not really a film");
});

afterEach(async () => {
  await rm(dir, { recursive: true, force: true });
});

function options(out: string, changes: Partial<AnalyzeFileOptions> = {}): AnalyzeFileOptions {
  return {
    input,
    outDir: join(dir, out),
    formats: ["jsonl", "csv", "vtt", "png"],
    settings: config.analysis,
    ingest: config.ingest,
    privacy: config.privacy,
    engine: fakeEngine(1),
    openSource: fakeSource(film).openSource,
    logger: silentLogger(),
    version: "0.0.0",
    ...changes,
  };
}

async function hashes(folder: string): Promise<Record<string, string>> {
  const names = (await readdir(folder)).toSorted();
  return Object.fromEntries(await Promise.all(names.map(async (n) => [n, createHash("sha256").update(await readFile(join(folder, n))).digest("hex")] as const)));
}

describe("analyzeFile", () => {
  it("writes every frame, and nothing but the results", async () => {
    const done = await analyzeFile(options("a"));
    expect(done).toMatchObject({ frames: 75, faces: 136, tracks: 2 });
    expect(done.error).toBeUndefined();
    expect(done.files.map((f) => f.path)).toEqual(["My Film.jsonl", "My Film.csv", "My Film.vtt", "My Film.timeline.png"].map((n) => join(dir, "a", n)));
    expect((await readdir(join(dir, "a"))).toSorted()).toEqual(["My Film.csv", "My Film.jsonl", "My Film.timeline.png", "My Film.vtt"]);
    const lines = (await readFile(join(dir, "a", "My Film.jsonl"), "utf8")).trimEnd().split("\n").map((l) => JSON.parse(l) as Record<string, unknown>);
    expect(lines[0]).toMatchObject({ type: "header", v: 1, source: { name: "My Film.mp4", sizeBytes: 17 }, engine: { name: "fake", version: "1.0.0" }, generator: "emostream 0.0.0" });
    expect(JSON.stringify(lines[0])).not.toContain(dir);
    const frames = lines.filter((l) => l["type"] === "frame").map((l) => frameMessageSchema.parse(l));
    expect(frames.map((f) => f.seq)).toEqual(Array.from({ length: 75 }, (_, i) => i));
    expect(frames.map((f) => f.ptsMs)).toEqual(Array.from({ length: 75 }, (_, i) => i * 40));
    expect(lines.slice(1).some((l) => "receivedAt" in l || "latencyMs" in l)).toBe(false);
    const rows = (await readFile(join(dir, "a", "My Film.csv"), "utf8")).split("\r\n");
    expect(rows.length).toBe(1 + 136 + 7 + 1);
    expect(rows.filter((r) => r.includes(",no_face,"))).toHaveLength(7);
  });

  it("gives the same bytes twice and with any number of workers, in all formats", async () => {
    await analyzeFile(options("a", { formats: resultFormats }));
    await analyzeFile(options("b", { formats: resultFormats, engine: fakeEngine(4) }));
    const [a, b] = [await hashes(join(dir, "a")), await hashes(join(dir, "b"))];
    expect(Object.keys(a)).toHaveLength(resultFormats.length);
    expect(b).toEqual(a);
  });

  it("tells progress up to the last frame", async () => {
    const seen: AnalysisProgress[] = [];
    await analyzeFile(options("a", { formats: ["jsonl", "mp4"], onProgress: (p) => seen.push(p) }));
    expect(seen.filter((p) => p.phase === "analyse").map((p) => p.frames)).toEqual(Array.from({ length: 75 }, (_, i) => i + 1));
    expect(seen.at(-1)).toMatchObject({ phase: "draw", frames: 75, total: 75, fraction: 1 });
  });

  it("keeps the results up to a break and returns its error", async () => {
    const error = new AppError("corrupt", "The file breaks off.");
    const done = await analyzeFile(options("a", { formats: resultFormats, openSource: fakeSource({ ...film, frames: 20, error }).openSource }));
    expect(done.frames).toBe(20);
    expect(done.error?.code).toBe("corrupt");
    expect(await readdir(join(dir, "a"))).toHaveLength(resultFormats.length);
  });

  it("throws and leaves nothing when no frame comes", async () => {
    const error = new AppError("no_video", "No video.");
    await expect(analyzeFile(options("a", { openSource: fakeSource({ ...film, frames: 0, error }).openSource }))).rejects.toMatchObject({ code: "no_video" });
    expect(await readdir(join(dir, "a"))).toEqual([]);
  });

  it.each(["analyse", "draw"] as const)("leaves nothing and an older result untouched when cancelled while it has to %s", async (phase) => {
    await analyzeFile(options("a", { formats: ["csv"] }));
    const before = await hashes(join(dir, "a"));
    const abort = new AbortController();
    const source = fakeSource(film);
    const run = analyzeFile(
      options("a", {
        formats: resultFormats,
        openSource: source.openSource,
        signal: abort.signal,
        onProgress: (p) => {
          if (p.phase === phase && p.frames === 30) abort.abort();
        },
      }),
    );
    await expect(run).rejects.toMatchObject({ code: "cancelled" });
    expect(await hashes(join(dir, "a"))).toEqual(before);
    for (const { pool, closed } of source.opened) {
      await closed;
      expect(pool.free).toBe(pool.size);
    }
  });

  it("leaves nothing when the engine fails", async () => {
    const broken = fakeEngine(2, (seq) => {
      if (seq === 12) throw new AppError("engine_failed", "Broken on purpose.");
    });
    await expect(analyzeFile(options("a", { engine: broken }))).rejects.toMatchObject({ code: "engine_failed" });
    expect(await readdir(join(dir, "a"))).toEqual([]);
  });

  it("refuses to write over the file it reads", async () => {
    const own = join(dir, "clip.annotated.mp4");
    await writeFile(own, "x");
    await expect(analyzeFile(options(".", { input: own, baseName: "clip", formats: ["mp4"] }))).rejects.toMatchObject({ code: "invalid_request" });
    expect(await readFile(own, "utf8")).toBe("x");
  });

  it("names a missing file and a folder", async () => {
    await expect(analyzeFile(options("a", { input: join(dir, "nothing.mp4") }))).rejects.toMatchObject({ code: "not_found" });
    await expect(analyzeFile(options("a", { input: dir }))).rejects.toMatchObject({ code: "not_found" });
  });
});
