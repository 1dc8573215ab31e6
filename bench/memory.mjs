// Resident memory of the server and its children while the demo plays in a loop and a viewer is connected.
// `--streams` measures something else: what one stream takes, and each further one (memory-streams.mjs).
// Usage: node bench/memory.mjs [--minutes 10 | --streams] [--quick] [--json] [--write]
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { WebSocket } from "ws";
import { treeMib } from "../scripts/chaos/support/processes.mjs";
import { line } from "./line.mjs";
import { measureStreams } from "./memory-streams.mjs";
import { flag, machine, option, writeSection } from "./report.mjs";
import { serve } from "./server.mjs";

if (flag("streams")) {
  await measureStreams();
  process.exit(0);
}
const minutes = Number(option("minutes", flag("quick") ? "0.3" : "10"));
const sampleMs = 2000;
const settleShare = 0.2;

const cwd = mkdtempSync(join(tmpdir(), "emostream-memory-"));
const server = await serve(cwd, "--demo");
try {
  const socket = new WebSocket(`${server.url.replace("http", "ws")}/v1/feed?preview=jpeg`);
  let previews = 0;
  let frames = 0;
  socket.on("message", (data, isBinary) => {
    if (isBinary) previews += 1;
    else if (JSON.parse(String(data)).type === "frame") frames += 1;
  });
  await new Promise((resolve, reject) => socket.once("open", resolve).once("error", reject));
  const samples = [];
  const startedMs = performance.now();
  while (performance.now() - startedMs < minutes * 60_000) {
    await new Promise((resolve) => setTimeout(resolve, sampleMs));
    samples.push({ minute: (performance.now() - startedMs) / 60_000, mib: treeMib(server.pid) });
    if (process.stderr.isTTY) process.stderr.write(`\r${samples.at(-1).minute.toFixed(1)} min  ${samples.at(-1).mib.toFixed(0)} MiB `);
  }
  socket.close();
  const settled = samples.filter((s) => s.minute >= minutes * settleShare);
  const summary = { minutes, frames, previews, startMib: Math.round(samples[0].mib), medianMib: Math.round(settled.map((s) => s.mib).toSorted((a, b) => a - b)[settled.length >> 1]), maxMib: Math.round(Math.max(...samples.map((s) => s.mib))), slopeMibPerMinute: line(settled.map(({ minute, mib }) => [minute, mib])).slope, machine: machine() };
  if (flag("write")) {
    writeSection("memory", `
${minutes} minutes of the demo in a loop with a viewer connected (${frames} results, ${previews} previews): ${summary.medianMib} MiB median, ${summary.maxMib} MiB at most
(proportional set size of the server and its children), slope after the first ${Math.round(minutes * settleShare)} minutes
**${summary.slopeMibPerMinute.toFixed(2)} MiB a minute**.

${summary.machine}. Written by \`node bench/memory.mjs --minutes ${minutes} --write\`.`);
  }
  console.log(flag("json") ? JSON.stringify(summary) : summary);
} finally {
  await server.close();
  rmSync(cwd, { recursive: true, force: true });
}
