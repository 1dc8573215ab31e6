// What a soak has found, in figures, in Markdown and as curves. Pure.

import { line as fittedLine } from "../../../bench/line.mjs";
import { quantile } from "../../../bench/report.mjs";

/** Memory is judged after the first minutes, by the least value of each window: what garbage collection leaves. Handles by their median, less one for each viewer: these come and go by chance. */
const settleMinutes = 10;
const windowMinutes = 5;
/** Fewer windows make no line: the run was too short to say anything. */
const leastWindows = 8;

/** Limits; those of time hold for a machine that does nothing else. */
const limits = { slopeMibPerHour: 5, eventLoopDelayMs: 20, backMs: 5000, moreHandles: 8 };

/** Figures of a run. */
export function summarise({ minutes, samples, recoveries, streams }) {
  const frames = { decoded: 0, analysed: 0, inFlight: 0, dropped: {} };
  for (const { counters } of streams) {
    for (const key of ["decoded", "analysed", "inFlight"]) frames[key] += counters[key];
    for (const [reason, n] of Object.entries(counters.dropped)) frames.dropped[reason] = (frames.dropped[reason] ?? 0) + n;
  }
  const sorted = (key) => recoveries.flatMap((r) => r[key] ?? []).toSorted((a, b) => a - b);
  const byFault = {};
  for (const { fault, ms } of recoveries) {
    byFault[fault] ??= { count: 0, longestMs: 0 };
    byFault[fault].count += 1;
    byFault[fault].longestMs = Math.max(byFault[fault].longestMs, ms);
  }
  const series = (name) => samples.map((s) => s[name]);
  const found = {
    frames,
    faults: recoveries.length,
    byFault,
    backAfterMs: spread(sorted("ms")),
    backWithoutWaitingMs: spread(sorted("backMs")),
    memory: { ...range(series("serverMib")), ...(minima(samples).length < leastWindows ? {} : { slopeMibPerHour: round(60 * fittedLine(minima(samples)).slope) }) },
    treeMib: range(series("treeMib")),
    handles: range(series("handles")),
    children: range(series("children")),
    clients: range(series("clients")),
    eventLoopDelayP99Ms: range(series("loopDelayMs")),
  };
  return { ...found, verdict: judge(found, samples, minutes) };
}

/** What was promised and what was found; `holds` is absent where a run of this length cannot say. */
function judge({ frames, memory, eventLoopDelayP99Ms, backWithoutWaitingMs }, samples, minutes) {
  const tooShort = `a run of more than ${settleMinutes + leastWindows * windowMinutes} minutes (this one: ${minutes})`;
  const handles = perWindow(samples).map((own) => quantile(own.map((s) => s.handles - s.clients).toSorted((a, b) => a - b), 0.5));
  const more = handles.length < leastWindows ? undefined : handles.at(-1) - handles[0];
  const unaccounted = frames.decoded - frames.analysed - frames.inFlight - Object.values(frames.dropped).reduce((a, b) => a + b, 0);
  const judged = (what, limit, value, unit, within) => ({ what, limit, ...(value === undefined ? { found: `needs ${tooShort}`, holds: undefined } : { found: `${value}${unit}`, holds: within }) });
  return [
    judged("frames unaccounted for", "0", unaccounted, "", unaccounted === 0),
    judged("slope of memory through five-minute minima after ten minutes", `below ${limits.slopeMibPerHour} MiB an hour`, memory.slopeMibPerHour, " MiB an hour", memory.slopeMibPerHour < limits.slopeMibPerHour),
    judged("more handles in the last five minutes than in the first, viewers' own aside", `at most ${limits.moreHandles}`, more, "", more <= limits.moreHandles),
    judged("event-loop delay, p99 of two seconds, median of the run", `below ${limits.eventLoopDelayMs} ms`, eventLoopDelayP99Ms.median, " ms", eventLoopDelayP99Ms.median < limits.eventLoopDelayMs),
    judged("way back p99, waiting times aside", `at most ${limits.backMs} ms`, backWithoutWaitingMs?.p99 ?? 0, " ms", (backWithoutWaitingMs?.p99 ?? 0) <= limits.backMs),
  ];
}

