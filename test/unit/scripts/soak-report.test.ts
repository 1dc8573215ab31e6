import { expect, test } from "vitest";
import { markdown, minima, summarise } from "../../../scripts/chaos/support/soak-report.mjs";

const sample = (minute: number, serverMib: number) => ({ minute, serverMib, treeMib: serverMib + 50, handles: 30, children: 4, loopDelayMs: 11, clients: 3 });
const counters = { decoded: 10, analysed: 7, inFlight: 1, dropped: { superseded: 2, stopped: 0 } };

/** 100 minutes, a sample each half minute: a sawtooth of 40 MiB that collections bring down, on ground that rises. */
function sawtooth(mibPerMinute: number) {
  return Array.from({ length: 200 }, (_, i) => sample(i / 2, 100 + (mibPerMinute * i) / 2 + 10 * (i % 5)));
}

test.each([0, 0.5, -0.25])("the slope is the ground's, %f MiB a minute, whatever stands on it", (mibPerMinute) => {
  const { memory } = summarise({ minutes: 100, samples: sawtooth(mibPerMinute), recoveries: [], streams: [] });
  expect(memory.slopeMibPerHour).toBeCloseTo(60 * mibPerMinute, 0);
});

test("the first ten minutes are left out, and each five give their least", () => {
  const points = minima([sample(0, 1), sample(9.9, 2), sample(10, 300), sample(12, 200), sample(14.9, 210), sample(15, 190), sample(31, 170)]);
  expect(points).toEqual([[12, 200], [15, 190], [31, 170]]);
});

/** Whether each limit holds, by the first word of its name. */
function verdict(minutes: number, samples: ReturnType<typeof sample>[], backMs = 100) {
  const report = summarise({ minutes, samples, recoveries: [{ camera: "cam-1", fault: "drops", ms: 9000, backMs }], streams: [{ counters }] });
  return Object.fromEntries(report.verdict.map((v) => [v.what.split(/[ ,-]/)[0], v.holds]));
}

/** More of something towards the end. */
const late = ({ minute }: ReturnType<typeof sample>) => (minute > 80 ? 12 : 0);

test("the verdict names what is broken, and leaves open what a short run cannot say", () => {
  expect(verdict(100, sawtooth(0))).toEqual({ frames: true, slope: true, more: true, event: true, way: true });
  expect(verdict(100, sawtooth(0.5), 5001)).toEqual({ frames: true, slope: false, more: true, event: true, way: false });
  expect(verdict(100, sawtooth(0).map((s) => ({ ...s, handles: Math.round(s.minute), loopDelayMs: 21 })))).toMatchObject({ more: false, event: false });
  // Viewers that come bring handles of their own; the same without viewers is a leak.
  expect(verdict(100, sawtooth(0).map((s) => ({ ...s, handles: s.handles + late(s), clients: s.clients + late(s) })))).toMatchObject({ more: true });
  expect(verdict(100, sawtooth(0).map((s) => ({ ...s, handles: s.handles + late(s) })))).toMatchObject({ more: false });
  expect(verdict(3, sawtooth(0.5).slice(0, 6))).toEqual({ frames: true, slope: undefined, more: undefined, event: true, way: true });
});

test("adds the frames of all streams, and finds the times of the way back", () => {
  const recoveries = Array.from({ length: 100 }, (_, i) => ({ camera: "cam-1", fault: i < 99 ? "drops" : "killed", ms: i + 1 }));
  const summary = summarise({ minutes: 100, samples: sawtooth(0), recoveries, streams: [{ counters }, { counters }] });
  expect(summary.frames).toEqual({ decoded: 20, analysed: 14, inFlight: 2, dropped: { superseded: 4, stopped: 0 } });
  expect(summary.backAfterMs).toEqual({ p50: 51, p99: 100, longest: 100 });
  expect(summary.byFault).toEqual({ drops: { count: 99, longestMs: 99 }, killed: { count: 1, longestMs: 100 } });
  expect(markdown({ minutes: 1, seed: 1, engine: "noop", machine: "m", ...summary, problems: ["law broken in cam-1"] })).toContain("- law broken in cam-1");
});
