import { mkdtemp, readdir, readFile, readlink, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Subject } from "rxjs";
import { describe, expect, it } from "vitest";
import { inputGuards } from "../../../src/core/ffmpeg-input.js";
import { hashFile } from "../../../src/offline/file-hash.js";
import { MediaClock } from "../../../src/offline/media-time.js";
import { OutputFile } from "../../../src/offline/output-file.js";
import { factsFrom, inputArguments, probeFile } from "../../../src/offline/probe.js";
import { ProgressMeter } from "../../../src/offline/progress.js";
import { drain, Gate, gatedEngine } from "../../../src/offline/result-queue.js";
import { identifySource, sourceName } from "../../../src/offline/source-identity.js";
import { fakeEngine } from "./fakes.js";

describe("MediaClock", () => {
  it("counts from the container's start and goes on over jumps backwards", () => {
    const clock = new MediaClock(1400);
    const times = [
      [0, 1480],
      [0, 1520],
      [0, 1560],
      [1, 100],
      [1, 140],
    ].map(([epoch = 0, ptsMs = 0]) => clock.next({ epoch, ptsMs }));
    expect(times).toEqual([80, 120, 160, 200, 240]);
  });
});

describe("what ffprobe tells", () => {
  it("takes facts where there are any", () => {
    const report = {
      format: { start_time: "1.400000", duration: "10.0" },
      streams: [
        { codec_type: "video", codec_name: "mjpeg", avg_frame_rate: "0/0", disposition: { attached_pic: 1 } },
        { codec_type: "audio", codec_name: "aac" },
        { codec_type: "video", codec_name: "h264", avg_frame_rate: "30000/1001" },
      ],
    };
    expect(factsFrom(JSON.stringify(report))).toEqual({ startMs: 1400, durationMs: 10_000, frames: 300, audioCodec: "aac" });
    expect(factsFrom("")).toEqual({ startMs: 0 });
    expect(factsFrom('{"streams":[{"codec_type":"video","avg_frame_rate":"0/0"}]}')).toEqual({ startMs: 0 });
  });

  it("is nothing when the program is missing", async () => {
    expect(await probeFile("/nonexistent/ffprobe", "/nonexistent/file")).toEqual({ startMs: 0 });
  });

  it("reads no protocol into a file name", () => {
    expect(inputArguments("/tmp/concat:x.mp4")).toEqual([...inputGuards("file"), "-i", "file:/tmp/concat:x.mp4"]);
    expect(inputArguments("https://example.org/a.mp4").at(-1)).toBe("https://example.org/a.mp4");
  });
});

describe("sourceName", () => {
  it("is the last part, without folders, query or password", () => {
    expect(["/a/b/c d.mp4", "http://u:p@host/x/y%20z.mp4?token=1#t", "https://host", "rtsp://u:p@host/live/1", "http://host/a%2Fb"].map(sourceName)).toEqual(["c d.mp4", "y z.mp4", "stream", "1", "a-b"]);
  });

  it("comes with size and hash for files only", async () => {
    const dir = await mkdtemp(join(tmpdir(), "emostream-id-"));
    const path = join(dir, "abc");
    await writeFile(path, "abc");
    expect(await identifySource(path, "abc")).toEqual({ name: "abc", sizeBytes: 3, sha256: "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad" });
    expect(await identifySource("http://host/x.mp4", "x.mp4")).toEqual({ name: "x.mp4" });
    await rm(dir, { recursive: true });
  });
});

describe("hashFile", () => {
  it.skipIf(process.platform !== "linux")("leaves no file open for a signal that is aborted already", async () => {
    const dir = await mkdtemp(join(tmpdir(), "emostream-hash-"));
    const path = join(dir, "abc");
    await writeFile(path, "abc");
    for (let n = 0; n < 5; n++) await expect(hashFile(path, AbortSignal.abort())).rejects.toThrow("aborted");
    // One more that is read to its end: what was opened before it is open by now.
    await hashFile(path);
    const open = await Promise.all((await readdir("/proc/self/fd")).map((fd) => readlink(`/proc/self/fd/${fd}`).catch(() => "")));
    expect(open.filter((to) => to.startsWith(path))).toEqual([]);
    await rm(dir, { recursive: true });
  });
});

