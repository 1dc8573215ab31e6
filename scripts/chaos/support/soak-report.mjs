// What a soak has found, in figures, in Markdown and as curves. Pure.

/** Memory is judged after this share of the time, by the least value of each of so many windows: what garbage collection leaves. */
const settleShare = 0.2;
const windows = 20;

/** Figures of a run. */
export function summarise({ samples, recoveries, streams }) {
  const frames = { decoded: 0, analysed: 0, inFlight: 0, dropped: {} };
  for (const { counters } of streams) {
    for (const key of ["decoded", "analysed", "inFlight"]) frames[key] += counters[key];
    for (const [reason, n] of Object.entries(counters.dropped)) frames.dropped[reason] = (frames.dropped[reason] ?? 0) + n;
  }
  const times = recoveries.map((r) => r.ms).toSorted((a, b) => a - b);
  const byFault = {};
  for (const { fault, ms } of recoveries) {
    byFault[fault] ??= { count: 0, longestMs: 0 };
    byFault[fault].count += 1;
    byFault[fault].longestMs = Math.max(byFault[fault].longestMs, ms);
  }
  const series = (name) => samples.map((s) => s[name]);
  return {
    frames,
    faults: recoveries.length,
    byFault,
    backAfterMs: times.length === 0 ? undefined : { p50: quantile(times, 0.5), p99: quantile(times, 0.99), longest: times.at(-1) },
    memory: { ...range(series("serverMib")), slopeMibPerHour: round(60 * slopeOfMinima(samples)) },
    treeMib: range(series("treeMib")),
    handles: range(series("handles")),
    children: range(series("children")),
    clients: range(series("clients")),
    eventLoopDelayP99Ms: range(series("loopDelayMs")),
  };
}

/** The report for people. */
export function markdown(r) {
  return `# Soak of ${r.minutes} minutes, seed ${r.seed}, engine ${r.engine}

${r.machine}.

${r.faults} faults, each undone and its stream live again${r.backAfterMs === undefined ? "" : `: after ${r.backAfterMs.p50} ms (p50), ${r.backAfterMs.p99} ms (p99), ${r.backAfterMs.longest} ms at most`}.
Frames: ${r.frames.decoded} decoded = ${r.frames.analysed} analysed + ${Object.entries(r.frames.dropped).map(([reason, n]) => `${n} ${reason}`).join(" + ")} + ${r.frames.inFlight} in flight.
Memory of the server (proportional set size), line through the minima after a fifth of the time: ${r.memory.slopeMibPerHour} MiB an hour.

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

/** Least memory of each window after the start has settled: [minute, MiB]. */
export function minima(samples) {
  const settled = samples.slice(Math.floor(samples.length * settleShare));
  const size = Math.max(1, Math.ceil(settled.length / windows));
  return Array.from({ length: Math.ceil(settled.length / size) }, (_, i) => settled.slice(i * size, (i + 1) * size).reduce((least, s) => (s.serverMib < least.serverMib ? s : least))).map((s) => [s.minute, s.serverMib]);
}

/** Least-squares slope through the minima, MiB a minute. */
function slopeOfMinima(samples) {
  const points = minima(samples);
  const mean = (i) => points.reduce((sum, p) => sum + p[i], 0) / points.length;
  const [mx, my] = [mean(0), mean(1)];
  const spread = points.reduce((sum, [x]) => sum + (x - mx) ** 2, 0);
  return spread === 0 ? 0 : points.reduce((sum, [x, y]) => sum + (x - mx) * (y - my), 0) / spread;
}

function range(values) {
  const sorted = values.toSorted((a, b) => a - b);
  return { first: round(values[0]), median: round(quantile(sorted, 0.5)), most: round(sorted.at(-1)) };
}

function quantile(sorted, q) {
  return sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))];
}

function round(value) {
  return Math.round((value ?? 0) * 100) / 100;
}
