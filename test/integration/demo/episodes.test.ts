// Episodes of the engine that ships, on the demo clip, against its truth: who showed what, and when.

import { afterAll, beforeAll, expect, it } from "vitest";
import { openEngine } from "../../../src/app.js";
import { parseConfig } from "../../../src/core/config.js";
import type { Emotion } from "../../../src/core/emotions.js";
import type { Engine } from "../../../src/core/engine.js";
import { iou } from "../../../src/core/geometry.js";
import { silentLogger } from "../../../src/core/logger.js";

import { Episodes, runFile, type FrameResult } from "../../../src/pipeline/index.js";
import { openSource } from "../offline/helpers.js";
import { clipFile, readTruth, type Truth } from "./support.js";

/** Half of the clip's frames: enough for episodes of half a second. */
const config = parseConfig({ analysis: { maxFps: 10 } });
/** The three others are told apart less surely; an episode of them may be missing. */
const sure: readonly Emotion[] = ["happiness", "sadness", "surprise", "neutral"];
/** Faces that another head hides or the border cuts are not asked for. */
const minVisible = 0.95;
/** Shorter stretches are the seam of the loop. */
const minStretchMs = 1000;

interface Stretch {
  readonly person: number;
  readonly emotion: Emotion;
  readonly startMs: number;
  readonly endMs: number;
}

let engine: Engine;
beforeAll(async () => {
  engine = await openEngine(config, silentLogger(), 1);
});
afterAll(() => engine.close());

it("each person's expressions are episodes of that emotion, in their time", { timeout: 300_000 }, async () => {
  const truth = await readTruth();
  const run = runFile({ url: clipFile, analysis: config.analysis, openTimeoutMs: config.ingest.openTimeoutMs }, { openSource: openSource, engine, logger: silentLogger() });
  const results: FrameResult[] = [];
  await run.result$.forEach((result) => results.push(result));
  const found = episodesOf(results, personOf(results, truth));
  const stretches = stretchesOf(truth).filter((s) => s.endMs - s.startMs >= minStretchMs);
  const missing = stretches.filter((stretch) => !found.some((episode) => shows(episode, stretch)));
  expect(stretches.length).toBeGreaterThan(20);
  expect(missing.filter((s) => sure.includes(s.emotion))).toEqual([]);
  expect(stretches.length - missing.length).toBeGreaterThanOrEqual(20);
  // And there is little beside them: most of an episode's time its person shows that emotion.
  const foreign = found.filter((episode) => !stretches.some((s) => s.person === episode.person && s.emotion === episode.emotion && overlapMs(s, episode) > (episode.endMs - episode.startMs) / 2));
  expect(foreign.length).toBeLessThanOrEqual(4);
});

/** Of the same person and emotion, over most of the time, and no more than the morph, the smoothing and a frame apart at its start. */
function shows(episode: Stretch, truth: Stretch): boolean {
  return episode.person === truth.person && episode.emotion === truth.emotion && overlapMs(episode, truth) > (truth.endMs - truth.startMs) / 2 && Math.abs(episode.startMs - truth.startMs) < 1000;
}

function overlapMs(a: Stretch, b: Stretch): number {
  return Math.min(a.endMs, b.endMs) - Math.max(a.startMs, b.startMs);
}

/** Times in which a person is seen whole and the dominant emotion stays. */
function stretchesOf(truth: Truth): Stretch[] {
  const stretches: { person: number; emotion: Emotion; startMs: number; endMs: number }[] = [];
  for (const { ptsMs, faces } of truth.frames) {
    for (const { id, dominant, visible } of faces) {
      if (visible < minVisible) continue;
      const last = stretches.findLast((s) => s.person === id);
      if (last?.emotion === dominant && ptsMs - last.endMs < 100) last.endMs = ptsMs;
      else stretches.push({ person: id, emotion: dominant, startMs: ptsMs, endMs: ptsMs });
    }
  }
  return stretches;
}

function episodesOf(results: readonly FrameResult[], persons: ReadonlyMap<number, number>): Stretch[] {
  const episodes = new Episodes(config.analysis.episodes);
  const events = [...results.flatMap((result) => episodes.add(result)), ...episodes.end()];
  return events
    .filter((e) => e.event === "offset")
    .map((offset) => {
      const onset = events.find((e) => e.event === "onset" && e.episodeId === offset.episodeId);
      return { person: persons.get(offset.trackId) ?? 0, emotion: offset.emotion, startMs: onset?.ptsMs ?? Number.NaN, endMs: offset.ptsMs };
    });
}

/** Whom a track follows: the person whose face it lay on most often. */
function personOf(results: readonly FrameResult[], truth: Truth): Map<number, number> {
  const votes = new Map<number, Map<number, number>>();
  for (const { ptsMs, faces } of results) {
    const frame = truth.frames.find((f) => Math.abs(f.ptsMs - ptsMs) <= 25);
    for (const { trackId, box } of faces) {
      const person = frame?.faces.find((face) => iou(face.box, box) > 0.4)?.id;
      if (person === undefined) continue;
      const of = votes.get(trackId) ?? new Map<number, number>();
      votes.set(trackId, of.set(person, (of.get(person) ?? 0) + 1));
    }
  }
  return new Map([...votes].map(([track, of]) => [track, [...of].toSorted((a, b) => b[1] - a[1])[0]?.[0] ?? 0]));
}
