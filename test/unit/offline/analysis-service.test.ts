import { mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { parseConfig } from "../../../src/core/config.js";
import { AppError } from "../../../src/core/errors.js";
import { silentLogger } from "../../../src/core/logger.js";
import { createAnalysisService, type AnalysisService, type AnalysisServiceOptions } from "../../../src/offline/index.js";
import { analysisInfoSchema, type CreateAnalysis } from "../../../src/server/services.js";
import { fakeEngine, fakeSource, type FakeFilm } from "./fakes.js";

const config = parseConfig({});
const film: FakeFilm = { frames: 40, width: 64, height: 48, frameMs: 40 };

/** Polls a condition; the machine may be busy. */
const waitFor = (condition: () => void) => vi.waitFor(condition, { timeout: 15_000, interval: 20 });

type Service = AnalysisService & { close(): Promise<void> };

let dir: string;
let path: string;
let services: Service[];

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "emostream-service-"));
  await mkdir(join(dir, "media"));
  path = join(dir, "media", "film.mp4");
  await writeFile(path, "film");
  services = [];
});

afterEach(async () => {
  for (const s of services) await s.close();
  await rm(dir, { recursive: true, force: true });
});

async function start(changes: Partial<AnalysisServiceOptions> = {}): Promise<Service> {
  const service = await createAnalysisService({
    workDir: join(dir, "work"),
    mediaRoot: join(dir, "media"),
    maxAnalyses: 10,
    maxAgeMs: 0,
    analysis: config.analysis,
    ingest: config.ingest,
    privacy: config.privacy,
    engine: fakeEngine(1),
    openSource: fakeSource(film).openSource,
    logger: silentLogger(),
    version: "0",
    ...changes,
  });
  services.push(service);
  return service;
}

function request(changes: Partial<CreateAnalysis> = {}): CreateAnalysis {
  return { path, name: "Film (1).mp4", settings: { blur: { sigma: 2 } }, formats: ["jsonl", "csv"], deleteFileWhenRemoved: false, ...changes };
}

/** An engine that waits at frame 10 until it is let go. */
function waitingEngine(): { engine: ReturnType<typeof fakeEngine>; go: () => void } {
  let go: (() => void) | undefined;
  const open = new Promise<void>((resolve) => {
    go = resolve;
  });
  const engine = fakeEngine(1);
  return {
    engine: {
      ...engine,
      async analyze(batch) {
        if ((batch[0]?.picture.data[1] ?? 0) >= 10) await open;
        return engine.analyze(batch);
      },
    },
    go: () => go?.(),
  };
}

const state = (service: Service, id: string) => service.get(id).state;