describe("OutputFile", () => {
  it("shows its name only when published, and leaves nothing when discarded", async () => {
    const dir = await mkdtemp(join(tmpdir(), "emostream-out-"));
    const [kept, dropped] = [new OutputFile(join(dir, "kept.txt")), new OutputFile(join(dir, "dropped.txt"))];
    const long = "0123456789".repeat(20_000);
    for (const file of [kept, dropped]) {
      await file.write(long);
      await file.write("end");
    }
    await kept.complete();
    expect(await readdir(dir)).not.toContain("kept.txt");
    await kept.publish();
    await dropped.discard();
    expect(await readdir(dir)).toEqual(["kept.txt"]);
    expect(await readFile(join(dir, "kept.txt"), "utf8")).toBe(`${long}end`);
    await rm(dir, { recursive: true });
  });

  it("says that it could not write", async () => {
    const file = new OutputFile(join(tmpdir(), "emostream-no-such-folder", "x"));
    await file.write("x");
    await expect(file.complete()).rejects.toMatchObject({ code: "write_failed" });
  });
});

describe("ProgressMeter", () => {
  it("gives rate and time left over the last seconds", () => {
    let now = 0;
    const meter = new ProgressMeter("analyse", 100, false, () => now);
    let last = meter.step();
    for (let i = 2; i <= 40; i += 1) {
      now += 100;
      last = meter.step();
    }
    expect(last.fps).toBeCloseTo(10, 0);
    expect(last).toMatchObject({ frames: 40, total: 100, fraction: 0.4 });
    expect(last.etaMs).toBeCloseTo(6000, -3);
  });

  it("knows no end without a total, and moves an estimate that was too small", () => {
    expect(new ProgressMeter("analyse", undefined, true).step()).toMatchObject({ frames: 1, fraction: 0 });
    const meter = new ProgressMeter("analyse", 1, false);
    meter.step();
    expect(meter.step()).toMatchObject({ total: 2, fraction: 1 });
  });
});

describe("drain", () => {
  it("holds the engine back while results wait, and lets it go on", async () => {
    const gate = new Gate();
    const results = new Subject<number>();
    const values = drain(results, gate);
    const first = values.next();
    for (let i = 0; i < 100; i += 1) results.next(i);
    expect((await first).value).toBe(0);
    let passed = false;
    const answer = gatedEngine(fakeEngine(1), gate)
      .analyze([{ picture: { width: 9, height: 9, pixelFormat: "rgb24", data: new Uint8Array(243) } }])
      .then(() => (passed = true));
    await new Promise((resolve) => setImmediate(resolve));
    expect(passed).toBe(false);
    for (let i = 1; i < 80; i += 1) expect((await values.next()).value).toBe(i);
    await answer;
    expect(passed).toBe(true);
    results.complete();
    for (let i = 80; i < 100; i += 1) expect((await values.next()).value).toBe(i);
    expect((await values.next()).done).toBe(true);
  });

  it("throws the source's error after the last value, and unsubscribes when left early", async () => {
    const failing = new Subject<number>();
    const values = drain(failing, new Gate());
    const first = values.next();
    failing.next(1);
    failing.error(new Error("broken"));
    expect((await first).value).toBe(1);
    await expect(values.next()).rejects.toThrow("broken");

    const endless = new Subject<number>();
    const left = drain(endless, new Gate());
    const one = left.next();
    endless.next(1);
    await one;
    expect(endless.observed).toBe(true);
    await left.return();
    expect(endless.observed).toBe(false);
  });
});
