// Files through a real server process, and what is left when it is killed: SIGKILL in an analysis, in the queue and in an upload.

import { execFileSync } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { connect } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { packageRoot } from "../../../src/core/package-info.js";
import { curvesSchema, framesSchema, summarySchema } from "../../../src/server/analysis-views.js";
import { analysisInfoSchema, type AnalysisInfo } from "../../../src/server/services.js";
import { startServer, waitFor } from "../../support/server-process.js";

const demo = join(packageRoot, "assets/demo/demo.mp4");
const engine = { name: "noop" };
let cwd: string;
beforeEach(async () => {
  cwd = await mkdtemp(join(tmpdir(), "emostream-analyses-"));
});
afterEach(() => rm(cwd, { recursive: true, force: true }));

async function upload(url: string, bytes: Uint8Array<ArrayBuffer>, name: string, formats = "jsonl,csv"): Promise<{ status: number; body: AnalysisInfo & { code?: string } }> {
  const answer = await fetch(`${url}/v1/analyses?${new URLSearchParams({ name, formats })}`, { method: "POST", headers: { "content-type": "video/mp4" }, body: bytes });
  return { status: answer.status, body: (await answer.json()) as AnalysisInfo };
}

const get = async (url: string, path = ""): Promise<{ status: number; body: Record<string, unknown> }> => {
  const answer = await fetch(`${url}/v1/analyses${path}`);
  return { status: answer.status, body: (await answer.json()) as Record<string, unknown> };
};
const infoOf = async (url: string, id: string) => analysisInfoSchema.parse((await get(url, `/${id}`)).body);
const over = (url: string, id: string) =>
  waitFor("the end of the analysis", async () => {
    const info = await infoOf(url, id);
    return ["done", "failed", "cancelled"].includes(info.state) ? info : undefined;
  });

/** A film that takes this machine a while, whatever it is. */
function longFilm(): Uint8Array<ArrayBuffer> {
  const path = join(cwd, "long.mp4");
  execFileSync("ffmpeg", ["-v", "error", "-f", "lavfi", "-i", "testsrc2=size=640x360:rate=30:duration=60", "-c:v", "libx264", "-preset", "ultrafast", path]);
  return new Uint8Array(execFileSync("cat", [path], { maxBuffer: 1 << 30 }));
}

describe("killed", () => {
  test("in the middle of an analysis, with another one waiting: both are done by the next server, and the first keeps nothing half", async () => {
    const film = longFilm();
    const ids: string[] = [];
    {
      await using server = await startServer({ cwd, config: { engine } });
      for (const name of ["running.mp4", "waiting.mp4"]) ids.push((await upload(server.url, film, name)).body.id);
      const halfWritten = async () => (await readdir(join(cwd, ".emostream/analyses", ids[0]!))).some((name) => name.startsWith(".part-"));
      await waitFor("half a result", async () => ((await halfWritten()) ? true : undefined));
      expect(await infoOf(server.url, ids[1]!)).toMatchObject({ state: "queued", position: 1 });
      await server.stop("SIGKILL");
      expect(await halfWritten()).toBe(true);
    }
    await using again = await startServer({ cwd, config: { engine } });
    for (const id of ids) expect(await over(again.url, id)).toMatchObject({ state: "done", frames: 1800, progress: 1 });
    for (const id of ids) expect((await readdir(join(cwd, ".emostream/analyses", id))).filter((name) => name.startsWith("."))).toEqual([]);
  }, 120_000);

  test("after one is done: it is there with its results, its film and the names that were given", async () => {
    const film = new Uint8Array(await readFile(demo));
    let before: AnalysisInfo;
    let csv: string;
    {
      await using server = await startServer({ cwd });
      before = await over(server.url, (await upload(server.url, film, "demo.mp4")).body.id);
      expect(before.state).toBe("done");
      const named = await fetch(`${server.url}/v1/analyses/${before.id}/subjects`, { method: "PUT", headers: { "content-type": "application/json" }, body: JSON.stringify({ subjects: [{ name: "Anna", trackIds: [1] }] }) });
      expect(named.status).toBe(200);
      csv = await (await fetch(`${server.url}/v1/analyses/${before.id}/subjects.csv`)).text();
      expect(csv.split("\r\n")[0]).toMatch(/,subject$/);
      expect(csv).toContain(",Anna\r\n");
      await server.stop("SIGKILL");
    }
    await using again = await startServer({ cwd });
    expect(await infoOf(again.url, before.id)).toEqual(before);
    const one = `${again.url}/v1/analyses/${before.id}`;
    expect(await (await fetch(`${one}/subjects.csv`)).text()).toBe(csv);
    const summary = summarySchema.parse(await (await fetch(`${one}/summary`)).json());
    expect(summary).toMatchObject({ durationMs: 20_000, frames: 400, subjects: [{ name: "Anna", trackIds: [1] }] });
    const part = await fetch(`${one}/source`, { headers: { range: "bytes=4-7" } });
    expect([part.status, part.headers.get("content-type"), part.headers.get("x-content-type-options"), await part.text()]).toEqual([206, "video/mp4", "nosniff", "ftyp"]);
    // What is drawn from the compact files is what the JSON lines say.
    const lines = (await (await fetch(`${one}/results/${before.results[0]!.file}`)).text()).trim().split("\n").map((l) => JSON.parse(l) as { type: string; seq: number; ptsMs: number; faces: { trackId: number; smoothed: Record<string, number> }[] });
    const frames = framesSchema.parse(await (await fetch(`${one}/frames?from=5000&to=6000`)).json()).frames;
    expect(frames.map(({ seq, timeMs, faces }) => [seq, timeMs, faces.map((f) => [f.trackId, f.smoothed])])).toEqual(lines.filter((l) => l.type === "frame" && l.ptsMs >= 5000 && l.ptsMs < 6000).map((l) => [l.seq, l.ptsMs, l.faces.map((f) => [f.trackId, f.smoothed])]));
    expect(frames).toHaveLength(20);
    const curves = curvesSchema.parse(await (await fetch(`${one}/curves?from=0&to=20000&points=50`)).json());
    expect(curves.bucketMs).toBe(400);
    expect(curves.tracks.find((t) => t.trackId === 1)?.points.reduce((sum, p) => sum + p.frames, 0)).toBe(summary.tracks.find((t) => t.trackId === 1)?.frames);
    expect(curves.episodes.length).toBe(summary.episodeCount);
    for (const [path, field] of [["curves?from=5&to=5", "to"], ["curves?from=0&to=9&points=0", "points"], ["curves?from=-1&to=9", "from"], ["curves?from=0&to=9&tracks=a", "tracks"], ["frames?from=0&to=30001", "to"], ["episodes?limit=501", "limit"], ["episodes?emotions=boredom", "emotions.0"]]) {
      const refused = await get(again.url, `/${before.id}/${path}`);
      expect([path, refused.status, refused.body["code"], (refused.body["issues"] as { path: string }[])[0]?.path]).toEqual([path, 400, "invalid_request", field]);
    }
  }, 120_000);

  test("in the middle of an upload: nothing of it is left", async () => {
    const uploads = join(cwd, ".emostream/analyses/uploads");
    {
      await using server = await startServer({ cwd, config: { engine } });
      const socket = connect(Number(new URL(server.url).port), "127.0.0.1");
      socket.on("error", () => undefined);
      socket.write("POST /v1/analyses?name=half.mp4 HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: video/mp4\r\nContent-Length: 900000\r\n\r\nsome bytes");
      await waitFor("the half upload", async () => ((await readdir(uploads).catch(() => [])).length === 1 ? true : undefined));
      await server.stop("SIGKILL");
      expect(await readdir(uploads)).toHaveLength(1);
    }
    await using again = await startServer({ cwd, config: { engine } });
    expect(await readdir(uploads)).toEqual([]);
    expect((await get(again.url)).body).toEqual({ analyses: [] });
  });
});