describe("analysis service", () => {
  it("runs an analysis and serves its results", async () => {
    const service = await start();
    const { id, state: first } = await service.create(request());
    expect(["queued", "running"]).toContain(first);
    await waitFor(() => expect(state(service, id)).toBe("done"));
    const info = analysisInfoSchema.parse(service.get(id));
    expect(info).toMatchObject({ name: "Film (1).mp4", progress: 1, frames: 40 });
    expect(info.results.map((r) => [r.file, r.contentType])).toEqual([
      ["Film-1-.jsonl", "application/x-ndjson"],
      ["Film-1-.csv", "text/csv; charset=utf-8"],
    ]);
    const result = await service.result(id, "Film-1-.jsonl");
    const text = await readFile(result.path, "utf8");
    expect(text.split("\n")[0]).toContain('"sigma":2');
    expect(text.length).toBe(info.results[0]?.bytes);
    await expect(service.result(id, "info.json")).rejects.toMatchObject({ code: "result_not_ready" });
    await expect(async () => service.get("nothing")).rejects.toMatchObject({ code: "analysis_not_found" });
  });

  it("runs one at a time, in order, and lists the newest first", async () => {
    const { engine, go } = waitingEngine();
    const service = await start({ engine });
    const ids: string[] = [];
    for (const name of ["a", "b", "c"]) ids.push((await service.create(request({ name }))).id);
    await waitFor(() => expect(service.get(ids[0]!).frames).toBe(10));
    expect(service.list().map((i) => [i.name, i.state])).toEqual([
      ["c", "queued"],
      ["b", "queued"],
      ["a", "running"],
    ]);
    expect(service.get(ids[0]!).results).toEqual([]);
    go();
    await waitFor(() => expect(service.list().every((i) => i.state === "done")).toBe(true));
  });

  it("cancels what runs and what waits, and removes files", async () => {
    const { engine, go } = waitingEngine();
    const service = await start({ engine });
    const a = (await service.create(request())).id;
    const b = (await service.create(request())).id;
    await waitFor(() => expect(service.get(a).frames).toBe(10));
    expect(await service.cancel(b)).toMatchObject({ state: "cancelled", reason: { code: "cancelled" } });
    const cancelling = service.cancel(a);
    go();
    expect(await cancelling).toMatchObject({ state: "cancelled", results: [] });
    expect(await readdir(join(dir, "work", a))).toEqual(["info.json"]);
    await expect(service.cancel(a)).rejects.toMatchObject({ code: "conflict" });
    await service.remove(a);
    expect(await readdir(join(dir, "work"))).toEqual([b]);
    await expect(service.remove(a)).rejects.toMatchObject({ code: "analysis_not_found" });
  });

  it("stays removed when it is removed as soon as it is listed, or while somebody cancels it", async () => {
    const { engine, go } = waitingEngine();
    const service = await start({ engine });
    const first = await service.create(request());
    for (let n = 0; n < 10; n++) {
      const making = service.create(request());
      while (service.list().length < 2) await new Promise(setImmediate);
      const { id } = service.list()[0]!;
      const cancelling = n % 2 === 0 ? service.cancel(id) : undefined;
      await service.remove(id);
      await Promise.allSettled([making, cancelling]);
      expect(await readdir(join(dir, "work"))).toEqual([first.id]);
    }
    go();
    await waitFor(() => expect(state(service, first.id)).toBe("done"));
  });

  it("removes the whole of an analysis whose subjects somebody names at the same time", async () => {
    const service = await start();
    for (let n = 0; n < 8; n++) {
      const { id } = await service.create(request());
      await waitFor(() => expect(state(service, id)).toBe("done"));
      const naming = Promise.allSettled([service.views.setSubjects(id, [])]);
      for (let turn = 0; turn < n; turn++) await new Promise(setImmediate);
      await service.remove(id);
      const [named] = await naming;
      if (named.status === "rejected") expect(named.reason).toMatchObject({ code: expect.stringMatching(/^(?:analysis_not_found|result_not_ready)$/) });
      expect(await readdir(join(dir, "work"))).toEqual([]);
    }
  });

  it("owns uploads: they go with the analysis, media files stay", async () => {
    const service = await start();
    const upload = join(dir, "upload");
    await writeFile(upload, "film");
    const owned = (await service.create(request({ path: upload, deleteFileWhenRemoved: true }))).id;
    const named = (await service.create(request())).id;
    await waitFor(() => expect([state(service, owned), state(service, named)]).toEqual(["done", "done"]));
    await service.remove(owned);
    await service.remove(named);
    expect((await readdir(dir)).toSorted()).toEqual(["media", "work"]);
    expect(await readdir(join(dir, "media"))).toEqual(["film.mp4"]);
  });

  it("in strict privacy mode deletes an upload before its analysis is told to be over, however it ends", async () => {
    const { privacy } = parseConfig({ privacy: { mode: "strict", purpose: "a test", setting: "research" } });
    const uploads = join(dir, "work", "uploads");
    await mkdir(uploads, { recursive: true });
    const upload = async (service: Service, name: string) => {
      await writeFile(join(uploads, name), "film");
      return (await service.create(request({ path: join(uploads, name), deleteFileWhenRemoved: true }))).id;
    };
    const broken = await start({ privacy, openSource: fakeSource({ ...film, frames: 7, error: new AppError("corrupt", "Breaks off.") }).openSource });
    const failed = await upload(broken, "failed");
    await waitFor(() => expect(state(broken, failed)).toBe("failed"));
    expect(await readdir(uploads)).toEqual([]);
    await broken.close();
    const { engine } = waitingEngine();
    const busy = await start({ privacy, engine });
    const [running, waiting] = [await upload(busy, "running"), await upload(busy, "waiting")];
    await busy.cancel(waiting);
    expect(await readdir(uploads)).toEqual(["running"]);
    await busy.close();
    // Stopped by the end of the process: it will be analysed by the next one, and then goes.
    expect(await readdir(uploads)).toEqual(["running"]);
    const next = await start({ privacy });
    await waitFor(() => expect(state(next, running)).toBe("done"));
    expect(await readdir(uploads)).toEqual([]);
    await next.remove(running);
  });

  it("keeps the results up to a break and says why it failed", async () => {
    const service = await start({ openSource: fakeSource({ ...film, frames: 7, error: new AppError("corrupt", "Breaks off.") }).openSource });
    const { id } = await service.create(request());
    await waitFor(() => expect(state(service, id)).toBe("failed"));
    expect(service.get(id)).toMatchObject({ frames: 7, reason: { code: "corrupt", message: "Breaks off." } });
    expect(service.get(id).results).toHaveLength(2);
  });

  it("lists after a restart, and starts again what was interrupted", async () => {
    const first = await start();
    const done = (await first.create(request({ name: "done" }))).id;
    await waitFor(() => expect(state(first, done)).toBe("done"));
    await first.close();

    const { engine, go } = waitingEngine();
    const second = await start({ engine });
    const running = (await second.create(request({ name: "running" }))).id;
    const waiting = (await second.create(request({ name: "waiting" }))).id;
    await waitFor(() => expect(second.get(running).frames).toBe(10));
    const closed = second.close();
    go();
    await closed;
    await expect(second.create(request())).rejects.toMatchObject({ code: "shutting_down" });
    // What a killed process leaves behind.
    await writeFile(join(dir, "work", running, ".part-0123-x.csv"), "half");
    await mkdir(join(dir, "work", "damaged"));
    await writeFile(join(dir, "work", "damaged", "info.json"), "{");
    await mkdir(join(dir, "work", "uploads"));

    const third = await start();
    await waitFor(() => expect(third.list().map((i) => [i.name, i.state, i.results.length])).toEqual([
      ["waiting", "done", 2],
      ["running", "done", 2],
      ["done", "done", 2],
    ]));
    expect(third.get(waiting).frames).toBe(40);
    expect((await readdir(join(dir, "work", running))).filter((n) => n.startsWith("."))).toEqual([]);
    expect(await readdir(join(dir, "work", "damaged"))).toEqual(["info.json"]);
  });

  it("tells the place in the queue", async () => {
    const { engine, go } = waitingEngine();
    const service = await start({ engine });
    const ids: string[] = [];
    for (const name of ["a", "b", "c"]) ids.push((await service.create(request({ name }))).id);
    await waitFor(() => expect(service.get(ids[0]!).frames).toBe(10));
    expect(ids.map((id) => service.get(id).position)).toEqual([undefined, 1, 2]);
    await service.cancel(ids[1]!);
    expect(ids.map((id) => service.get(id).position)).toEqual([undefined, undefined, 1]);
    go();
  });

  it("removes what is too old, with its upload, and nothing that waits or runs", async () => {
    let now = Date.parse("2026-01-01T00:00:00Z");
    const hour = 3_600_000;
    const options = { maxAgeMs: 2 * hour, now: () => now };
    const first = await start(options);
    const upload = join(dir, "work", "uploads", "film");
    await mkdir(join(dir, "work", "uploads"));
    await writeFile(upload, "film");
    const old = (await first.create(request({ path: upload, deleteFileWhenRemoved: true }))).id;
    await waitFor(() => expect(state(first, old)).toBe("done"));
    expect(first.get(old)).toMatchObject({ finishedAt: "2026-01-01T00:00:00.000Z", expiresAt: "2026-01-01T02:00:00.000Z" });
    await first.close();
    now += 1.5 * hour;
    const { engine, go } = waitingEngine();
    const second = await start({ ...options, engine });
    const young = (await second.create(request())).id;
    expect(second.list()).toHaveLength(2);
    now += hour;
    const closed = second.close();
    go();
    await closed;
    const third = await start(options);
    expect(third.list().map((i) => i.id)).toEqual([young]);
    expect((await readdir(join(dir, "work"))).toSorted()).toEqual([young, "uploads"]);
    expect(await readdir(join(dir, "work", "uploads"))).toEqual([]);
  });

  it("clears away what a killed process left: half a record, an upload that nobody owns", async () => {
    const work = join(dir, "work");
    await mkdir(join(work, "uploads"), { recursive: true });
    await writeFile(join(work, "uploads", "whole-but-not-registered"), "film");
    await mkdir(join(work, "a0000000000000000"));
    await writeFile(join(work, "a0000000000000000", "info.json.123456"), "{");
    await mkdir(join(work, "of-somebody-else"));
    await writeFile(join(work, "of-somebody-else", "notes.txt"), "x");
    const owned = join(work, "uploads", "owned");
    await writeFile(owned, "film");
    const first = await start();
    expect(await readdir(join(work, "uploads"))).toEqual([]);
    await writeFile(owned, "film");
    const { id } = await first.create(request({ path: owned, deleteFileWhenRemoved: true }));
    await waitFor(() => expect(state(first, id)).toBe("done"));
    await first.close();
    await start();
    expect(await readdir(join(work, "uploads"))).toEqual(["owned"]);
    expect((await readdir(work)).toSorted()).toEqual([id, "of-somebody-else", "uploads"].toSorted());
  });

  it("does not begin a film again with which the process ended three times", async () => {
    const { engine, go } = waitingEngine();
    const first = await start({ engine });
    const { id } = await first.create(request());
    await waitFor(() => expect(first.get(id).frames).toBe(10));
    // What is on disk at this moment is what a killed process leaves.
    const record = JSON.parse(await readFile(join(dir, "work", id, "info.json"), "utf8")) as { attempts: number; state: string };
    expect(record).toMatchObject({ attempts: 1, state: "running" });
    const closed = first.close();
    go();
    await closed;
    // An orderly end does not count.
    expect(JSON.parse(await readFile(join(dir, "work", id, "info.json"), "utf8"))).toMatchObject({ attempts: 0, state: "queued" });
    await writeFile(join(dir, "work", id, "info.json"), JSON.stringify({ ...record, attempts: 3 }));
    const second = await start();
    expect(second.get(id)).toMatchObject({ state: "failed", reason: { code: "interrupted" } });
    await second.close();
    const third = await start();
    expect(third.get(id)).toMatchObject({ state: "failed", reason: { code: "interrupted" } });
  });

  it("has views of what is done, and of nothing else", async () => {
    const { engine, go } = waitingEngine();
    const service = await start({ engine });
    const { id } = await service.create(request());
    await expect(service.views.summary(id)).rejects.toMatchObject({ code: "result_not_ready" });
    await expect(service.views.summary("none")).rejects.toMatchObject({ code: "analysis_not_found" });
    go();
    await waitFor(() => expect(state(service, id)).toBe("done"));
    const { trackCount, subjects } = await service.views.summary(id);
    expect([trackCount > 0, subjects]).toEqual([true, []]);
    await service.views.setSubjects(id, [{ name: "Anna", trackIds: [1] }]);
    await service.close();
    const again = await start();
    expect((await again.views.summary(id)).subjects).toEqual([{ name: "Anna", trackIds: [1] }]);
    await symlink("/etc/hostname", join(dir, "media", "elsewhere"));
    await rm(path);
    await symlink("/etc/hostname", path);
    await expect(again.views.source(id)).rejects.toMatchObject({ code: "outside_media_root" });
  });

  it("makes room by removing the oldest finished one, and refuses when all are unfinished", async () => {
    const service = await start({ maxAnalyses: 2 });
    const ids: string[] = [];
    for (let i = 0; i < 3; i += 1) {
      const { id } = await service.create(request());
      ids.push(id);
      await waitFor(() => expect(state(service, id)).toBe("done"));
    }
    expect(service.list().map((i) => i.id)).toEqual([ids[2], ids[1]]);
    await service.close();
    const { engine, go } = waitingEngine();
    const busy = await start({ maxAnalyses: 2, engine, workDir: join(dir, "work2") });
    await busy.create(request());
    await busy.create(request());
    await expect(busy.create(request())).rejects.toMatchObject({ code: "too_many" });
    go();
  });

  it("reads only below the media root, whatever links say", async () => {
    const service = await start();
    await writeFile(join(dir, "secret"), "x");
    await symlink(join(dir, "secret"), join(dir, "media", "link"));
    for (const outside of [join(dir, "secret"), join(dir, "media", "link"), join(dir, "media", "..", "secret"), join(dir, "media")]) {
      await expect(service.create(request({ path: outside }))).rejects.toMatchObject({ code: "outside_media_root" });
    }
    await expect(service.create(request({ path: join(dir, "media", "none") }))).rejects.toMatchObject({ code: "not_found" });
    expect(await readdir(join(dir, "work"))).toEqual([]);
  });
});
