// The states of a stream and every way between them, in one table.

import type { StreamState } from "../core/feed.js";

/**
 * What can happen to a stream.
 * `open`: an attempt begins. `frame`: pictures arrive. `silent`: connected, no picture for a while. `lost`: the source ended
 * and is to be opened again. `over`: a file reached its end. `hopeless`: an error that cannot heal. `pause`, `resume`, `reopen`, `stop`: asked for.
 */
export type StreamEvent = "open" | "frame" | "silent" | "lost" | "over" | "hopeless" | "pause" | "resume" | "reopen" | "stop";

type Row = Readonly<Partial<Record<StreamEvent, StreamState>>>;

const running: Row = { lost: "reconnecting", over: "ended", hopeless: "failed", pause: "paused", stop: "stopped" };

/** The next state for each state and event; an event that a state does not list changes nothing. */
export const transitions: Readonly<Record<StreamState, Row>> = {
  connecting: { ...running, frame: "live" },
  live: { ...running, silent: "stalled", reopen: "connecting" },
  stalled: { ...running, frame: "live", reopen: "connecting" },
  reconnecting: { open: "connecting", reopen: "connecting", pause: "paused", stop: "stopped" },
  paused: { resume: "connecting", stop: "stopped" },
  ended: { resume: "connecting", stop: "stopped" },
  failed: { resume: "connecting", stop: "stopped" },
  stopped: {},
};

/** The state after an event. */
export function nextState(state: StreamState, event: StreamEvent): StreamState {
  return transitions[state][event] ?? state;
}
