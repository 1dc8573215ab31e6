// The table of states, whole: every state and event.

import { expect, test } from "vitest";
import { streamStates, type StreamState } from "../../../src/core/feed.js";
import { nextState, transitions, type StreamEvent } from "../../../src/pipeline/stream-state.js";

const events: readonly StreamEvent[] = ["open", "frame", "silent", "lost", "over", "hopeless", "pause", "resume", "reopen", "stop"];

test("every way between states", () => {
  const ways = streamStates.flatMap((state) => events.filter((event) => nextState(state, event) !== state).map((event) => `${state} ${event} ${nextState(state, event)}`));
  expect(ways).toEqual([
    "connecting frame live",
    "connecting lost reconnecting",
    "connecting over ended",
    "connecting hopeless failed",
    "connecting pause paused",
    "connecting stop stopped",
    "live silent stalled",
    "live lost reconnecting",
    "live over ended",
    "live hopeless failed",
    "live pause paused",
    "live reopen connecting",
    "live stop stopped",
    "stalled frame live",
    "stalled lost reconnecting",
    "stalled over ended",
    "stalled hopeless failed",
    "stalled pause paused",
    "stalled reopen connecting",
    "stalled stop stopped",
    "reconnecting open connecting",
    "reconnecting pause paused",
    "reconnecting reopen connecting",
    "reconnecting stop stopped",
    "paused resume connecting",
    "paused stop stopped",
    "ended resume connecting",
    "ended stop stopped",
    "failed resume connecting",
    "failed stop stopped",
  ]);
});

test("the table lists nothing that changes nothing, and every state but stopped can be stopped", () => {
  for (const state of streamStates) {
    for (const [event, to] of Object.entries(transitions[state])) expect(`${event} ${to as StreamState}`).not.toBe(`${event} ${state}`);
    expect(nextState(state, "stop")).toBe("stopped");
  }
});
