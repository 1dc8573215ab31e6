// The same film as a file and as a live stream: the same episodes, told at the same frames.

import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { parseConfig } from "../../../src/core/config.js";
import { episodeMessage } from "../../../src/core/episode.js";
import { episodeMessageSchema, type EpisodeMessage, type FrameMessage } from "../../../src/core/feed.js";
import { silentLogger } from "../../../src/core/logger.js";
import { analyzeFile } from "../../../src/offline/index.js";
import { createStream, Episodes } from "../../../src/pipeline/index.js";
import { spec } from "../pipeline/fakes.js";
import { fakeEngine, fakeSource, type FakeFilm } from "./fakes.js";

const config = parseConfig({ analysis: { episodes: { onsetAt: 0.5, minDurationMs: 200 } } });
const film: FakeFilm = { frames: 120, width: 320, height: 180, frameMs: 40 };

it("a file's JSONL and a live stream tell the same", async () => {
  const dir = await mkdtemp(join(tmpdir(), "emostream-episodes-"));
  try {
    const input = join(dir, "lobby.mp4");
    await writeFile(input, "not really a film");
    await analyzeFile({ input, outDir: dir, formats: ["jsonl"], settings: config.analysis, ingest: config.ingest, privacy: config.privacy, engine: fakeEngine(3), openSource: fakeSource(film).openSource, logger: silentLogger(), version: "0" });
    const lines = (await readFile(join(dir, "lobby.jsonl"), "utf8")).trimEnd().split("\n").slice(1).map((l) => JSON.parse(l) as EpisodeMessage | FrameMessage);

    const stream = createStream(spec({ live: false, analysis: config.analysis }), { openSource: fakeSource(film).openSource, engine: fakeEngine(1), encodePreview: () => Promise.resolve(new Uint8Array()), logger: silentLogger() });
    const told: (EpisodeMessage | number)[] = [];
    stream.episode$.subscribe((event) => told.push(episodeMessage("lobby", event)));
    stream.result$.subscribe(({ seq }) => told.push(seq));
    const ended = new Promise<void>((resolve) => {
      stream.status$.subscribe(({ state }) => state === "ended" && resolve());
    });
    stream.start();
    await ended;
    const atEnd = told.length;
    await stream.stop();

    expect(stream.counters).toMatchObject({ analysed: film.frames });
    expect(told).toEqual(lines.map((line) => (line.type === "frame" ? line.seq : line)));
    expect(told).toHaveLength(atEnd);
    const events = lines.filter((line) => line.type === "episode");
    for (const event of events) episodeMessageSchema.parse(event);
    expect(new Set(events.map((e) => e.event))).toEqual(new Set(["onset", "peak", "offset"]));
    expect(new Set(events.map((e) => e.trackId)).size).toBe(2);
    expect(events.filter((e) => e.emotion !== "neutral").length).toBeGreaterThan(6);

    // And whoever has the frames can make them again: times and tracks of one epoch are in the file.
    const frames = lines.filter((line) => line.type === "frame");
    const again = new Episodes(config.analysis.episodes);
    const tracks = [...new Set(frames.flatMap((f) => f.faces.map((face) => face.trackId)))];
    const remade = [...frames.flatMap((f) => again.add({ ...f, epoch: 0, atMs: f.ptsMs, tracks })), ...again.end()];
    expect(remade.map((e) => episodeMessage("lobby", e))).toEqual(events);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
});
