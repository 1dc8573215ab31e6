import { expect, it } from "vitest";
import type { EpisodeMessage } from "../../../src/core/feed.js";
import { RunningEpisodes } from "../../../web/running-episodes.js";

function message(event: EpisodeMessage["event"], over: Partial<EpisodeMessage> = {}): EpisodeMessage {
  return { type: "episode", v: 1, streamId: "a", seq: 1, ptsMs: 1000, event, episodeId: 1, trackId: 3, emotion: "fear", raw: 0.9, smoothed: 0.6, sinceOnsetMs: 0, ...over };
}

it("knows how long an emotion of a face has gone on, until its end is told", () => {
  const episodes = new RunningEpisodes();
  expect(episodes.durationMs(3, "fear", 0, 1500)).toBeUndefined();
  episodes.tell(message("onset"));
  expect(episodes.durationMs(3, "fear", 0, 1500)).toBe(500);
  expect(episodes.durationMs(3, "anger", 0, 1500)).toBeUndefined();
  expect(episodes.durationMs(4, "fear", 0, 1500)).toBeUndefined();
  // A clock that started anew says nothing about the time since.
  expect(episodes.durationMs(3, "fear", 1, 1500)).toBeUndefined();
  expect(episodes.durationMs(3, "fear", 0, 900)).toBeUndefined();
  episodes.tell(message("peak", { ptsMs: 1200 }));
  expect(episodes.durationMs(3, "fear", 0, 1500)).toBe(500);
  episodes.tell(message("offset", { ptsMs: 1400 }));
  expect(episodes.durationMs(3, "fear", 0, 1500)).toBeUndefined();
  episodes.tell(message("onset", { epoch: 2 }));
  expect(episodes.durationMs(3, "fear", 2, 1000)).toBe(0);
  episodes.clear();
  expect(episodes.durationMs(3, "fear", 2, 1000)).toBeUndefined();
});