/** The report for people. */
export function markdown(r) {
  return `# Soak of ${r.minutes} minutes, seed ${r.seed}, engine ${r.engine}

${r.machine}.

${r.faults} faults, each undone and its stream live again${r.backAfterMs === undefined ? "" : `: after ${r.backAfterMs.p50} ms (p50), ${r.backAfterMs.p99} ms (p99), ${r.backAfterMs.longest} ms at most`}.
Frames: ${r.frames.decoded} decoded = ${r.frames.analysed} analysed + ${Object.entries(r.frames.dropped).map(([reason, n]) => `${n} ${reason}`).join(" + ")} + ${r.frames.inFlight} in flight.

| limit | | found | |
|---|---|---|---|
${r.verdict.map((v) => `| ${v.what} | ${v.limit} | ${v.found} | ${v.holds === undefined ? "not judged" : v.holds ? "holds" : "broken"} |`).join("\n")}

Memory is the server's proportional set size.

| | first | median | most |
|---|---|---|---|
${[row("server, MiB", r.memory), row("server and decoders, MiB", r.treeMib), row("open handles", r.handles), row("decoders", r.children), row("viewers", r.clients), row("event-loop delay p99, ms", r.eventLoopDelayP99Ms)].join("\n")}

| fault | times | longest way back, ms |
|---|---|---|
${Object.entries(r.byFault).toSorted().map(([name, { count, longestMs }]) => `| ${name} | ${count} | ${longestMs} |`).join("\n")}

${r.problems.length === 0 ? "No problem was found." : `Problems:\n\n${r.problems.map((p) => `- ${p}`).join("\n")}`}
`;
}

function row(name, { first, median, most }) {
  return `| ${name} | ${first} | ${median} | ${most} |`;
}

/** Curves over time, below each other. */
export async function plots(samples) {
  const { linePlot, stack } = await import("../../../dist/training/report/plot.js");
  const line = (name, key, colour) => ({ name, colour, points: samples.map((s) => [s.minute, s[key]]) });
  const x = "minutes";
  return stack([
    linePlot({ title: "Memory, MiB (proportional set size)", x, lines: [line("server", "serverMib", "#1b6ca8"), line("with decoders", "treeMib", "#c2571a"), { name: "minima", colour: "#2e8b57", dashed: true, points: minima(samples) }] }),
    linePlot({ title: "Open handles, decoders, viewers", x, lines: [line("handles", "handles", "#1b6ca8"), line("decoders", "children", "#c2571a"), line("viewers", "clients", "#2e8b57")] }),
    linePlot({ title: "Event-loop delay p99, ms", x, lines: [line("delay", "loopDelayMs", "#1b6ca8")] }),
  ]);
}

/** Least value of each whole window after the start has settled: [minute, value]. */
export function minima(samples, key = "serverMib") {
  return perWindow(samples).map((own) => {
    const least = own.reduce((a, b) => (b[key] < a[key] ? b : a));
    return [least.minute, least[key]];
  });
}

/** Samples by five minutes, after the start has settled. */
function perWindow(samples) {
  const windows = [];
  for (const sample of samples) {
    const index = Math.floor((sample.minute - settleMinutes) / windowMinutes);
    if (index >= 0) (windows[index] ??= []).push(sample);
  }
  return windows.filter((w) => w !== undefined);
}

function spread(times) {
  return times.length === 0 ? undefined : { p50: quantile(times, 0.5), p99: quantile(times, 0.99), longest: times.at(-1) };
}

function range(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return { first: round(values[0]), median: round(quantile(sorted, 0.5)), most: round(sorted.at(-1)) };
}

function round(value) {
  return Math.round((value ?? 0) * 100) / 100;
}
