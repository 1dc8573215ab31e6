import { execFile } from "node:child_process";
import { mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { analyzeFile, resultFormats } from "../../../src/offline/index.js";
import { decoded, extent, ffmpeg, optionsFor, probedStreams, probedTimes, squareEngine, squareFilm } from "./helpers.js";

const execute = promisify(execFile);

let dir: string;
const film = (name: string) => join(dir, name);
const x264 = ["-c:v", "libx264", "-preset", "ultrafast", "-qp", "12"];

/** Longest sides stay below the analysed size, so boxes are exact. */
const zoo: Record<string, { make: () => Promise<void>; size: [number, number]; frames: number; startMs?: number }> = {
  "sound.mp4": { size: [480, 270], frames: 40, make: () => ffmpeg("-f", "lavfi", "-i", "sine=440:d=2", ...squareFilm("480x270", 40), "-map", "0:a", "-map", "1:v", ...x264, "-bf", "2", "-c:a", "aac", film("sound.mp4")) },
  "start.ts": { size: [480, 270], frames: 40, make: () => ffmpeg(...squareFilm("480x270", 40), ...x264, "-bf", "2", film("start.ts")) },
  "vorbis.mkv": { size: [480, 270], frames: 20, make: () => ffmpeg("-f", "lavfi", "-i", "sine=440:d=1", ...squareFilm("480x270", 20), "-map", "0:a", "-map", "1:v", ...x264, "-c:a", "libvorbis", film("vorbis.mkv")) },
  // Frames 3, 7, 8 and so on are missing: intervals of 40, 80 and 120 ms.
  "vfr.mkv": { size: [480, 270], frames: 24, make: () => ffmpeg(...squareFilm("480x270", 24), "-vf", "setpts='(N+floor(N/3)+floor(N/7))/25/TB'", "-fps_mode", "passthrough", ...x264, film("vfr.mkv")) },
  "odd.mkv": { size: [481, 271], frames: 12, make: () => ffmpeg(...squareFilm("500x300", 12), "-vf", "format=bgr0,crop=481:271:0:0", "-c:v", "ffv1", film("odd.mkv")) },
  "high-rate.mp4": { size: [480, 270], frames: 60, make: () => ffmpeg(...squareFilm("480x270", 60, "240"), ...x264, film("high-rate.mp4")) },
};

beforeAll(async () => {
  dir = await mkdtemp(join(tmpdir(), "emostream-analyze-"));
  for (const { make } of Object.values(zoo)) await make();
});

afterAll(() => rm(dir, { recursive: true, force: true }));

async function csvTimes(path: string): Promise<number[]> {
  const rows = (await readFile(path, "utf8")).trimEnd().split("\r\n").slice(1);
  return rows.map((row) => Number(row.split(",")[2]));
}

describe("every frame, in all formats", () => {
  it.each(Object.keys(zoo))("%s: as many results as ffprobe has frames, at its times", async (name) => {
    const { frames } = zoo[name]!;
    const done = await analyzeFile(optionsFor(film(name), join(dir, `csv-${name}`)));
    const probed = await probedTimes(film(name));
    const found = await csvTimes(done.files[0]?.path ?? "");
    expect(done).toMatchObject({ frames, faces: frames, tracks: 1 });
    expect(found).toHaveLength(probed.length);
    for (const [i, t] of found.entries()) expect(Math.abs(t - (probed[i] ?? Number.NaN)), `frame ${i}`).toBeLessThan(1);
  });

  it.each(Object.keys(zoo))("%s: the annotated video has the same frames, and each box where its own square is", async (name) => {
    const { frames, size } = zoo[name]!;
    const done = await analyzeFile(optionsFor(film(name), join(dir, `mp4-${name}`), { formats: ["mp4"] }));
    const path = done.files[0]?.path ?? "";
    const [width, height] = size.map((n) => n + (n % 2)) as [number, number];
    const streams = await probedStreams(path);
    expect(streams.find((s) => s.codec_type === "video")).toMatchObject({ codec_name: "h264", width, height });
    const [before, after] = [await probedTimes(film(name)), await probedTimes(path)];
    expect(after).toHaveLength(frames);
    for (const i of after.keys()) expect(Math.abs((after[i] ?? 0) - (after[0] ?? 0) - ((before[i] ?? 0) - (before[0] ?? 0))), `time of frame ${i}`).toBeLessThan(1.1);
    const pictures = await decoded(path, width, height);
    expect(pictures).toHaveLength(frames);
    for (const [i, picture] of pictures.entries()) {
      // The square is where frame i has it, and the line in happiness' colour ten pixels around it.
      const square = { left: 20 + i * 4, top: 30 + i * 2 };
      const inside = extent(crop(picture, width, square.left - 6, square.top - 6, 52, 52), 52, (r, g, b) => Math.min(r, g, b) > 190);
      expect(near(inside, { left: 6, top: 6, right: 46, bottom: 46 }), `square of frame ${i}: ${JSON.stringify(inside)}`).toBe(true);
      const column = crop(picture, width, square.left - 12, square.top + 15, 6, 10);
      const line = extent(column, 6, (r, g, b) => r > 150 && g > 100 && b < 110);
      expect(line !== undefined && Math.abs(line.left - 2) <= 1, `line of frame ${i}: ${JSON.stringify(line)}`).toBe(true);
    }
  });

  it("keeps sound and its distance to the picture", async () => {
    const sound = await analyzeFile(optionsFor(film("sound.mp4"), join(dir, "sound"), { formats: ["mp4"] }));
    expect((await probedStreams(sound.files[0]?.path ?? "")).map((s) => s.codec_name)).toEqual(["h264", "aac"]);
    const vorbis = await analyzeFile(optionsFor(film("vorbis.mkv"), join(dir, "sound"), { formats: ["mp4"] }));
    expect((await probedStreams(vorbis.files[0]?.path ?? "")).map((s) => s.codec_name)).toEqual(["h264", "aac"]);
    // A picture that begins half a second after the sound still does.
    await ffmpeg("-f", "lavfi", "-i", "sine=440:d=2", "-itsoffset", "0.5", ...squareFilm("480x270", 20), "-map", "0:a", "-map", "1:v", ...x264, "-c:a", "aac", film("late.mkv"));
    const late = await analyzeFile(optionsFor(film("late.mkv"), join(dir, "sound"), { formats: ["mp4", "vtt"] }));
    const streams = await probedStreams(late.files[0]?.path ?? "");
    const start = (type: string) => Number(streams.find((s) => s.codec_type === type)?.start_time);
    expect(start("video") - start("audio")).toBeCloseTo(0.5, 1);
    expect(await readFile(late.files[1]?.path ?? "", "utf8")).toMatch(/^00:00:00\.5\d\d --> /m);
  });

  it("the same bytes twice, with any number of workers, whatever the file is called on the way", async () => {
    const all = { formats: resultFormats, baseName: "r" };
    await analyzeFile(optionsFor(film("sound.mp4"), join(dir, "twice-a"), all));
    await analyzeFile(optionsFor(film("sound.mp4"), join(dir, "twice-b"), { ...all, engine: squareEngine(3) }));
    const names = await readdir(join(dir, "twice-a"));
    expect(names).toHaveLength(resultFormats.length);
    for (const n of names) expect((await readFile(join(dir, "twice-a", n))).equals(await readFile(join(dir, "twice-b", n))), n).toBe(true);
  });

  it("a tiny video is enlarged for its labels", async () => {
    await ffmpeg("-f", "lavfi", "-i", "testsrc2=s=200x150:r=10", "-frames:v", "5", ...x264, film("tiny.mp4"));
    const done = await analyzeFile(optionsFor(film("tiny.mp4"), join(dir, "tiny"), { formats: ["mp4"] }));
    expect((await probedStreams(done.files[0]?.path ?? ""))[0]).toMatchObject({ width: 400, height: 300 });
    expect(await probedTimes(done.files[0]?.path ?? "")).toHaveLength(5);
  });

  it("an analysis of fewer frames a second draws what it analysed", async () => {
    const settings = { ...optionsFor("", "").settings, maxFps: 5 };
    const done = await analyzeFile(optionsFor(film("sound.mp4"), join(dir, "fewer"), { formats: ["csv", "mp4"], settings }));
    expect(done.frames).toBeGreaterThanOrEqual(8);
    expect(done.frames).toBeLessThanOrEqual(9);
    expect(await probedTimes(done.files[1]?.path ?? "")).toHaveLength(done.frames);
  });
});

describe("what goes wrong", () => {
  it("a truncated file gives its frames up to the break, then the error", async () => {
    await ffmpeg(...squareFilm("480x270", 60), ...x264, film("whole.mkv"));
    const half = film("half.mkv");
    await writeFile(half, await readFile(film("whole.mkv")));
    await truncate(half, Math.floor((await stat(half)).size * 0.6));
    const done = await analyzeFile(optionsFor(half, join(dir, "half"), { formats: resultFormats }));
    expect(done.error?.code).toBe("corrupt");
    expect(done.frames).toBeGreaterThan(10);
    expect(done.frames).toBeLessThan(60);
    expect((await readdir(join(dir, "half"))).toSorted()).toEqual(["half.annotated.mp4", "half.csv", "half.eaf", "half.episodes.vtt", "half.jsonl", "half.parquet", "half.timeline.png", "half.vtt"]);
    expect(await csvTimes(join(dir, "half", "half.csv"))).toHaveLength(done.frames);
    expect(await probedTimes(join(dir, "half", "half.annotated.mp4"))).toHaveLength(done.frames);
  });

  it.each([
    ["text.mp4", "corrupt", () => writeFile(film("text.mp4"), "this is not a film\n".repeat(100))],
    ["empty.mp4", "corrupt", () => writeFile(film("empty.mp4"), "")],
    ["sound-only.m4a", "no_video", () => ffmpeg("-f", "lavfi", "-i", "sine=440:d=1", film("sound-only.m4a"))],
  ] as const)("%s is %s and leaves nothing", async (name, code, make) => {
    await make();
    await expect(analyzeFile(optionsFor(film(name), join(dir, `bad-${name}`), { formats: resultFormats }))).rejects.toMatchObject({ code });
    expect(await readdir(join(dir, `bad-${name}`))).toEqual([]);
  });

  it.each(["analyse", "draw"] as const)("cancelled while it has to %s, it leaves nothing and no FFmpeg", async (phase) => {
    const abort = new AbortController();
    const run = analyzeFile(optionsFor(film("sound.mp4"), join(dir, "cancel"), { formats: resultFormats, signal: abort.signal, onProgress: (p) => p.phase === phase && p.frames === 12 && abort.abort() }));
    await expect(run).rejects.toMatchObject({ code: "cancelled" });
    expect(await readdir(join(dir, "cancel"))).toEqual([]);
    const { stdout } = await execute("ps", ["-o", "args=", "--ppid", String(process.pid)]);
    expect(stdout).not.toContain("ffmpeg");
  });

  it.each(["jsonl", "mp4", "png"] as const)("a full disk is disk_full and leaves nothing (%s)", async (format) => {
    const small = join(dir, `small-${format}`);
    await mkdir(small);
    const mounted = await execute("mount", ["-t", "tmpfs", "-o", "size=8k", "tmpfs", small]).then(
      () => true,
      () => false,
    );
    if (!mounted) {
      console.log("skipped: mounting a small tmpfs needs root and CAP_SYS_ADMIN");
      return;
    }
    try {
      await expect(analyzeFile(optionsFor(film("high-rate.mp4"), small, { formats: [format] }))).rejects.toMatchObject({ code: "disk_full" });
      expect(await readdir(small)).toEqual([]);
    } finally {
      await execute("umount", [small]);
    }
  });
});

function crop(data: Uint8Array, stride: number, x: number, y: number, width: number, height: number): Uint8Array {
  const out = new Uint8Array(width * height * 3);
  for (let row = 0; row < height; row += 1) {
    const from = ((y + row) * stride + x) * 3;
    out.set(data.subarray(from, from + width * 3), row * width * 3);
  }
  return out;
}

function near(a: ReturnType<typeof extent>, b: { left: number; top: number; right: number; bottom: number }): boolean {
  return a !== undefined && Math.abs(a.left - b.left) <= 1 && Math.abs(a.top - b.top) <= 1 && Math.abs(a.right - b.right) <= 1 && Math.abs(a.bottom - b.bottom) <= 1;
}
