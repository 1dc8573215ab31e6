import { expect, test } from "vitest";
import { markdown, minima, summarise } from "../../../scripts/chaos/support/soak-report.mjs";

const sample = (minute: number, serverMib: number) => ({ minute, serverMib, treeMib: serverMib + 50, handles: 30, children: 4, loopDelayMs: 11, clients: 3 });
const counters = { decoded: 10, analysed: 7, inFlight: 1, dropped: { superseded: 2, stopped: 0 } };

/** 100 minutes, a sample each half minute: a sawtooth of 40 MiB that collections bring down, on ground that rises. */
function sawtooth(mibPerMinute: number) {
  return Array.from({ length: 200 }, (_, i) => sample(i / 2, 100 + (mibPerMinute * i) / 2 + 10 * (i % 5)));
}

test.each([0, 0.5, -0.25])("the slope is the ground's, %f MiB a minute, whatever stands on it", (mibPerMinute) => {
  const { memory } = summarise({ samples: sawtooth(mibPerMinute), recoveries: [], streams: [] });
  expect(memory.slopeMibPerHour).toBeCloseTo(60 * mibPerMinute, 0);
});

test("the start is left out, and each window gives its least", () => {
  const points = minima([sample(0, 1), sample(1, 300), sample(2, 200), sample(3, 210), sample(4, 190)]);
  expect(points).toEqual([[1, 300], [2, 200], [3, 210], [4, 190]]);
});

test("adds the frames of all streams, and finds the times of the way back", () => {
  const recoveries = Array.from({ length: 100 }, (_, i) => ({ camera: "cam-1", fault: i < 99 ? "drops" : "killed", ms: i + 1 }));
  const summary = summarise({ samples: sawtooth(0), recoveries, streams: [{ counters }, { counters }] });
  expect(summary.frames).toEqual({ decoded: 20, analysed: 14, inFlight: 2, dropped: { superseded: 4, stopped: 0 } });
  expect(summary.backAfterMs).toEqual({ p50: 51, p99: 100, longest: 100 });
  expect(summary.byFault).toEqual({ drops: { count: 99, longestMs: 99 }, killed: { count: 1, longestMs: 100 } });
  expect(markdown({ minutes: 1, seed: 1, engine: "noop", machine: "m", ...summary, problems: ["law broken in cam-1"] })).toContain("- law broken in cam-1");
});