test("two uploads of one name, whatever path it pretends to be, lie apart and are called by its last part", async () => {
  await using server = await startServer({ cwd, config: { engine } });
  const film = new Uint8Array(await readFile(demo));
  const both = await Promise.all([1, 2].map(() => upload(server.url, film, "../../../etc/cron.d/film.mp4")));
  const infos = await Promise.all(both.map(({ body }) => over(server.url, body.id)));
  expect(new Set(infos.map((i) => i.id)).size).toBe(2);
  for (const info of infos) expect([info.name, info.state, info.results.map((r) => r.file)]).toEqual(["film.mp4", "done", ["film.jsonl", "film.csv"]]);
  const files = await readdir(cwd, { recursive: true });
  expect(files.filter((name) => name.includes("film")).every((name) => name.startsWith(".emostream/analyses/a"))).toBe(true);
  // One goes with all that is its own, the other stays.
  await fetch(`${server.url}/v1/analyses/${infos[0]!.id}`, { method: "DELETE" });
  expect((await fetch(`${server.url}/v1/analyses/${infos[1]!.id}/source`)).status).toBe(200);
  expect(await readdir(join(cwd, ".emostream/analyses/uploads"))).toHaveLength(1);
});

test("a film that is over for longer than server.analysisMaxAgeHours goes by itself", async () => {
  await using server = await startServer({ cwd, config: { engine, server: { analysisMaxAgeHours: 1 / 3600 } } });
  const { body } = await upload(server.url, new Uint8Array(await readFile(demo)), "short-lived.mp4");
  await waitFor("its end", async () => ((await get(server.url, `/${body.id}`)).status === 404 ? true : undefined));
  // It is forgotten first, then its files go.
  await waitFor("the end of its files", async () => ((await readdir(join(cwd, ".emostream/analyses"))).includes(String(body.id)) ? undefined : true));
  expect((await readdir(join(cwd, ".emostream/analyses"))).toSorted()).toEqual(["uploads"]);
  expect(await readdir(join(cwd, ".emostream/analyses/uploads"))).toEqual([]);
});

// Mounting a small disk takes root.
test.skipIf(process.getuid?.() !== 0)("a full disk is 507 disk_full before and during an upload, and the server goes on", async () => {
  const disk = join(cwd, "disk");
  execFileSync("mkdir", [disk]);
  execFileSync("mount", ["-t", "tmpfs", "-o", "size=1m", "none", disk]);
  try {
    await using server = await startServer({ cwd, config: { engine, server: { workDir: "disk/work" } } });
    const large = new Uint8Array(3_000_000);
    expect(await upload(server.url, large, "large.mp4")).toMatchObject({ status: 507, body: { code: "disk_full" } });
    // Without a length nobody knows before.
    const piece = new Uint8Array(100_000);
    let sent = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        sent += piece.length;
        if (sent > 3_000_000) controller.close();
        else controller.enqueue(piece);
      },
    });
    const answer = await fetch(`${server.url}/v1/analyses?name=x.mp4`, { method: "POST", headers: { "content-type": "video/mp4" }, body: stream, duplex: "half" } as RequestInit);
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([507, "disk_full"]);
    expect(await readdir(join(disk, "work/uploads"))).toEqual([]);
    const { body } = await upload(server.url, new Uint8Array(await readFile(demo)), "fits.mp4", "vtt");
    expect(await over(server.url, body.id)).toMatchObject({ state: "done" });
  } finally {
    execFileSync("umount", ["-l", disk]);
  }
});
